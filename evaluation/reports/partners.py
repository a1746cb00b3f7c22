"""How far Rounds have come among the partners: facts about Rounds and roles, never about who came.

As it is now: what an organisation did counts for the one that all of it is part of today. What was divided counts for
nobody, since nothing says which of its parts did it; the page says so.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef

from members.models import Membership, Organisation, RoleGrant
from members.models.succession import Kind
from members.roles import SECTORS
from rounds.models import Round, RoundPartner
from rounds.states import RoundState

THERE = (RoundState.PLANNED, RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED)


@dataclass(frozen=True)
class Partner:
    """`invited` and `hosting` by any Round that was held or is planned; `facilitated` if somebody who works there holds
    the role facilitator."""

    pk: UUID
    code: str
    name: str
    sector: str
    invited: bool
    hosting: bool
    facilitated: bool


def partners_of(system, *, on, heirs) -> list[Partner]:
    """By name. `heirs` comes from ``Succession.objects.heirs``."""
    own = Round.objects.filter(system=system, state__in=THERE)
    invited = as_now(
        RoundPartner.objects.filter(round__in=own).order_by().values_list("organisation", flat=True), heirs
    )
    hosts = own.order_by().values_list("host_organisation", "co_host")
    hosting = as_now((key for both in hosts for key in both), heirs)
    facilitators = RoleGrant.objects.in_force(on).within(system, on=on).filter(role="facilitator")
    of_this = OuterRef("pk")
    found = Organisation.objects.in_system(system, on=on).annotate(
        facilitated=Exists(
            Membership.objects.in_force(on).filter(organisation=of_this, person__in=facilitators.values("person"))
        ),
    )
    return [_partner(each, invited, hosting) for each in found.order_by("name", "code")]


def _partner(each, invited, hosting):
    name, sector = each.name, SECTORS[each.sector]
    return Partner(each.pk, each.code.lower(), name, sector, each.pk in invited, each.pk in hosting, each.facilitated)


def as_now(organisations, heirs) -> set:
    """Keys of organisations as they were then → keys of those that they are wholly part of today."""
    return {heirs.get(key, key) for key in organisations}


def notes_on_time(steps) -> list[str]:
    """What stands under another name today, and what cannot."""
    return list(dict.fromkeys(map(_note, steps)))


def _note(step):
    if step.kind == Kind.SPLIT:
        return f"What {step.predecessor} did before it was divided counts for none of its parts."
    return f"{step.successor} counts with what {step.predecessor} did, which is part of it now."
