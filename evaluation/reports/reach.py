"""Who was reached: read from what was released, never from a register."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from django.db.models import Count, F, Sum

from evaluation import tables
from evaluation.disclosure import FEWEST_ROUNDS, HIDDEN, SMALL_SECTOR, Rate, Released, released, released_sum
from evaluation.models import Release
from evaluation.models.tally import REACHED, SMALL_SECTORS, added_up, released_cells
from evaluation.states import IN_SHORT
from members.models import Organisation, Place
from members.roles import Sector
from rounds_site.kit.drawing import for_figures

FEW_CAME = HIDDEN.capitalize()
NO_STAFF_NUMBER = "No staff number yet"
TOO_FEW_STAFF = f"Fewer than {SMALL_SECTOR} staff"
ALL_TOGETHER = "All together"
ALL_WITH_STAFF = "All sectors with a staff number"
EVER = "Since figures began"
# Chance may move the partners of a sector by eight either way: of fewer than these it would leave nothing to say.
ENOUGH_PARTNERS = 16
OTHER_WORK = "Few staff, or not said"
WHOLE_SYSTEM = "Rounds of the whole system"

PEOPLE = {
    Sector.ACUTE: "people from acute hospitals",
    Sector.MENTAL_HEALTH: "mental health staff",
    Sector.COMMUNITY: "community health staff",
    Sector.AMBULANCE: "ambulance staff",
    Sector.PRIMARY_CARE: "people from general practice",
    Sector.COUNCIL: "council staff",
    Sector.SOCIAL_CARE: "social care staff",
    Sector.HOSPICE: "hospice staff",
    Sector.CHARITY: "people from charities",
    Sector.HOUSING: "housing staff",
    Sector.EDUCATION: "people from education",
    Sector.ICB: "staff of the integrated care board",
    Sector.TRUST: "staff of other NHS trusts",
    SMALL_SECTORS: "staff of all other sectors",
}


@dataclass(frozen=True)
class Part:
    """One row of a released table: `came` of `staff`, where these are known; else `words` may say why not."""

    label: str
    came: Released | None
    staff: int | None = None
    words: str = ""

    @property
    def rate(self) -> Rate | None:
        return self.came.of(self.staff) if self.came and self.staff and not self.words else None

    @property
    def few_came(self) -> bool:
        return self.came is None and self.words in ("", FEW_CAME)


@dataclass(frozen=True)
class SectorReach(Part):
    """`people` is what those who work there are called in a sentence."""

    people: str = ""


class Cell(NamedTuple):
    """A released cell as figures need it: a page reads a thousand."""

    table: str
    cell: str
    number: int
    staff: int | None


class Reach:
    """All that was released of one half-year. Rows stand in an order that nothing hidden moves."""

    def __init__(self, rows, cells):
        """`rows`: the release, once with each of its sectors."""
        release = self._release = rows[0]
        self.half_year, self.rounds, self.left_out = release.half_year, release.rounds, release.left_out
        known = [row for row in rows if row.sector]
        self._known = sorted(known, key=lambda each: list(REACHED).index(each.sector))
        self._cells = defaultdict(dict)
        for cell in cells:
            self._cells[cell.table][cell.cell] = cell

    @property
    def too_few_rounds(self) -> bool:
        return self.rounds < FEWEST_ROUNDS

    @cached_property
    def sectors(self) -> list[SectorReach]:
        """The highest rate first, those without one last."""
        found = [self._sector(known) for known in self._known]
        return sorted(found, key=lambda each: -each.rate.per_thousand if each.rate else 1)

    @property
    def shown(self) -> list[SectorReach]:
        return [sector for sector in self.sectors if sector.rate]

    def _sector(self, known):
        came = self._sum(tables.WORK, self._work_of[known.sector])
        words = _why_no_rate(known, came)
        return SectorReach(REACHED[known.sector], came, known.staff, words, people=PEOPLE[known.sector])

    @cached_property
    def whole(self) -> Rate | None:
        """Of all sectors whose partners have all said a number of staff."""
        known = [each for each in self._known if not each.uncounted and self._work_of[each.sector]]
        cells = [cell for each in known for cell in self._work_of[each.sector]]
        came = self._sum(tables.WORK, cells)
        return came and came.of(sum(each.staff for each in known))

    @property
    def with_staff(self) -> Part | None:
        """The row of ``whole``."""
        return self.whole and Part(ALL_WITH_STAFF, self.whole.came, self.whole.staff)

    def has_employer(self, key) -> bool:
        return str(key) in self._cells[tables.EMPLOYER.key]

    def of_employers(self, keys) -> Rate | None:
        """Of all these together, where each had a figure of its own."""
        if not keys or not all(map(self.has_employer, keys)):
            return None
        cells = [self._cells[tables.EMPLOYER.key][str(key)] for key in sorted(keys)]
        came = released([cell.number for cell in cells], table=tables.EMPLOYER)
        return came and came.of(sum(cell.staff for cell in cells))

    @cached_property
    def new(self) -> Released | None:
        """All who came for the first time."""
        return self._sum(tables.FIRST_TIMERS, self._cells[tables.FIRST_TIMERS.key])

    @cached_property
    def people_reached(self) -> Released | None:
        """How many came for the first time in their life, in all half-years released until then; of the last release
        alone (``last_released``)."""
        newcomers, cells = self._release.newcomers, self._release.cells_of_newcomers
        return released_sum(newcomers or 0, cells=cells or 0, table=tables.FIRST_TIMERS)

    @cached_property
    def kinds_of_work(self) -> list[Part]:
        """Over all sectors in which a kind of work has staff enough to stand for itself; and all others as one."""
        alone = {work: [cell for cell in self._cells[tables.WORK.key] if _work(cell) == work] for work in IN_SHORT}
        others = [cell for cell in self._cells[tables.WORK.key] if _work(cell) not in IN_SHORT]
        parts = [self._part(IN_SHORT[work], tables.WORK, cells) for work, cells in alone.items() if cells]
        return [*parts, self._part(OTHER_WORK, tables.WORK, others)] if others else parts

    @cached_property
    def employers(self) -> list[Part]:
        """The large ones, by name."""
        return self._by_name(tables.EMPLOYER)

    @cached_property
    def first_timers(self) -> list[Part]:
        return [self._part(REACHED[key], tables.FIRST_TIMERS, [key]) for key in self._in_order(tables.FIRST_TIMERS)]

    @property
    def first_timers_in_all(self) -> list[Part]:
        return [Part(ALL_TOGETHER, self.new), Part(EVER, self.people_reached)]

    @cached_property
    def partners(self) -> list[Part]:
        """From how many of each sector with partners enough somebody came: no more than there are."""
        there = self._cells[tables.PARTNERS.key]
        return [
            self._of_partners(known)
            for known in self._known
            if known.sector in there and known.partners >= ENOUGH_PARTNERS
        ]

    def _of_partners(self, known):
        came = self._sum(tables.PARTNERS, [known.sector])
        return Part(f"{REACHED[known.sector]}, of {known.partners}", came and came.up_to(known.partners))

    @cached_property
    def waited(self) -> list[Part]:
        """How many got no place, by the Place in which the Round was."""
        cells = self._cells[tables.WAITED.key]
        parts = self._by_name(tables.WAITED)
        return [*parts, self._part(WHOLE_SYSTEM, tables.WAITED, [""])] if "" in cells else parts

    @cached_property
    def waited_in_all(self) -> Part:
        return Part(ALL_TOGETHER, self._sum(tables.WAITED, self._cells[tables.WAITED.key]))

    def _by_name(self, table):
        named = [(self._names[cell], cell) for cell in self._cells[table.key] if cell in self._names]
        return [self._part(name, table, [cell]) for name, cell in sorted(named)]

    @cached_property
    def _names(self) -> dict[str, str]:
        """{cell: its employer or Place}, read together."""
        found = (
            for_figures(model.objects.filter(pk__in=filter(None, self._cells[table.key])).order_by())
            for model, table in ((Organisation, tables.EMPLOYER), (Place, tables.WAITED))
        )
        employers, places = (rows.values_list("pk", "name") for rows in found)
        return {str(key): name for key, name in employers.union(places)}

    @cached_property
    def met(self) -> Released | None:
        """The employers in a Round, added up over all Rounds."""
        return self._sum(tables.MIXING, self._cells[tables.MIXING.key])

    def came_at(self, table, sector, each) -> Released | None:
        """`each`: a time of day or a format."""
        cell = f"{sector}/{each}"
        return self._sum(table, [cell] if cell in self._cells[table.key] else [])

    def _in_order(self, table):
        return [known.sector for known in self._known if known.sector in self._cells[table.key]]

    @cached_property
    def _work_of(self) -> dict[str, list[str]]:
        """{sector: its kinds of work}"""
        found = defaultdict(list)
        for cell in self._cells[tables.WORK.key]:
            found[cell.partition("/")[0]].append(cell)
        return found

    def _part(self, label, table, cells):
        staff = [self._cells[table.key][cell].staff for cell in cells]
        return Part(label, self._sum(table, cells), None if None in staff else sum(staff))

    def _sum(self, table, cells):
        return released([self._cells[table.key][cell].number for cell in cells], table=table)


def _work(cell):
    return cell.partition("/")[2]


def _why_no_rate(known, came):
    if known.uncounted:
        return _uncounted(known)
    if known.staff < SMALL_SECTOR:
        return TOO_FEW_STAFF
    return "" if came else FEW_CAME


def _uncounted(known):
    if known.uncounted == known.partners:
        return NO_STAFF_NUMBER
    return f"{NO_STAFF_NUMBER} from {known.uncounted} of {known.partners} partners"


def last_released(system, *, until) -> Reach | None:
    """Of the half-year `until` (a key), or else of the last one before it; with how many came for the first time in all
    that were released by then."""
    own = Release.objects.filter(system=system, half_year__lte=until)
    sums = {
        "newcomers": added_up(own, tables.FIRST_TIMERS.key, Sum("number")),
        "cells_of_newcomers": added_up(own, tables.FIRST_TIMERS.key, Count("pk")),
    }
    return next(iter(_read(_latest(own, 1).annotate(**sums))), None)


def employers_until(system, until, *, most) -> list[Reach]:
    """The latest first: of each half-year its sectors and large employers, and no other table."""
    releases = Release.objects.filter(system=system, half_year__lte=until)
    return _read(_latest(releases, most), table__in=[tables.WORK.key, tables.EMPLOYER.key])


def released_in(system, half_years) -> dict[str, Reach]:
    """{half-year: what was released of it} of those of the keys that were."""
    return {each.half_year: each for each in _read(Release.objects.filter(system=system, half_year__in=half_years))}


def _latest(releases, most):
    return releases.filter(half_year__in=releases.order_by("-half_year").values("half_year")[:most])


def _read(releases, **only) -> list[Reach]:
    """The latest first. Sectors come in the rows of their release, and are none where it has none."""
    sectors = {name: F(f"sectors__{name}") for name in ("sector", "staff", "partners", "uncounted")}
    rows = list(for_figures(releases.annotate(**sectors).order_by("-half_year")))
    found = for_figures(released_cells({row.pk for row in rows}).filter(**only))
    cells = defaultdict(list)
    for release, *cell in found.values_list("release", *Cell._fields):
        cells[release].append(Cell(*cell))
    return [Reach(list(own), cells[key]) for key, own in groupby(rows, key=lambda row: row.pk)]
