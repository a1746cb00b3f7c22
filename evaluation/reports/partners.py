"""How far Rounds have come among the partners: facts about Rounds and roles, never about who came.

As it is now: what an organisation did counts for the one that all of it is part of today. What was divided counts for
nobody, since nothing says which of its parts did it; the page says so.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.functional import SimpleLazyObject

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
    the role facilitator, which is looked up, for all of them, where it is told."""

    pk: UUID
    code: str
    name: str
    sector: str
    invited: bool
    hosting: bool
    with_one: set[UUID]

    @property
    def facilitated(self) -> bool:
        return self.pk in self.with_one


def partners_of(system, *, on, heirs) -> list[Partner]:
    """By name. `heirs` comes from ``Succession.objects.heirs``."""
    there = EventFacts.objects.filter(system=system, state__in=THERE)
    one = OuterRef("pk")
    partners = Organisation.objects.in_system(system, on=on)
    found = for_figures(
        Organisation.objects.filter(Q(pk__in=partners.values("pk")) | Q(pk__in=heirs))
        .annotate(
            today=Exists(partners.filter(pk=one)),
            invited=_first(RoundPartner.objects.filter(organisation=one, round__in=there.values("pk")), "round"),
            hosted=_first(there.filter(host_organisation=one), "starts_at"),
            co_hosted=_first(there.filter(co_host=one), "starts_at"),
        )
        .only("code", "name", "sector")
        .order_by("name", "code")
    )
    found = list(found)
    invited = as_now((each.pk for each in found if each.invited), heirs)
    hosting = as_now((each.pk for each in found if each.hosted or each.co_hosted), heirs)
    with_one = SimpleLazyObject(lambda: partners_with_one(system, on=on))
    return [
        Partner(
            each.pk,
            each.code.lower(),
            each.name,
            SECTORS[each.sector],
            each.pk in invited,
            each.pk in hosting,
            with_one,
        )
        for each in found
        if each.today
    ]


def named(system, *, on, invited) -> list[Organisation]:
    """By name: the partners on that day, which are `here`, and all others of these keys."""
    partners = Organisation.objects.in_system(system, on=on)
    found = Organisation.objects.filter(Q(pk__in=partners.values("pk")) | Q(pk__in=invited))
    found = found.annotate(here=Exists(partners.filter(pk=OuterRef("pk")))).only("name", "sector")
    return list(for_figures(found.order_by("name", "code")))


def _first(rows, field):
    """Looked up in an index for each organisation. Whether there are any (EXISTS) PostgreSQL may find out by reading
    all Rounds of all years, where it takes a partner that was never invited for one that often was."""
    return Subquery(rows.order_by(field).values(field)[:1])


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
