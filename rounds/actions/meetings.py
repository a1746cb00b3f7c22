"""Finding a time to prepare: a facilitator proposes some, whoever is asked ticks, a facilitator sets one.

As with all of a panel every verb locks the Round first, and nothing is logged.
"""

from django.utils import timezone

from rounds import emails
from rounds.models import Meeting, MeetingAnswer, PreparationStep
from rounds.models.meeting import as_text
from rounds.states import Step
from rounds_site.kit.acting import acting
from rounds_site.kit.refusals import Refused

from . import registration
from .panel import refuse_over
from .team import is_facilitator

SET_MEANWHILE = "A time has been set meanwhile."


@acting
def propose(*, round, storyteller, times, place, by, now):
    """One to one with that storyteller, or with all who have said yes where it is None. What was proposed or set before
    is gone, with the answers; each is asked by a letter that says only that there is a question."""
    round = registration.lock(round.pk)
    refuse_over(round, now)
    asked = _tellers(round, storyteller)
    if not asked:
        raise Refused("Nobody has said yes yet. First they say yes, then you find a time.")
    _take_back(round.meetings.filter(storyteller=storyteller))
    meeting = Meeting.objects.create(
        round=round,
        storyteller=storyteller,
        times=[as_text(each) for each in sorted(set(times))],
        place=place,
        created_at=now,
    )
    if storyteller:
        PreparationStep.objects.filter(storyteller=storyteller, kind=Step.ONE_TO_ONE).update(owner=by)
    for each in asked:
        emails.when_they_can(each, meeting, now=now)
    return meeting


@acting
def answer(*, meeting, person, can, now):
    """`can`: those of its times, as text. The later answer counts. None where they are not asked (any more)."""
    meeting = _held(meeting)
    if meeting is None or not _is_asked(meeting, person):
        return None
    if meeting.fixed_at:
        raise Refused(SET_MEANWHILE)
    said = {"can": [each for each in meeting.times if each in can]}
    return MeetingAnswer.objects.update_or_create(
        meeting=meeting, person=person, defaults=said, create_defaults=said | {"created_at": now}
    )[0]


@acting
def fix(*, meeting, time, now):
    """Set one of its times, and write to the storytellers that there is news. The day of the step is that day."""
    meeting = _held(meeting)
    if meeting is None:
        return None
    if meeting.fixed_at:
        raise Refused(SET_MEANWHILE)
    refuse_over(meeting.round, now)
    if time not in meeting.times:
        raise Refused("Choose one of the times that were proposed.")
    moment, round = meeting.moments[time], meeting.round
    if moment <= now or (round.has_a_date and moment >= round.starts_at):
        raise Refused("That time has passed, or is not before the Round any more. Look for other times.")
    meeting.fixed_at = moment
    meeting.save(update_fields=["fixed_at"])
    _steps(meeting).update(due_on=timezone.localdate(meeting.fixed_at))
    for each in _tellers(meeting.round, meeting.storyteller):
        emails.time_is_set(each, meeting, now=now)
    return meeting


def _held(meeting):
    round = registration.lock(meeting.round_id)
    return round.meetings.select_related("round__system", "storyteller").filter(pk=meeting.pk).first()


def _tellers(round, storyteller):
    agreed = round.panel.agreed()
    return list(agreed.filter(pk=storyteller.pk) if storyteller else agreed)


def _is_asked(meeting, person):
    tellers = _tellers(meeting.round, meeting.storyteller)
    return person.pk in {each.person_id for each in tellers} or is_facilitator(meeting.round, person)


def _steps(meeting):
    tellers = _tellers(meeting.round, meeting.storyteller)
    return PreparationStep.objects.filter(storyteller__in=tellers, kind=meeting.kind, done_on=None)


def _take_back(meetings):
    for meeting in meetings.select_related("round", "storyteller"):
        if meeting.fixed_at:
            _steps(meeting).filter(due_on=timezone.localdate(meeting.fixed_at)).update(due_on=None)
        meeting.delete()
