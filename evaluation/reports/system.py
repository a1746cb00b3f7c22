"""The figures of a system: facts about Rounds as they are, figures about people as ``disclosure`` lets them out."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils import timezone

from evaluation.disclosure import THRESHOLD, Figure, Share, item_share, total
from evaluation.models import Item
from evaluation.reports.round import counts_of, scale_of, shown_rounds
from members.models import Organisation
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.formats import MONTHS

HELD = (RoundState.HELD, RoundState.CLOSED)
PLANNED = (RoundState.PLANNED, RoundState.PUBLISHED)


@dataclass(frozen=True, order=True)
class HalfYear:
    """April to September, or October to March, as the NHS year falls in two."""

    begins: date

    @classmethod
    def of(cls, day):
        """
        >>> HalfYear.of(date(2027, 2, 1)).words, HalfYear.of(date(2027, 4, 1)).words
        ('October 2026 to March 2027', 'April to September 2027')
        """
        if 4 <= day.month <= 9:
            return cls(date(day.year, 4, 1))
        return cls(date(day.year - (day.month < 4), 10, 1))

    @property
    def ends(self) -> date:
        """The first day after it."""
        return next_half(self.begins)

    @property
    def key(self) -> str:
        return f"{self.begins:%Y-%m}"

    @property
    def words(self) -> str:
        if self.begins.month == 4:
            return f"April to September {self.begins.year}"
        return f"October {self.begins.year} to March {self.begins.year + 1}"

    def before(self):
        return HalfYear(date(self.begins.year, 4, 1) if self.begins.month == 10 else date(self.begins.year - 1, 10, 1))


def next_half(day):
    return date(day.year, 10, 1) if day.month == 4 else date(day.year + 1, 4, 1)


@dataclass(frozen=True)
class Month:
    """`came` is None where no Round of the month has its headcount yet."""

    begins: date
    held: int
    planned: int
    came: Figure | None
    awaiting: int

    @property
    def words(self):
        return f"{MONTHS[self.begins.month - 1]} {self.begins.year}"


@dataclass(frozen=True)
class ItemFigure:
    item: Item
    half_year: Share | None
    ever: Share | None


class SystemFigures:
    """All that the dashboard of a system shows. One read of the Rounds, one of the counts."""

    def __init__(self, system, *, half_year_key, now):
        self.system, self.now = system, now
        self.rounds = list(
            Round.objects.filter(system=system, state__in=HELD + PLANNED)
            .select_related("figure", "feedback_box")
            .order_by("starts_at", "id")
        )
        self.half_years = sorted({HalfYear.of(day_of(round)) for round in self.rounds}, reverse=True)
        self.half_year = self._chosen(half_year_key)

    def _chosen(self, key):
        """The one asked for; else the present one, or the last with a Round held while nothing was held in it."""
        for half_year in self.half_years:
            if half_year.key == key:
                return half_year
        present = HalfYear.of(timezone.localdate(self.now))
        held = {HalfYear.of(day_of(round)) for round in self.rounds if round.state in HELD}
        return present if present in held or not held else max(held)

    def in_half_year(self, *states):
        return [
            round for round in self.rounds if round.state in states and HalfYear.of(day_of(round)) == self.half_year
        ]

    @property
    def held(self) -> int:
        return len(self.in_half_year(*HELD))

    @property
    def planned(self) -> int:
        return len(self.in_half_year(*PLANNED))

    @property
    def came(self) -> Figure:
        return total_of(self.in_half_year(*HELD))

    @cached_property
    def hosts(self) -> tuple[int, int]:
        """How many partners hosted a Round in the half-year, and how many partners there are."""
        hosting = {round.host_organisation_id for round in self.in_half_year(*HELD)} - {None}
        partners = Organisation.objects.in_system(self.system, on=timezone.localdate(self.now))
        return len(hosting), partners.count()

    @cached_property
    def months(self) -> list[Month]:
        """The half-year and the one before it."""
        begins = self.half_year.before().begins
        return [self._month(add_months(begins, n)) for n in range(12)]

    def _month(self, begins):
        rounds = [round for round in self.rounds if day_of(round).replace(day=1) == begins]
        held = [round for round in rounds if round.state in HELD]
        entered = [round for round in held if headcount_stands(round)]
        return Month(
            begins=begins,
            held=len(held),
            planned=len(rounds) - len(held),
            came=total_of(entered) if entered else None,
            awaiting=len(held) - len(entered),
        )

    @cached_property
    def items(self) -> list[ItemFigure]:
        """Item by item, for the half-year and for all Rounds. Only Rounds whose answers may be read are added up, and
        of those only the items with enough answers; versions of a question are never put together."""
        held = {round.pk: round for round in self.rounds if round.state in HELD}
        shown = shown_rounds(held)
        counts = {
            (item, round): values
            for (item, round), values in counts_of(shown).items()
            if sum(values.values()) >= THRESHOLD
        }
        recent = {round.pk for round in self.in_half_year(*HELD)}
        items = Item.objects.filter(pk__in={item for item, _ in counts}).select_related("questionnaire")
        return [
            ItemFigure(item, half_year=summed(item, counts, recent & shown), ever=summed(item, counts, shown))
            for item in items.order_by("-questionnaire__version", "number", "id")
        ]


def summed(item, counts, rounds) -> Share | None:
    values = Counter()
    for round_id in rounds:
        values.update(counts.get((item.pk, round_id), {}))
    return item_share(values, scale=scale_of(item), outside=True)


def total_of(rounds) -> Figure:
    return total(round.figure.headcount for round in rounds if headcount_stands(round))


def headcount_stands(round) -> bool:
    return hasattr(round, "figure") and round.figure.headcount_entered_at is not None


def day_of(round) -> date:
    return timezone.localdate(round.starts_at)


def add_months(day, months) -> date:
    """
    >>> add_months(date(2027, 10, 1), 5)
    datetime.date(2028, 3, 1)
    """
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)
