"""How far Rounds have come among the partners: facts about Rounds and roles, never about who came.

As it is now: what an organisation did counts for the one that all of it is part of today. What was divided counts for
nobody, since nothing says which of its parts did it; the page says so.
"""

from dataclasses import dataclass
from uuid import UUID

from evaluation.models import EventFacts
from evaluation.reports.facilitators import partners_with_one
from members.models import Organisation
from members.models.succession import Kind
from members.roles import SECTORS
from rounds.models import RoundPartner
from rounds.states import RoundState
from rounds_site.kit.drawing import for_figures

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
    own = EventFacts.objects.filter(system=system, state__in=THERE).order_by()
    invitations = for_figures(RoundPartner.objects.filter(round__in=own.values("pk")).order_by())
    invited = as_now(invitations.values_list("organisation", flat=True), heirs)
    hosts = for_figures(own).values_list("host_organisation", "co_host")
    hosting = as_now((key for both in hosts for key in both), heirs)
    facilitated = partners_with_one(system, on=on)
    found = for_figures(Organisation.objects.in_system(system, on=on).order_by("name", "code"))
    return [
        Partner(key, code.lower(), name, SECTORS[sector], key in invited, key in hosting, key in facilitated)
        for key, code, name, sector in found.values_list("pk", "code", "name", "sector")
    ]


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
