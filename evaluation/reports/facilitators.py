"""Who facilitates, as far as figures tell of it: how many people, and at which partners anybody.

Roles, jobs and teams are people's, so the role that draws figures (``for_figures``) reads none of them: this is asked
as the doors ask who holds what, and no person leaves it.
"""

from dataclasses import dataclass

from members.models import Membership, RoleGrant
from rounds.models import TeamMember


@dataclass(frozen=True)
class Facilitators:
    """Of those who hold the role, how many ran one of some Rounds."""

    hold_it: int
    ran_one: int


def facilitators_of(system, *, on, rounds) -> Facilitators:
    people = set(_holding_it(system, on).order_by().values_list("person", flat=True))
    ran = TeamMember.objects.facilitating().filter(round__in=rounds, person__in=people)
    return Facilitators(len(people), ran.order_by().values("person").distinct().count())


def partners_with_one(system, *, on) -> set:
    """Keys of the organisations where somebody works who holds the role in that system."""
    at_work = Membership.objects.in_force(on).filter(person__in=_holding_it(system, on).values("person"))
    return set(at_work.order_by().values_list("organisation", flat=True))


def _holding_it(system, on):
    return RoleGrant.objects.in_force(on).within(system, on=on).filter(role="facilitator")
