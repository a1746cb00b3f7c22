"""After a Round, for its facilitators: what was said of it, who is owed a word, and what to hand on."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import today
from rounds.access import get_round_to_run
from rounds.actions import after
from rounds.colleagues import names_in
from rounds.forms.after import CareForm, DebriefForm
from rounds.models.after import CARED_FOR
from rounds.states import DebriefOf
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused


@login_required
@require_safe
def round_after(request, pk):
    now = timezone.now()
    return _page(request, get_round_to_run(request.user, pk, now=now), now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_debrief(request, pk, of):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    if of not in DebriefOf.values:
        raise Http404
    if not after.is_over(round, now):
        return redirect("round_after", pk)
    form = DebriefForm(request.POST if request.method == "POST" else None, debrief=round.debriefs.filter(of=of).first())
    points = []
    if form.is_valid():
        points = form.points_at(partial(_names, round, now))
        if not points and _kept(round, of, form, now):
            messages.success(request, "It is saved.")
            return redirect("round_after", pk)
    context = {"round": round, "of": DebriefOf(of), "form": form, "points": points}
    return render(request, "rounds/round_debrief.html", context)


@verb("round_after", "pk")
def owe_care(request, pk):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    form = CareForm(request.POST, round=round, facilitators=round.team.facilitating().people())
    if not form.is_valid():
        return _page(request, round, now, form)
    try:
        after.owe(round=round, **form.cleaned_data, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, round, now, form)
    messages.success(
        request,
        "It is noted. Whoever sees to it gets a letter at 9am that day. If that is past, tell them yourself.",
    )
    return redirect("round_after", pk)


@verb("round_after", "pk")
def set_care(request, pk, care):
    """The button says what is to happen: done, not done after all, I see to it, or it stood there by mistake."""
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    about = {"round": round, "care_id": care}
    if "mine" in request.POST:
        after.take_on(**about, by=request.user, now=now)
    elif "mistake" in request.POST:
        after.take_back(**about)
    else:
        after.settle(**about, done="done" in request.POST, now=now)
    return redirect("round_after", pk)


def _page(request, round, now, form=None):
    over, cared_for = after.is_over(round, now), now < round.ends_at + CARED_FOR
    if form is None and over and cared_for:
        form = CareForm(round=round, facilitators=round.team.facilitating().people())
    written = set(round.debriefs.values_list("of", flat=True))
    context = {
        "round": round,
        "over": over,
        "debriefs": [{"of": of.value, "title": of.label, "done": of.value in written} for of in DebriefOf],
        "care": _care(round, request.user, now) if cared_for else [],
        "cared_for_until": round.ends_at + CARED_FOR,
        "form": form,
    }
    return render(request, "rounds/round_after.html", context)


def _kept(round, of, form, now):
    try:
        after.debrief(round=round, of=of, **form.said(), now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _care(round, person, now):
    rows = list(round.care_owed.select_related("owner").order_by("done_on", "due_on", "pk"))
    for each in rows:
        each.is_mine, each.is_now_due = each.owner_id == person.pk, each.is_due(today(now))
    return sorted(rows, key=lambda each: each.done_on is not None)


def _names(round, now, text):
    """Those who work in the system, and whoever is on the panel, from wherever they come."""
    return names_in(text, round.system, on=today(now)) | _of_the_panel(round, now)


def _of_the_panel(round, now):
    return set(round.panel.shown(now).exclude(person__name="").values_list("person__name", flat=True))
