"""The figures of a system: facts about Rounds as they are, figures about people as ``disclosure`` lets them out.

A page shows one half-year with the one before it, and reads the Rounds of that year and no others.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Max, Min, Q
from django.utils import timezone

from evaluation.disclosure import Figure, total
from evaluation.reports.answers import QuestionnaireFigures, answers_of
from evaluation.reports.half_years import HalfYear, add_months, between
from evaluation.reports.partners import Partner, partners_of
from evaluation.reports.reach import Released, last_released
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.formats import MONTHS

HELD = (RoundState.HELD, RoundState.CLOSED)
PLANNED = (RoundState.PLANNED, RoundState.PUBLISHED)


@dataclass(frozen=True)
class Month:
    """`held` and `planned`: format → number. `came` is None where no Round of the month has its headcount yet."""

    begins: date
    held: Counter
    planned: Counter
    came: Figure | None
    awaiting: int

    @property
    def words(self):
        return f"{MONTHS[self.begins.month - 1]} {self.begins.year}"


class SystemFigures:
    """All that the dashboard of a system shows."""

    def __init__(self, system, *, half_year_key, now):
        self.system, self.now = system, now
        there = Round.objects.filter(system=system, state__in=HELD + PLANNED)
        bounds = there.aggregate(
            first=Min("starts_at"), last=Max("starts_at"), last_held=Max("starts_at", filter=Q(state__in=HELD))
        )
        present = _half_year(now)
        first, last = (_half_year(bounds[end] or now) for end in ("first", "last"))
        self.any_rounds = bounds["first"] is not None
        self.half_years = between(min(first, present), max(last, present))
        self.half_year = self._chosen(half_year_key, present, bounds["last_held"])
        self.rounds = list(there.filter(self._shown_hours()).select_related("figure").order_by("starts_at", "id"))

    def _chosen(self, key, present, last_held):
        """The one asked for; else the present one, or the last with a Round held while nothing was held in it."""
        asked = next((each for each in self.half_years if each.key == key), None)
        return asked or (min(present, _half_year(last_held)) if last_held else present)

    def _shown_hours(self):
        return Q(**self.half_year.hours) | Q(**self.half_year.before().hours)

    def in_half_year(self, *states, half_year=None):
        wanted = half_year or self.half_year
        return [round for round in self.rounds if round.state in states and HalfYear.of_round(round) == wanted]

    @property
    def held(self) -> int:
        return len(self.in_half_year(*HELD))

    @property
    def planned(self) -> int:
        return len(self.in_half_year(*PLANNED))

    @property
    def came(self) -> Figure:
        return total_of(self.in_half_year(*HELD))

    @property
    def hosts(self) -> int:
        """How many of the partners hosted a Round in the half-year."""
        hosting = {round.host_organisation_id for round in self.in_half_year(*HELD)}
        return sum(partner.pk in hosting for partner in self.partners)

    @cached_property
    def partners(self) -> list[Partner]:
        return partners_of(self.system, on=timezone.localdate(self.now))

    @cached_property
    def reach(self) -> Released | None:
        return last_released(self.system, until=self.half_year.key)

    @cached_property
    def months(self) -> list[Month]:
        """The half-year and the one before it."""
        begins = self.half_year.before().begins
        return [self._month(add_months(begins, n)) for n in range(12)]

    def _month(self, begins):
        rounds = [round for round in self.rounds if _day(round).replace(day=1) == begins]
        held = [round for round in rounds if round.state in HELD]
        entered = [round for round in held if headcount_stands(round)]
        return Month(
            begins=begins,
            held=Counter(round.format for round in held),
            planned=Counter(round.format for round in rounds if round.state in PLANNED),
            came=total_of(entered) if entered else None,
            awaiting=len(held) - len(entered),
        )

    @cached_property
    def questionnaires(self) -> list[QuestionnaireFigures]:
        before = self.half_year.before()
        return answers_of(
            half_year=[round.pk for round in self.in_half_year(*HELD)],
            before=[round.pk for round in self.in_half_year(*HELD, half_year=before)],
        )


def total_of(rounds) -> Figure:
    return total(round.figure.headcount for round in rounds if headcount_stands(round))


def headcount_stands(round) -> bool:
    return hasattr(round, "figure") and round.figure.headcount_entered_at is not None


def _half_year(moment) -> HalfYear:
    return HalfYear.of(timezone.localdate(moment))


def _day(round) -> date:
    return timezone.localdate(round.starts_at)
