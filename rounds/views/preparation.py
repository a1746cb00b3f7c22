"""What a storyteller sees: the question, their own steps, and the way out. Nobody else ever opens these pages.

Their titles say nothing, since others read tabs and histories, and nothing is put into the session, which would outlive
a stepping back.
"""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rounds.access import get_preparation
from rounds.actions import panel
from rounds.models import Meeting
from rounds.reports import standing
from rounds.states import RoundState, Step
from rounds_site.kit.formats import nhs_date

from .meetings import answer_form

# The same steps, as their teller reads them. That they were approached they know.
IN_OWN_WORDS = {
    Step.AGREED: ("You said yes", ""),
    Step.ONE_TO_ONE: (
        "You and a facilitator talk",
        "Just the two of you. You decide what you tell.",
    ),
    Step.UNRECOGNISABLE: ("You look at the story together", "So that nobody can recognise a patient in it."),
    Step.GROUP: ("The panel meets", "All who tell a story hear each other once, so that nobody hears one cold."),
    Step.ORDER: ("The order of the stories", ""),
    Step.THERE: ("The Round", "A facilitator is beside you. You may still step back, up to the last minute."),
    Step.DEBRIEFED: ("A facilitator talks with you afterwards", ""),
    Step.FOLLOW_UP: ("We ask how you are, some days later", ""),
    Step.THANKED: ("Thank you", ""),
}


@require_http_methods(["GET", "HEAD"])
@login_required
def preparation(request, pk):
    now = timezone.now()
    storyteller = get_preparation(request.user, pk, now=now)
    round = storyteller.round
    context = {
        "storyteller": storyteller,
        "round": round,
        "standing": _standing(storyteller, now),
        "facilitators": [str(person) for person in round.team.facilitating().people()],
        "asked_by": storyteller.steps_by_kind[Step.APPROACHED].owner,
        "steps": _steps(storyteller),
        "meetings": [_meeting(each, request.user) for each in _meetings(storyteller)],
        "changed_late": standing.seen(round, None, now=now).changed_at_short_notice,
    }
    return render(request, "rounds/preparation.html", context)


def _meetings(storyteller):
    """Their own one-to-one first."""
    mine = Meeting.objects.of_teller(storyteller.person).filter(round=storyteller.round)
    return mine.prefetch_related("answers").order_by(F("storyteller").asc(nulls_last=True))


def _meeting(meeting, person):
    own = next((each for each in meeting.answers.all() if each.person_id == person.pk), None)
    return {
        "row": meeting,
        "title": "When you two talk" if meeting.storyteller_id else "When the panel meets",
        "answering": None if meeting.fixed_at else answer_form(meeting, own.can if own else None),
        "answered": own is not None,
    }


@never_cache
@login_required
def answer_preparation(request, pk):
    """Yes, or not this time: no and stepping back are the same act, so that no row tells them apart."""
    if request.method != "POST":
        return redirect("preparation", pk)
    if request.POST.get("answer") == "no":
        return _step_back(request, pk, "Not this time")
    now = timezone.now()
    storyteller = get_preparation(request.user, pk, now=now)
    if request.POST.get("answer") == "yes":
        panel.agree(storyteller=storyteller, now=now)
    return redirect("preparation", pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def step_back(request, pk):
    if request.method == "POST":
        return _step_back(request, pk, "You have stepped back")
    storyteller = get_preparation(request.user, pk, now=timezone.now())
    return render(request, "rounds/step_back.html", {"storyteller": storyteller})


def _step_back(request, pk, said):
    """The answer is the same where there was nothing to step back from: a second press says the same as the first, and
    nobody learns whether somebody else has gone."""
    try:
        mine = get_preparation(request.user, pk, now=timezone.now())
        account_went = panel.step_back(storyteller=mine)
    except Http404:
        account_went = False
    if account_went:
        logout(request)
    return render(request, "rounds/stepped_back.html", {"said": said})


def _standing(storyteller, now):
    if storyteller.round.state == RoundState.CANCELLED:
        return "cancelled"
    if storyteller.round.state == RoundState.POSTPONED and storyteller.has_agreed:
        return "postponed"
    if panel.is_over(storyteller.round, now):
        return "over"
    return "agreed" if storyteller.has_agreed else "asked"


def _steps(storyteller):
    following = next((step for step in _own(storyteller) if step.done_on is None), None)
    return [_step(step, storyteller, step is following) for step in _own(storyteller)]


def _own(storyteller):
    return [step for kind, step in storyteller.steps_by_kind.items() if kind in IN_OWN_WORDS]


def _step(step, storyteller, is_next):
    title, note = IN_OWN_WORDS[step.kind]
    if step.kind == Step.ORDER and storyteller.position:
        note = f"You speak as number {storyteller.position}."
    if step.owner and not step.done_on:
        note = " ".join(filter(None, [note, f"With {step.owner}."]))
    return {"title": title, "word": _when(step, storyteller.round, is_next), "note": note, "now": is_next, "url": ""}


def _when(step, round, is_next):
    if step.done_on:
        return "Done"
    on_its_day = round.starts_at if round.has_a_date else None
    day = on_its_day if step.kind == Step.THERE else step.due_on
    if day:
        return nhs_date(day, weekday=False, year=False)
    return "Next" if is_next else "Still to come"
