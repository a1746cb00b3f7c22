"""What was offered in a half-year, where and when: facts about Rounds, exact. Nothing here depends on who came."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Sum
from django.utils import timezone

from evaluation.reports.facilitators import Facilitators, facilitators_of
from evaluation.reports.half_years import HalfYear
from evaluation.reports.partners import as_now
from evaluation.reports.system import HELD, SystemFigures
from members.models import Place, PlaceEdge
from rounds.actions.fidelity import Interval, interval
from rounds.days import TIMES_OF_DAY
from rounds.models import Backfill
from rounds.states import BackfillState, Format
from rounds_site.kit.drawing import for_figures

NO_PLACE = "Without a Place"
GRANTED = [BackfillState.APPROVED, BackfillState.INVOICED, BackfillState.PAID]


@dataclass(frozen=True)
class Offer:
    """Some Rounds under one head, `code` that of the Place they are in. `places` are those in the room and online."""

    label: str
    held: int
    planned: int
    places: int
    invited: int
    hosting: int
    code: str = ""

    @property
    def rounds(self) -> int:
        return self.held + self.planned


@dataclass(frozen=True)
class Regularity:
    """How regularly Rounds followed each other at one host, over the half-year and the one before: in how many months
    of these there is one, held or planned."""

    host: str
    months: int
    interval: Interval


@dataclass(frozen=True)
class Cover:
    """Hours that partners asked for so that somebody could leave the floor, and those that were granted. `partners`:
    how many asked; of one alone it is their own business and that of whoever pays."""

    partners: int
    asked: Decimal
    granted: Decimal


class OfferedFigures(SystemFigures):
    """Of the whole system, or with `place` of the Rounds that one would go to there."""

    def __init__(self, system, *, place=None, half_year_key, now):
        super().__init__(system, half_year_key=half_year_key, now=now)
        self.place = place
        if place:
            self.rounds = [round for round in self.rounds if place.pk in self._places_of(round)]

    @cached_property
    def in_all(self) -> Offer:
        return self._offer("All", self.rounds_shown)

    @cached_property
    def by_place(self) -> list[Offer]:
        """By name. Where a room serves two Places its Round counts in both; those in no Place stand last."""
        rows = [self._offer(place.name, self._in(place), place.code) for place in self._places]
        others = [round for round in self.rounds_shown if not self._places_of(round)]
        return [*rows, self._offer(NO_PLACE, others)] if others else rows

    def _in(self, place):
        return [round for round in self.rounds_shown if place.pk in self._places_of(round)]

    @cached_property
    def by_time(self) -> list[Offer]:
        return [
            self._offer(words, [each for each in self.rounds_shown if each.time_of_day == time])
            for time, (words, _, _) in TIMES_OF_DAY.items()
        ]

    @cached_property
    def by_format(self) -> list[Offer]:
        return [self._offer(kind.label, [each for each in self.rounds_shown if each.format == kind]) for kind in Format]

    @property
    def is_whole(self) -> bool:
        """Not of one Place alone."""
        return self.place is None

    @cached_property
    def regularity(self) -> list[Regularity]:
        """By host, as it is called today. A Round of two hosts is one of each; what was divided since is nobody's."""
        names = {each.pk: each.name for each in [*self.partners, *self._places]}
        found = defaultdict(list)
        for round in self.rounds:
            keys = as_now(round.host_organisations, self.heirs) | ({round.host_place_id} - {None})
            hosts = {names[key] for key in keys & names.keys()} if keys else {self.system.short_name}
            for host in hosts:
                found[host].append(round)
        return [self._regularity(host, rounds) for host, rounds in sorted(found.items())]

    def _regularity(self, host, rounds):
        months = {timezone.localdate(round.starts_at).replace(day=1) for round in rounds}
        return Regularity(host, len(months), interval(rounds, on=self.on))

    @cached_property
    def _places(self) -> list[Place]:
        return list(for_figures(Place.objects.filter(system=self.system).order_by("name")))

    @cached_property
    def partners_there(self):
        """Those that serve the Place."""
        return [each for each in self.partners if self.place.pk in self._served[each.pk]]

    @cached_property
    def facilitators(self) -> Facilitators | None:
        """Who ran a Round in the half-year or the one before. None of an earlier one: who holds the role today says
        nothing about it."""
        on = timezone.localdate(self.now)
        if self.half_year != HalfYear.of(on):
            return None
        held = [round.pk for round in self.rounds if round.state in HELD]
        return facilitators_of(self.system, on=on, ran=held, shown=[round.pk for round in self.rounds_shown])

    @cached_property
    def cover(self) -> Cover:
        hours = Backfill.objects.standing().filter(round__in=[round.pk for round in self.rounds_shown])
        hours = for_figures(hours)
        sums = list(hours.order_by().values_list("organisation", "state").annotate(sum=Sum("hours")))
        granted = (each for _, state, each in sums if state in GRANTED)
        partners = {partner for partner, *_ in sums}
        return Cover(len(partners), sum((each for *_, each in sums), Decimal(0)), sum(granted, Decimal(0)))

    def _offer(self, label, rounds, code=""):
        held = sum(round.state in HELD for round in rounds)
        return Offer(
            label,
            held,
            len(rounds) - held,
            places=sum(round.places_for(way) for round in rounds for way in round.ways),
            invited=self._partners_of_today({self.invited_to.get(round.pk, frozenset()) for round in rounds}),
            hosting=self._partners_of_today(round.host_organisations for round in rounds),
            code=code,
        )

    def _partners_of_today(self, keys):
        """How many these are, under the names that they bear today."""
        return len(as_now(set().union(*keys), self.heirs) & {partner.pk for partner in self.partners})

    @cached_property
    def _served(self):
        """{organisation: the Places that it serves} on that day."""
        found = defaultdict(set)
        edges = PlaceEdge.objects.in_force(self.on).filter(place__system=self.system).order_by()
        for organisation, place in for_figures(edges).values_list("organisation", "place"):
            found[organisation].add(place)
        return found

    def _places_of(self, round):
        """As ``Round.objects.in_place``, of a Round at hand."""
        if round.venue_id:
            return self._served[round.venue_organisation_id]
        hosts = (self._served[key] for key in round.host_organisations)
        return set().union({round.host_place_id} - {None}, *hosts)
