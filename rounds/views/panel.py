"""The panel of one Round, for the facilitators named in its team: who speaks, in which order, and each one's steps."""

from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import today
from members.actions.guests import NameNeeded
from members.models import Membership, Person
from members.roles import CLINICAL, SECTORS
from rounds import access
from rounds.actions import panel
from rounds.forms.panel import OrderForm, StepForm
from rounds.forms.people import AskForm
from rounds.states import Step, TeamPart
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.refusals import Refused

# What to think of at each step.
PROMPTS = {
    Step.AGREED: "They answer in the portal. If they tell you instead, mark it here.",
    Step.ONE_TO_ONE: "Somewhere quiet, half an hour. What do they want to tell, and what had they better keep?",
    Step.UNRECOGNISABLE: "Listen once as the patient’s sister would: age, dates, ward, what only they would know.",
    Step.GROUP: "About a week before, all together, so that nobody hears a story cold in the room.",
    Step.THERE: "Greet them before the room fills. They may still step back, without a reason.",
    Step.DEBRIEFED: "The same day, before they go back to work. How is it now that it has been said?",
    Step.FOLLOW_UP: "Some days later: offer to talk, and say where else there is support.",
    Step.THANKED: "A few words of your own, that say what their story made possible.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_panel(request, pk):
    now = timezone.now()
    round = access.get_round_with_panel(request.user, pk, now=now)
    form = AskForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, round, now, asking=form)
    try:
        panel.ask(round=round, **form.cleaned_data, by=request.user, now=now)
    except Refused as refusal:
        form.add_error("called" if isinstance(refusal, NameNeeded) else None, str(refusal))
        return _page(request, round, now, asking=form)
    # Names nobody: it waits in the session of whoever reads it.
    messages.success(request, "They get a letter. It says only that a facilitator has a question.")
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
    found = access.get_storyteller(request.user, pk, storyteller, now=timezone.now())
    return _steps(request, found, opened=request.GET.get("step"))


@login_required
def set_step(request, pk, storyteller, kind):
    """One form, and the button says what is to happen: Save, Mark as done, or Undo."""
    now = timezone.now()
    found = access.get_storyteller(request.user, pk, storyteller, now=now)
    if kind not in PROMPTS:
        raise Http404
    if request.method != "POST":
        return redirect("round_storyteller", pk, storyteller)
    form = _form(found, kind, request.POST)
    if not form.is_valid():
        return _steps(request, found, opened=kind, form=form)
    done = True if "done" in request.POST else False if "undo" in request.POST else None
    try:
        panel.set_step(storyteller=found, kind=kind, **form.facts(), done=done, now=now)
    except Refused as refusal:
        form.add_error("owner", str(refusal))
        return _steps(request, found, opened=kind, form=form)
    address = reverse("round_storyteller", args=[pk, storyteller])
    return redirect(address if done else f"{address}?step={kind}")


@login_required
def take_off_panel(request, pk, storyteller):
    found = access.get_storyteller(request.user, pk, storyteller, now=timezone.now())
    if request.method == "POST":
        panel.step_back(storyteller=found)
    return redirect("round_panel", pk)


def _page(request, round, now, asking=None, ordering=None):
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
        "storytellers": [_row(round, each) for each in people],
        "asking": asking,
        "ordering": ordering,
        "balance": _balance(speaking, today(now)),
        "form": next((form for form in (ordering, asking) if form and form.errors), None),
    }
    return render(request, "rounds/round_panel.html", context)


def _speaking(round):
    return list(round.panel.agreed().select_related("person").in_order())


def _row(round, storyteller):
    following = storyteller.next_step
    done = sum(step.done_on is not None for step in storyteller.steps_by_kind.values())
    return {
        "name": str(storyteller.person),
        "url": reverse("round_storyteller", args=[round.pk, storyteller.pk]),
        "position": storyteller.position,
        "word": "Said yes" if storyteller.has_agreed else "Asked",
        "progress": f"{done} of {len(Step)} steps done",
        "next": f"Next: {_in_words(following)}" if following else "",
    }


def _in_words(step):
    when = nhs_date(step.due_on, weekday=False, year=False) if step.due_on else ""
    return ", ".join(filter(None, [step.get_kind_display(), when, str(step.owner) if step.owner else ""]))


def _balance(speaking, on):
    """How the voices mix: numbers and sectors of those who have said yes."""
    jobs = Membership.objects.in_force(on).filter(person__in=[each.person_id for each in speaking])
    found = {}
    for person, group, sector in jobs.values_list("person", "staff_group", "organisation__sector"):
        found.setdefault(person, []).append((group, sector))
    kinds = Counter(_kind(found.get(each.person_id, [])) for each in speaking)
    sectors = sorted({SECTORS[sector] for each in found.values() for _, sector in each})
    facts = [{"term": kind, "lines": [kinds[kind]]} for kind in ("Clinical", "Not clinical", "From elsewhere")]
    return [*facts, *([{"term": "Where they work", "lines": sectors}] if sectors else [])]


def _kind(jobs):
    if not jobs:
        return "From elsewhere"
    return "Clinical" if any(group in CLINICAL for group, _ in jobs) else "Not clinical"


def _steps(request, storyteller, opened=None, form=None):
    following = storyteller.next_step
    opened = opened if opened in PROMPTS else following and following.kind
    context = {
        "round": storyteller.round,
        "storyteller": storyteller,
        "steps": [_step(step, step.kind == opened) for step in storyteller.steps_by_kind.values()],
        "opened": opened,
        "step_form": form or (_form(storyteller, opened) if opened in PROMPTS else None),
        "form": form,
    }
    return render(request, "rounds/round_storyteller.html", context)


def _step(step, is_open):
    when = nhs_date(step.due_on, weekday=False) if step.due_on else ""
    return {
        "kind": step.kind,
        "title": step.get_kind_display(),
        "word": f"Done {nhs_date(step.done_on, weekday=False, year=False)}" if step.done_on else "To do",
        "note": ", ".join(filter(None, [when, str(step.owner) if step.owner else ""])),
        "prompt": PROMPTS.get(step.kind, ""),
        "is_open": is_open,
    }


def _form(storyteller, kind, data=None):
    step, round = storyteller.steps_by_kind[kind], storyteller.round
    named = Person.objects.filter(team_parts__round=round, team_parts__part=TeamPart.FACILITATOR)
    facilitators = named.order_by("name", "pk")
    return StepForm(data, step=step, round=round, facilitators=facilitators, is_done=step.done_on is not None)
