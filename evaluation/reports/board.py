"""What a report to a board draws on: a half-year or a year of the NHS, beside the one before.

Who was reached stands in it by half-years alone, never added up over two of them: both are published apart, and
whatever a sum told beyond the two would be of somebody. How many came is the sum of what was shown of each Round.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from evaluation.models import EventFacts
from evaluation.reports.equity import Offered, offered_to_sectors
from evaluation.reports.half_years import HalfYear, asked_for
from evaluation.reports.invitations import invitations_of
from evaluation.reports.partners import named
from evaluation.reports.reach import Reach, released_in
from evaluation.reports.system import HELD, PLANNED, SystemFigures, hosts_of, total_of
from evaluation.states import ReportKind
from rounds_site.kit.moments import midnight


@dataclass(frozen=True)
class Period:
    """One half-year, or the two of a year."""

    half_years: tuple[HalfYear, ...]

    @classmethod
    def year_of(cls, half_year):
        """
        >>> from datetime import date
        >>> Period.year_of(HalfYear.of(date(2027, 2, 1))).words, Period.year_of(HalfYear.of(date(2026, 4, 1))).words
        ('April 2026 to March 2027', 'April 2026 to March 2027')
        """
        first = half_year if half_year.begins.month == 4 else half_year.before()
        return cls((first, first.after()))

    @property
    def is_year(self) -> bool:
        return len(self.half_years) > 1

    @classmethod
    def around(cls, half_year, *, year):
        return cls.year_of(half_year) if year else cls((half_year,))

    @property
    def key(self) -> str:
        """That of its first half-year: a year has one name, from whichever of its halves it is asked for."""
        return self.half_years[0].key

    @property
    def begins(self):
        return self.half_years[0].begins

    @property
    def last(self) -> HalfYear:
        return self.half_years[-1]

    @property
    def words(self) -> str:
        return f"April {self.begins.year} to March {self.begins.year + 1}" if self.is_year else self.last.words

    def before(self):
        """As long, and just before it."""
        earlier = [self.half_years[0].before()]
        if self.is_year:
            earlier.insert(0, earlier[0].before())
        return Period(tuple(earlier))

    def compared(self) -> list[HalfYear]:
        """The latest half-year and the one before it: who was reached stands side by side, and in no sum."""
        return [self.last, self.last.before()]


def period_of(file) -> Period:
    return Period.around(HalfYear.called(file.half_year), year=file.kind == ReportKind.ANNUAL)


@dataclass(frozen=True)
class Done:
    """What was done in a period: facts about its Rounds, and how many came to them."""

    rounds: list[EventFacts]
    hosts: set

    @property
    def held(self) -> int:
        return len(self.rounds)

    @property
    def places(self) -> int:
        return sum((round.places or 0) + (round.online_places or 0) for round in self.rounds)

    @property
    def rooms(self) -> int:
        return len({round.venue_id for round in self.rounds if round.venue_id})

    @property
    def came(self):
        return total_of(self.rounds)

    @property
    def by_format(self) -> Counter:
        return Counter(round.format for round in self.rounds)

    @property
    def by_time(self) -> Counter:
        return Counter(round.time_of_day for round in self.rounds)


class BoardFigures(SystemFigures):
    """All that a report shows: of `period` where it is given, as a file has it; else of that in which the half-year
    lies that was asked for. `half_year` is its last."""

    def __init__(self, system, *, now, half_year_key=None, year=False, period=None):
        self._given, self.year = period, period.is_year if period else year
        super().__init__(system, half_year_key=half_year_key, now=now)

    def _chosen(self, key, present, last_held):
        if self._given:
            return self._given.last
        if key:
            return asked_for(each for each in self.periods if key in [half.key for half in each.half_years]).last
        return self._around(super()._chosen(None, present, last_held)).last

    @cached_property
    def period(self) -> Period:
        return self._around(self.half_year)

    def _around(self, half_year):
        return Period.around(half_year, year=self.year)

    @property
    def periods(self) -> list[Period]:
        """All of which there can be a report, the latest first: those that have begun."""
        found = dict.fromkeys(map(self._around, self.half_years))
        return [each for each in found if each.begins <= self.today]

    def _shown_hours(self):
        first, end = self.period.before().begins, self.period.last.ends
        return Q(starts_at__gte=midnight(first), starts_at__lt=midnight(end))

    @cached_property
    def done(self) -> Done:
        return self._done_in(self.period)

    @cached_property
    def done_before(self) -> Done:
        return self._done_in(self.period.before())

    def _done_in(self, period, states=HELD):
        rounds = self._rounds_of(period, states)
        return Done(rounds, self.members_in(hosts_of(rounds)))

    @property
    def goes_on(self) -> bool:
        """Whether the period is not over yet: what was done in it is no number to set against a whole one."""
        return self.today <= self.period.last.last_day

    @cached_property
    def still_planned(self) -> int:
        return len(self._rounds_of(self.period, PLANNED))

    @cached_property
    def done_and_planned(self) -> Done:
        """What advice counts: nobody needs to be told to do what is planned already."""
        return self._done_in(self.period, HELD + PLANNED)

    def _rounds_of(self, period, states):
        return [round for each in period.half_years for round in self.in_half_year(*states, half_year=each)]

    @cached_property
    def members(self) -> list:
        return [each for each in self._named if each.here]

    @cached_property
    def _named(self):
        return named(self.system, on=self.on, invited=self._ever_invited)

    @cached_property
    def invited(self) -> set:
        """Keys of those whom a Round of the period invited, held or planned."""
        return self.members_in(self._ever_invited)

    @cached_property
    def invited_to(self) -> dict:
        return invitations_of(self._rounds_of(self.period, HELD + PLANNED))

    @cached_property
    def _ever_invited(self) -> set:
        return set().union(*set(self.invited_to.values()))

    @cached_property
    def released(self) -> dict[HalfYear, Reach]:
        """Of the half-years of the period and the one before its last, those that were released."""
        wanted = sorted({*self.period.half_years, self.period.last.before()})
        found = released_in(self.system, [each.key for each in wanted])
        return {each: found[each.key] for each in wanted if each.key in found}

    @cached_property
    def offered(self) -> list[Offered]:
        """To each sector, of the Rounds of the period, held and planned; beside who came in the last half-year of it
        that was released."""
        last = max((each for each in self.released if each in self.period.half_years), default=None)
        then = self.in_half_year(*HELD, half_year=last) if last else []
        return offered_to_sectors(
            self._named,
            self.done_and_planned.rounds,
            invited=self.invited_to,
            released=self.released.get(last),
            then=then,
        )

    @property
    def _pools_shown(self):
        return self.period.half_years


class BriefFigures(BoardFigures):
    """What a page says of them that has no tables: nothing of small Rounds, nor of whom Rounds invited."""

    invited_to = {}
    _pools_shown = ()
    _added_up = {}
