"""The panel of one Round, for the facilitators named in its team: who speaks, in which order, and each one's steps."""

from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_safe

from members.access import may_anywhere, systems_where, today
from members.models.audit import Opened
from members.roles import SECTORS, May
from rounds import access
from rounds.actions import approaches, openings, panel, voices
from rounds.forms.panel import OrderForm, StepForm
from rounds.forms.people import AskForm
from rounds.states import READY, Step, Voice
from rounds_site.kit.formats import nhs_date, nhs_moment
from rounds_site.kit.refusals import Refused

from .prompts import PROMPTS

ASKED = "They get a letter. It says only that a facilitator has a question."
ASKED_ALREADY = "They are on this panel already, so no further letter goes."


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_panel(request, pk):
    now = timezone.now()
    round = access.get_round_with_panel(request.user, pk, now=now)
    form = AskForm(request.POST if request.method == "POST" else None)
    if not form.is_valid() or form.asks_again(_asked_lately(round, form.cleaned_data, now)):
        return _page(request, round, now, asking=form)
    asked_before = _is_on_it(round, form.cleaned_data)
    try:
        panel.ask(round=round, **form.cleaned_data, by=request.user, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, round, now, asking=form)
    # Names nobody: it waits in the session of whoever reads it.
    messages.success(request, ASKED_ALREADY if asked_before else ASKED)
    return redirect("round_panel", pk)


@login_required
def set_order(request, pk):
    now = timezone.now()
    round = access.get_round_with_panel(request.user, pk, now=now)
    if request.method != "POST":
        return redirect("round_panel", pk)
    form = OrderForm(request.POST, round=round, storytellers=_speaking(round))
    if not form.is_valid():
        return _page(request, round, now, ordering=form)
    try:
        panel.set_order(round=round, order=form.order, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, round, now, ordering=form)
    messages.success(request, "The order is set. You can change it up to the hour.")
    return redirect("round_panel", pk)


@require_safe
@login_required
def round_storyteller(request, pk, storyteller):
    now = timezone.now()
    found = access.get_storyteller(request.user, pk, storyteller, now=now)
    openings.opened(Opened.PANEL, round=found.round, by=request.user, now=now)
    return _steps(request, found, now, opened=request.GET.get("step"))


@login_required
def set_step(request, pk, storyteller, kind):
    """One form, and the button says what is to happen: Save, Mark as done, or Undo."""
    now = timezone.now()
    found = access.get_storyteller(request.user, pk, storyteller, now=now)
    if kind not in PROMPTS:
        raise Http404
    if request.method != "POST":
        return redirect("round_storyteller", pk, storyteller)
    form = _form(found, kind, now, request.POST)
    if not form.is_valid():
        return _steps(request, found, now, opened=kind, form=form)
    done = True if "done" in request.POST else False if "undo" in request.POST else None
    try:
        panel.set_step(storyteller=found, kind=kind, **form.facts(), done=done, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _steps(request, found, now, opened=kind, form=form)
    address = reverse("round_storyteller", args=[pk, storyteller])
    return redirect(address if done else f"{address}?step={kind}")


@login_required
def take_off_panel(request, pk, storyteller):
    found = access.get_storyteller(request.user, pk, storyteller, now=timezone.now())
    if request.method == "POST":
        panel.step_back(storyteller=found)
    return redirect("round_panel", pk)


def _asked_lately(round, said, now):
    """By their address alone, and not of whoever stands on the panel already: they are not asked twice."""
    if _is_on_it(round, said):
        return None
    return approaches.last(system=round.system, email=said["email"], now=now)


def _is_on_it(round, said):
    return round.panel.filter(person__email=said["email"]).exists()


def _finds_voices(person, system, now):
    return systems_where(person, May.FIND_VOICES, now=now).filter(pk=system.pk).exists()


def _page(request, round, now, asking=None, ordering=None):
    if now >= round.kept_until:
        return render(request, "rounds/round_panel.html", {"round": round, "forgotten_at": round.kept_until})
    openings.opened(Opened.PANEL, round=round, by=request.user, now=now)
    people = list(round.panel.shown(now).with_steps().select_related("person").in_order())
    speaking = [each for each in people if each.has_agreed]
    may_change = not panel.is_over(round, now)
    asking = (asking or AskForm()) if may_change else None
    ordering = (ordering or OrderForm(round=round, storytellers=speaking)) if may_change and speaking[1:] else None
    if ordering:
        wanted = any(each.position is None for each in speaking)
        later = asking if wanted else ordering
        later.kind = "secondary"
    context = {
        "round": round,
        "storytellers": [_row(each, _word_of(each, may_change, request.user, today(now))) for each in people],
        "asking": asking,
        "ordering": ordering,
        "finds_voices": may_anywhere(request.user, May.FIND_VOICES, now=now),
        "lately": asking and asking.lately,
        "tells_who": asking and asking.lately and _finds_voices(request.user, round.system, now),
        "meeting": _of_all(round) if may_change and speaking else None,
        "balance": _balance(speaking, today(now)),
        "form": next((form for form in (ordering, asking) if form and form.errors), None),
    }
    return render(request, "rounds/round_panel.html", context)


def _speaking(round):
    return list(round.panel.agreed().select_related("person").in_order())


def _word_of(storyteller, is_to_come, person, on):
    if is_to_come and storyteller.is_ready:
        return READY
    following = storyteller.next_step
    if storyteller.has_agreed and following is not None and following.needs(person, on):
        return "Needs you"
    return "Said yes" if storyteller.has_agreed else "Asked"


def _row(storyteller, word):
    following = storyteller.next_step
    done = sum(step.done_on is not None for step in storyteller.steps_by_kind.values())
    return {
        "name": str(storyteller.person),
        "url": reverse("round_storyteller", args=[storyteller.round_id, storyteller.pk]),
        "position": storyteller.position,
        "word": word,
        "progress": f"{done} of {len(Step)} steps done",
        "next": f"Next: {', '.join([following.get_kind_display(), *_plan(following)])}" if following else "",
    }


def _plan(step):
    """[by when, by whom], as far as there is one."""
    day = nhs_date(step.best_by, weekday=False, year=False) if step.best_by else ""
    return [*([day if step.due_on else f"best by {day}"] if day else []), *([str(step.owner)] if step.owner else [])]


def _balance(speaking, on):
    """How the voices mix: numbers and sectors of those who have said yes."""
    found = voices.mix([each.person_id for each in speaking], on=on).values()
    kinds = Counter(kind for kind, _ in found)
    sectors = sorted({SECTORS[sector] for _, works in found for sector in works})
    facts = [{"term": kind.label, "lines": [kinds[kind]]} for kind in Voice]
    return [*facts, *([{"term": "Where they work", "lines": sectors}] if sectors else [])]


def _steps(request, storyteller, now, opened=None, form=None):
    round, following, on = storyteller.round, storyteller.next_step, today(now)
    held = {
        each.storyteller_id: each for each in round.meetings.filter(Q(storyteller=storyteller) | Q(storyteller=None))
    }
    links = {
        Step.ONE_TO_ONE: _meeting_link(held.get(storyteller.pk), "round_one_to_one", round.pk, storyteller.pk),
        Step.GROUP: _meeting_link(held.get(None), "round_meeting", round.pk),
    }
    opened = opened if opened in PROMPTS else following and following.kind
    context = {
        "round": round,
        "storyteller": storyteller,
        "meeting": links.get(opened) if storyteller.has_agreed else None,
        "steps": [_step(step, step.kind == opened, request.user, on) for step in storyteller.steps_by_kind.values()],
        "opened": opened,
        "step_form": form or (_form(storyteller, opened, now) if opened in PROMPTS else None),
        "reads_story": storyteller.they_read_it,
        "allows": list(storyteller.consents.order_by("use")),
        "form": form,
    }
    return render(request, "rounds/round_storyteller.html", context)


def _of_all(round):
    return _meeting_link(round.meetings.filter(storyteller=None).first(), "round_meeting", round.pk)


def _meeting_link(meeting, name, *keys):
    """{url, words}, by how far finding a time has come."""
    words = "Find a time"
    if meeting:
        words = f"You meet at {nhs_moment(meeting.fixed_at, year=False)}" if meeting.fixed_at else "See who can when"
    return {"url": reverse(name, args=keys), "words": words}


def _step(step, is_open, person, on):
    return {
        "kind": step.kind,
        "title": step.get_kind_display(),
        "word": _word(step, person, on),
        "note": "" if step.done_on else capfirst(", ".join(_plan(step))),
        "prompt": PROMPTS.get(step.kind),
        "is_open": is_open,
    }


def _word(step, person, on):
    if step.done_on:
        return f"Done {nhs_date(step.done_on, weekday=False, year=False)}"
    return "Needs you" if step.needs(person, on) else "To do"


def _form(storyteller, kind, now, data=None):
    step, round = storyteller.steps_by_kind[kind], storyteller.round
    facilitators = round.team.facilitating().people()
    said = {"is_done": step.done_on is not None, "can_be_done": panel.can_be_done(round, kind, now)}
    return StepForm(data, step=step, round=round, facilitators=facilitators, **said)
