"""Who facilitates a Round and who helps at its door: people from anywhere, by address, without a role.

Nobody is written to and nothing is logged: whoever names a person tells them.
"""

from django.db import transaction

from members.actions import guests
from rounds.models import PreparationStep, TeamMember
from rounds.states import TeamPart
from rounds_site.kit.refusals import Refused

from . import registration


@transaction.atomic
def name(*, round, email, called="", part, by, now):
    """Put the person with that address into the team; the row that stands, if they are in it already."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    person = guests.known_or_new(email=email, name=called)
    member, _ = TeamMember.objects.get_or_create(round=round, person=person, part=part, defaults={"created_at": now})
    return member


@transaction.atomic
def take_off(*, round, member_id, by, now):
    """That person no longer has that part; None where they had none (any more)."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    member = round.team.select_related("person").filter(pk=member_id).first()
    if member is None:
        return None
    if member.part == TeamPart.FACILITATOR and not _others(round, member).exists():
        raise Refused("A Round needs someone who runs it. Name another facilitator first.")
    member.delete()
    free_steps(round)
    guests.forget_if_unused(person=member.person)
    return member


def _others(round, member):
    """Facilitators who would remain, and can sign in."""
    return round.team.filter(part=TeamPart.FACILITATOR, person__is_active=True).exclude(pk=member.pk)


def free_steps(round):
    """Steps of the panel whose owner no longer facilitates have no owner any more."""
    named = round.team.filter(part=TeamPart.FACILITATOR).values("person")
    steps = PreparationStep.objects.filter(storyteller__round=round).exclude(owner=None)
    steps.exclude(owner__in=named).update(owner=None)


def refuse_unless_facilitator(round, person):
    """The team sees who has booked and who tells a story: nobody else may put anyone, or themself, into it."""
    if not is_facilitator(round, person):
        raise Refused("Only its facilitators can say who facilitates this Round.")


def is_facilitator(round, person):
    return round.team.filter(person=person, part=TeamPart.FACILITATOR).exists()
