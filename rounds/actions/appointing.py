"""Naming a facilitator for a Round that nobody can run: the only way into a team from outside it.

The team sees who has booked and who tells a story, so as long as one of its facilitators can say who facilitates,
nobody else does. It stands in the log, whoever is named gets a letter, and so does whoever waited for it.
"""

from datetime import timedelta

from members.actions import audit
from members.models.audit import Act
from rounds import emails
from rounds.access import people_to_appoint
from rounds.models import TeamMember
from rounds.states import TeamPart
from rounds_site.kit.acting import acting
from rounds_site.kit.refusals import Refused

from . import registration
from .team import goes_on

A_DAY = timedelta(days=1)


@acting
def appoint(*, round, person, by, now):
    """From now on that person runs it and says who else does. Whoever ran it stays in the team as they are."""
    round = registration.lock(round.pk)
    if round.team.able(now).exists():
        raise Refused("Somebody runs this Round, so its facilitators say who facilitates.")
    if not people_to_appoint(by, round, now=now).filter(pk=person.pk).exists():
        raise Refused("Choose somebody else who holds the role of a facilitator or clinical lead there.")
    named = {"round": round, "person": person, "part": TeamPart.FACILITATOR}
    member, _ = TeamMember.objects.get_or_create(**named, defaults={"created_at": now})
    goes_on(round.team.filter(pk=member.pk))
    emails.facilitator_named(member, now=now)
    audit.record(Act.FACILITATOR_NAMED, by=by, about=round.pk, where=round.host, now=now, named=str(person.pk))
    return member


@acting
def say_unreachable(*, round, by, now):
    """The only facilitator gets a letter. Unless they say that they go on, another can be named a day later, or at once
    where the Round begins within a day."""
    round = registration.lock(round.pk)
    able = list(round.team.able(now))
    if len(able) != 1:
        raise Refused("Its facilitators say who facilitates this Round, or nobody is left to be reached.")
    (member,) = able
    if member.person_id == by.pk:
        raise Refused("You facilitate it yourself. Say on the page of its team that you cannot do it.")
    if member.replaceable_from is None:
        member.replaceable_from = min(now + A_DAY, max(now, round.starts_at - A_DAY))
        member.save(update_fields=["replaceable_from"])
        emails.team_asked(round, now=now)
        audit.record(Act.FACILITATOR_MISSED, by=by, about=round.pk, where=round.host, now=now)
    return member
