"""How far Rounds have come among the partners: facts about Rounds and roles, never about who came.

As it is now: what an organisation did counts for the one that all of it is part of today. What was divided counts for
nobody, since nothing says which of its parts did it; the page says so.
"""

from collections import defaultdict
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
from rounds_site.kit.formats import listed

THERE = (RoundState.PLANNED, RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED)


@dataclass(frozen=True)
class Partner:
    """`invited` and `hosting` by any Round that was held or is planned; `facilitated` if somebody who works there holds
    the role facilitator, which is looked up, for all of them, where it is told. `here` today, `then` on another day."""

    pk: UUID
    code: str
    name: str
    sector: str
    invited: bool
    hosting: bool
    with_one: set[UUID]
    here: bool
    then: bool

    @property
    def facilitated(self) -> bool:
        return self.pk in self.with_one


def partners_of(system, *, on, heirs, then=None) -> list[Partner]:
    """By name: the partners on that day, and those on the day `then`. `heirs` comes from
    ``Succession.objects.heirs``."""
    there = EventFacts.objects.filter(system=system, state__in=THERE)
    one = OuterRef("pk")
    partners, others = (Organisation.objects.in_system(system, on=day) for day in (on, then or on))
    either = Q(pk__in=partners.values("pk")) | Q(pk__in=others.values("pk"))
    found = for_figures(
        Organisation.objects.filter(either | Q(pk__in=heirs))
        .annotate(
            today=Exists(partners.filter(pk=one)),
            then=Exists(others.filter(pk=one)),
            invited=_first(_invitations_to(there).filter(organisation=one), "round"),
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
            each.today,
            each.then,
        )
        for each in found
        if each.today or each.then
    ]


def named(system, *, on, invited) -> list[Organisation]:
    """By name: the partners on that day, which are `here`, and all others of these keys."""
    partners = Organisation.objects.in_system(system, on=on)
    found = Organisation.objects.filter(Q(pk__in=partners.values("pk")) | Q(pk__in=invited))
    found = found.annotate(here=Exists(partners.filter(pk=OuterRef("pk")))).only("name", "sector")
    return list(for_figures(found.order_by("name", "code")))


def _invitations_to(rounds):
    """Each invitation is asked for its Round. Were it asked whether that is one of these Rounds, PostgreSQL might read
    all of them, once for each partner that was never invited."""
    its_round = Subquery(rounds.filter(pk=OuterRef("round")).values("pk")[:1])
    return RoundPartner.objects.alias(its_round=its_round).filter(its_round__isnull=False)


def _first(rows, field):
    """Looked up in an index for each organisation. Whether there are any (EXISTS) PostgreSQL may find out by reading
    all Rounds of all years, where it takes a partner that was never invited for one that often was."""
    return Subquery(rows.order_by(field).values(field)[:1])


def as_now(organisations, heirs) -> set:
    """Keys of organisations as they were then → keys of those that they are wholly part of today."""
    return {heirs.get(key, key) for key in organisations}


def steps_from(keys, steps) -> list:
    """Those of the steps, in the order of time, by which these organisations became others."""
    found, there = [], set(keys)
    for step in steps:
        if step.predecessor_id in there:
            found.append(step)
            there.add(step.successor_id)
    return found


def notes_on_time(steps) -> list[str]:
    """What stands under another name today, and what cannot; a sentence for each heir and for each that was divided."""
    joined = defaultdict(dict)
    for step in steps:
        joined[None if step.kind == Kind.SPLIT else step.successor][step.predecessor] = True
    divided = joined.pop(None, {})
    notes = [_joined(heir, list(parts)) for heir, parts in joined.items()]
    return notes + [f"What {each} did before it was divided counts for none of its parts." for each in divided]


def names_of_then(steps) -> list[str]:
    """What stands under the name that it had then."""
    return list(dict.fromkeys(map(_became, steps)))


def _became(step):
    became = "it was divided since" if step.kind == Kind.SPLIT else f"it is part of {step.successor} now"
    return f"{step.predecessor} stands under its name of then: {became}."


def _joined(heir, parts):
    verb = "is" if len(parts) == 1 else "are"
    return f"{heir} counts with what {listed([str(each) for each in parts])} did, which {verb} part of it now."
