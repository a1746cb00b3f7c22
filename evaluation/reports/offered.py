"""What was offered in a half-year, where and when: facts about Rounds, exact. Nothing here depends on who came."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Sum
from django.utils import timezone

from evaluation.reports.facilitators import Facilitators, facilitators_of
from evaluation.reports.half_years import HalfYear
from evaluation.reports.partners import notes_on_time, steps_from
from evaluation.reports.system import HELD, SystemFigures, hosts_of
from members.models import Organisation, Place, PlaceEdge
from members.models.succession import and_after
from rounds.actions.fidelity import Interval, interval
from rounds.days import TIMES_OF_DAY
from rounds.models import Backfill
from rounds.states import BackfillState, Format
from rounds_site.kit.drawing import for_figures

NO_PLACE = "Without a Place"
NO_LONGER = "Hosts that are no longer partners"
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
    """Hours that partners asked for so that somebody could leave the floor, and those that were granted; by how many
    partners either; and how many are `without` some that they asked for: what one asked for is its own business and
    that of whoever pays."""

    asking: int
    asked: Decimal
    granting: int
    granted: Decimal
    without: int


class OfferedFigures(SystemFigures):
    """Of the whole system, or with `place` of the Rounds that one would go to there."""

    def __init__(self, system, *, place_code=None, half_year_key, now):
        """Without a `place` where none has the code."""
        super().__init__(system, half_year_key=half_year_key, now=now)
        self.place = next((each for each in self._places if each.code == place_code), None) if place_code else None
        if self.place:
            self.rounds = [round for round in self.rounds if self.place.pk in self._places_of(round)]

    @cached_property
    def in_all(self) -> Offer:
        return self._offer("All", self.rounds_shown)

    @property
    def no_longer(self) -> int:
        """How many were invited that left the system or were divided before that day."""
        return sum(not self.members_in({key}) for key in set().union(*self.invited_to.values()))

    @cached_property
    def by_place(self) -> list[Offer]:
        """By name. Where a room serves two Places its Round counts in both; those in no Place stand last. [] where the
        system has no Places."""
        rows = [self._offer(place.name, self._in(place), place.code) for place in self._places]
        others = [round for round in self.rounds_shown if not self._places_of(round)]
        return [*rows, self._offer(NO_PLACE, others)] if rows and others else rows

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
        """By host. A Round of two hosts is one of each; those of which no host is a partner any more stand last."""
        found = defaultdict(list)
        for round in self.rounds:
            for host in self._hosts_of(round):
                found[host].append(round)
        in_order = sorted(found, key=lambda host: (host == NO_LONGER, host))
        return [self._regularity(host, found[host]) for host in in_order]

    def _hosts_of(self, round):
        """What they are called on that day."""
        if not round.host_organisations and not round.host_place_id:
            return {self.system.short_name}
        keys = self.members_in(round.host_organisations) | ({round.host_place_id} & self._host_names.keys())
        return {self._host_names[key] for key in keys} or {NO_LONGER}

    @cached_property
    def _host_names(self):
        return {each.pk: each.name for each in [*self.members, *self._places]}

    @cached_property
    def notes_on_time(self) -> list[str]:
        """Of those that hosted or were invited to what is shown here."""
        there = hosts_of(self.rounds).union(*self.invited_to.values())
        return notes_on_time(steps_from(there, self._successions_then))

    def _regularity(self, host, rounds):
        months = {timezone.localdate(round.starts_at).replace(day=1) for round in rounds}
        return Regularity(host, len(months), interval(rounds, on=self.on))

    @cached_property
    def _places(self) -> list[Place]:
        places = Place.objects.filter(system=self.system)
        return list(for_figures((self._places_then() if self.ended_on else places).order_by("name")))

    def _places_then(self):
        """A Place goes on in the system that took it over: those that a partner of this one served on its last day."""
        partners = Organisation.objects.in_system(self.system, on=self.today)
        edges = PlaceEdge.objects.in_force(self.today).filter(organisation__in=partners.values("pk"))
        return Place.objects.filter(system__in=and_after({self.system.pk}), pk__in=edges.values("place"))

    @cached_property
    def partners_there(self):
        """Those that serve the Place."""
        return [each for each in self.partners if self.place.pk in self._served[each.pk]]

    @cached_property
    def facilitators(self) -> Facilitators | None:
        """Who ran a Round in the half-year or the one before. None of an earlier one: who holds the role today says
        nothing about it."""
        on = self.today
        if self.half_year != HalfYear.of(on):
            return None
        held = [round.pk for round in self.rounds if round.state in HELD]
        return facilitators_of(self.system, on=on, ran=held, shown=[round.pk for round in self.rounds_shown])

    @cached_property
    def cover(self) -> Cover:
        hours = Backfill.objects.standing().filter(round__in=[round.pk for round in self.rounds_shown])
        hours = for_figures(hours)
        sums = list(hours.order_by().values_list("organisation", "state").annotate(sum=Sum("hours")))
        granted = [row for row in sums if row[1] in GRANTED]
        without, _ = _partners_and_hours([row for row in sums if row[1] not in GRANTED])
        return Cover(*_partners_and_hours(sums), *_partners_and_hours(granted), without)

    def _offer(self, label, rounds, code=""):
        held = sum(round.state in HELD for round in rounds)
        invited = set().union(*{self.invited_to.get(round.pk, frozenset()) for round in rounds})
        return Offer(
            label,
            held,
            len(rounds) - held,
            places=sum(round.places_for(way) for round in rounds for way in round.ways),
            invited=len(self.members_in(invited)),
            hosting=len(self.members_in(hosts_of(rounds))),
            code=code,
        )

    @cached_property
    def _served(self):
        """{organisation: the Places that it serves} on that day."""
        found = defaultdict(set)
        edges = PlaceEdge.objects.in_force(self.on).filter(place__in=self._places).order_by()
        for organisation, place in for_figures(edges).values_list("organisation", "place"):
            found[organisation].add(place)
        return found

    def _places_of(self, round):
        """As ``Round.objects.in_place``, of a Round at hand."""
        if round.venue_id:
            return self._served[round.venue_organisation_id]
        hosts = (self._served[key] for key in round.host_organisations)
        return set().union({round.host_place_id} - {None}, *hosts)


def _partners_and_hours(sums):
    return len({partner for partner, *_ in sums}), sum((hours for *_, hours in sums), Decimal(0))
