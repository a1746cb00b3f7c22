"""Who facilitates, as far as figures tell of it: how many people, and at which partners anybody.

Roles, jobs and teams are people's, so the role that draws figures (``for_figures``) reads none of them: this is asked
as the doors ask who holds what, and no person leaves it.
"""

from collections import Counter
from dataclasses import dataclass

from members.models import Membership, RoleGrant
from rounds.models import TeamMember

# So many facilitators run a Round.
ENOUGH = 2


@dataclass(frozen=True)
class Facilitators:
    """Of those who hold the role, how many ran one of some Rounds. `alone`: at how many Rounds fewer than two people
    are named, so that one who falls ill is missed."""

    hold_it: int
    ran_one: int
    alone: int


def facilitators_of(system, *, on, ran, shown) -> Facilitators:
    """`ran`: Rounds that were held; `shown`: those of which it is asked how many people each names."""
    ran = set(ran)
    people = set(_holding_it(system, on).order_by().values_list("person", flat=True))
    teams = TeamMember.objects.facilitating().filter(round__in={*ran, *shown}).order_by()
    named = list(teams.values_list("round", "person"))
    often = Counter(round for round, _ in named)
    active = people & {person for round, person in named if round in ran}
    return Facilitators(len(people), len(active), sum(often[round] < ENOUGH for round in shown))


def partners_with_one(system, *, on) -> set:
    """Keys of the organisations where somebody works who holds the role in that system."""
    at_work = Membership.objects.in_force(on).filter(person__in=_holding_it(system, on).values("person"))
    return set(at_work.order_by().values_list("organisation", flat=True))


def _holding_it(system, on):
    return RoleGrant.objects.in_force(on).within(system, on=on).filter(role="facilitator")
