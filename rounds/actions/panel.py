"""Asking people to tell a story, preparing them, and letting them go without a trace.

Every verb locks the Round first. None of them touches the Round's own row, and nothing here is logged: of someone who
steps back there must be nothing left to find.
"""

from django.utils import timezone

from members.access import today
from members.actions import guests
from members.models import Delivery
from rounds import emails
from rounds.models import MeetingAnswer, PreparationStep, Storyteller
from rounds.states import LOOKED_AFTER_BY, MAY_STILL_BE, Step
from rounds_site.kit.acting import acting, on_system
from rounds_site.kit.refusals import Refused

from . import approaches, registration, story_ends
from .team import is_facilitator

# Done by asking, and by setting the order of all: nobody marks them one by one.
DONE_BY_THEMSELVES = {Step.APPROACHED, Step.ORDER}


@acting
def ask(*, round, email, called="", by, now):
    """Ask the person with that address; whoever is on the panel already is not asked twice."""
    round = registration.lock(round.pk)
    refuse_over(round, now)
    person = guests.known_or_new(email=email, name=called)
    asked = round.panel.filter(person=person).first()
    if asked:
        return asked
    if is_facilitator(round, person):
        raise Refused(
            "They facilitate this Round. Whoever holds the room for others tells no story there, so ask somebody else."
        )
    storyteller = Storyteller.objects.create(round=round, person=person, created_at=now)
    on = today(now)
    owners, done = {Step.APPROACHED: by, Step.ONE_TO_ONE: by}, {Step.APPROACHED: on}
    PreparationStep.objects.bulk_create(
        PreparationStep(
            storyteller=storyteller, kind=kind, owner=owners.get(kind), done_on=done.get(kind), created_at=now
        )
        for kind in Step
    )
    on_system(round.system_id)
    approaches.write(system=round.system, person=person, name=called, by=by, now=now)
    emails.question(storyteller, now=now)
    return storyteller


@acting
def agree(*, storyteller, now):
    """The person says yes, by themself or to a facilitator who notes it. A second yes changes nothing."""
    return set_step(storyteller=storyteller, kind=Step.AGREED, done=True, now=now)


@acting
def set_step(*, storyteller, kind, now, done=None, **plan):
    """Note when a step is due and who sees to it (`due_on`, `owner`), or that it is `done`, or is not after all.

    None where the person is no longer on the panel.
    """
    if kind in DONE_BY_THEMSELVES:
        raise ValueError(f"not set here: {kind}")
    round = registration.lock(storyteller.round_id)
    step = PreparationStep.objects.filter(storyteller=storyteller.pk, storyteller__round=round, kind=kind).first()
    if step is None:
        return None
    _refuse(round, kind, done, plan.get("owner"), now)
    for name, value in plan.items():
        setattr(step, name, value)
    changes = done is not None and done != bool(step.done_on)
    if changes:
        step.done_on = today(now) if done else None
    step.save(update_fields=["done_on", *plan])
    if kind == Step.AGREED and changes:
        _follow(round, storyteller, done, now)
    return step


def _follow(round, storyteller, agreed, now):
    """Whoever says yes once all are asked when they can meet, or know, is asked or told like everybody."""
    if not agreed:
        _give_up_turn(round, storyteller.pk)
        return
    meeting = round.meetings.filter(storyteller=None).first()
    if meeting and meeting.fixed_at is None:
        emails.when_they_can(storyteller, meeting, now=now)
    elif meeting and meeting.fixed_at > now:
        step = PreparationStep.objects.filter(storyteller=storyteller.pk, kind=Step.GROUP, done_on=None)
        step.update(due_on=timezone.localdate(meeting.fixed_at))
        emails.time_is_set(storyteller, meeting, now=now)


@acting
def set_order(*, round, order, now):
    """`order`: keys of storytellers, first to last. Those who are no longer on the panel are passed over in silence,
    and those who have not agreed have no turn."""
    round = registration.lock(round.pk)
    refuse_over(round, now)
    speaking = set(round.panel.agreed().values_list("pk", flat=True))
    placed = [key for key in dict.fromkeys(order) if key in speaking]
    _place(round, placed)
    steps = PreparationStep.objects.filter(storyteller__in=placed, kind=Step.ORDER)
    steps.filter(done_on=None).update(done_on=today(now))
    return placed


@acting
def step_back(*, storyteller):
    """Take the person off the panel, with every row that says they were on it; whether their account went with it.

    Whether they were asked and said no, had agreed, or were taken off is all one: nothing tells which. An account that
    was made only to ask them goes too. Letters in their own mailbox are theirs. That somebody was asked stays known
    where they never said yes, so that they are not asked again; of whoever had said yes it goes as well.
    """
    round = registration.lock(storyteller.round_id)
    found = round.panel.select_related("person").filter(pk=storyteller.pk).first()
    if found is None:
        return False
    Delivery.objects.filter(about=found.pk).delete()
    story_ends.destroy(panel=[found])
    if round.panel.agreed().filter(pk=found.pk).exists():
        approaches.forget(system=round.system_id, person=found.person, since=found.created_at)
    MeetingAnswer.objects.filter(meeting__round=round, person=found.person).delete()
    found.delete()
    if not round.panel.agreed().exists():
        round.meetings.all().delete()
    _close_up(round)
    return guests.forget_if_unused(person=found.person)


def _refuse(round, kind, done, owner, now):
    if done and not can_be_done(round, kind, now):
        raise Refused("This comes after the stories. Mark it done once the Round has begun.")
    if owner and not is_facilitator(round, owner):
        raise Refused("Choose one of this Round’s facilitators.")


def can_be_done(round, kind, now):
    """Nobody is looked after for a story that they have not told."""
    return kind not in LOOKED_AFTER_BY or (round.has_a_date and round.starts_at <= now)


def _give_up_turn(round, key):
    Storyteller.objects.filter(pk=key).update(position=None)
    PreparationStep.objects.filter(storyteller=key, kind=Step.ORDER).update(done_on=None)
    _close_up(round)


def _close_up(round):
    _place(round, list(round.panel.exclude(position=None).order_by("position").values_list("pk", flat=True)))


def _place(round, keys):
    """First nobody has a turn, so that no two ever have the same one."""
    round.panel.update(position=None)
    for position, key in enumerate(keys, start=1):
        round.panel.filter(pk=key).update(position=position)


def is_over(round, now):
    return round.state not in MAY_STILL_BE or (round.has_a_date and round.ends_at <= now)


def refuse_over(round, now):
    if is_over(round, now):
        raise Refused("This Round is over or was called off, so its panel can no longer be changed.")
