"""How far Rounds have come among the partners: facts about Rounds and roles, never about who came."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef

from members.models import Membership, Organisation, RoleGrant
from members.roles import SECTORS
from rounds.models import Round, RoundPartner
from rounds.states import RoundState

THERE = (RoundState.PLANNED, RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED)


@dataclass(frozen=True)
class Partner:
    """`invited` and `hosting` by any Round that was held or is planned; `facilitated` if somebody who works there holds
    the role facilitator."""

    pk: UUID
    name: str
    sector: str
    invited: bool
    hosting: bool
    facilitated: bool


def partners_of(system, *, on) -> list[Partner]:
    """By name."""
    own = Round.objects.filter(system=system, state__in=THERE)
    facilitators = RoleGrant.objects.in_force(on).within(system, on=on).filter(role="facilitator")
    of_this = OuterRef("pk")
    found = Organisation.objects.in_system(system, on=on).annotate(
        invited=Exists(RoundPartner.objects.filter(organisation=of_this, round__in=own)),
        hosting=Exists(own.filter(host_organisation=of_this)),
        facilitated=Exists(
            Membership.objects.in_force(on).filter(organisation=of_this, person__in=facilitators.values("person"))
        ),
    )
    return [
        Partner(each.pk, each.name, SECTORS[each.sector], each.invited, each.hosting, each.facilitated)
        for each in found.order_by("name", "code")
    ]
