"""Who facilitates a Round and who helps at its door: people from anywhere, by address, without a role.

Nobody is written to and nothing is logged: whoever names a person tells them. (Where nobody is left to name anyone:
``appointing``.)
"""

from members.actions import guests
from rounds import emails
from rounds.models import CareOwed, MeetingAnswer, PreparationStep, TeamMember
from rounds.states import TeamPart
from rounds_site.kit.acting import acting
from rounds_site.kit.refusals import Refused

from . import registration, story_ends


@acting
def name(*, round, email, called="", part, by, now):
    """Put the person with that address into the team; the row that stands, if they are in it already."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    person = guests.known_or_new(email=email, name=called)
    member, _ = TeamMember.objects.get_or_create(round=round, person=person, part=part, defaults={"created_at": now})
    goes_on(round.team.filter(pk=member.pk))
    return member


@acting
def keep(*, round, member_id, by, now):
    """Somebody who left where they worked goes on here all the same."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    return goes_on(round.team.filter(pk=member_id))


def goes_on(members):
    """Whatever was asked about them is answered."""
    return members.update(suspended_at=None, replaceable_from=None)


@acting
def hand_over(*, round, by, now):
    """The only facilitator cannot do this one. Nothing closes to them, and from now on another can be named."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    mine = round.team.facilitating().get(person=by)
    if _others(round, mine, now).exists():
        raise Refused("You are not the only facilitator, so you can take yourself off.")
    if mine.replaceable_from is None or mine.replaceable_from > now:
        mine.replaceable_from = now
        mine.save(update_fields=["replaceable_from"])
        emails.facilitator_wanted(round, now=now)
    return mine


@acting
def go_on(*, round, by, now):
    """They can do it after all, or could be reached after all."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    goes_on(round.team.facilitating().filter(person=by))


@acting
def take_off(*, round, member_id, by, now):
    """That person no longer has that part; None where they had none (any more)."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    member = round.team.select_related("person").filter(pk=member_id).first()
    if member is None:
        return None
    runs_it = member.part == TeamPart.FACILITATOR and not member.suspended_at
    if runs_it and not _others(round, member, now).exists():
        raise Refused(
            "A Round needs someone who runs it. Name another facilitator first, or say that you cannot do it."
        )
    member.delete()
    free_steps(round)
    guests.forget_if_unused(person=member.person)
    return member


def _others(round, member, now):
    """Facilitators who would remain, and can run it."""
    return round.team.able(now).exclude(pk=member.pk)


def free_steps(round):
    """Whoever no longer facilitates sees to no step of the panel and to no word that is owed, is waited for at no
    meeting and reads no story."""
    named = round.team.filter(part=TeamPart.FACILITATOR).values("person")
    steps = PreparationStep.objects.filter(storyteller__round=round).exclude(owner=None)
    steps.exclude(owner__in=named).update(owner=None)
    CareOwed.objects.filter(round=round).exclude(owner=None).exclude(owner__in=named).update(owner=None)
    tells = round.panel.values("person")
    MeetingAnswer.objects.filter(meeting__round=round).exclude(person__in=named).exclude(person__in=tells).delete()
    story_ends.close_to_those_gone(round)


def refuse_unless_facilitator(round, person):
    """The team sees who has booked and who tells a story: nobody else may put anyone, or themself, into it."""
    if not is_facilitator(round, person):
        raise Refused("Only its facilitators can say who facilitates this Round.")


def is_facilitator(round, person):
    return round.team.facilitating().filter(person=person).exists()
