"""Who was reached: read from what was released, never from a register."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from evaluation import tables
from evaluation.disclosure import FEWEST_ROUNDS, NO_NUMBER, SMALL_SECTOR, Rate, Released, released
from evaluation.models import Release
from evaluation.models.tally import REACHED, SMALL_SECTORS
from evaluation.states import IN_SHORT
from members.models import Organisation, Place
from members.roles import Sector
from rounds_site.kit.drawing import for_figures

NO_STAFF_NUMBER = "No staff number yet"
TOO_FEW_STAFF = f"Fewer than {SMALL_SECTOR} staff, so we show no number."
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
class SectorReach:
    """`people` is what those who work there are called in a sentence; `words` say why there is no rate."""

    label: str
    people: str
    reach: Rate | None
    words: str = ""

    @property
    def few_came(self) -> bool:
        return self.words == NO_NUMBER


@dataclass(frozen=True)
class Part:
    """One row of a released table: `came` of `staff`, where these are known."""

    label: str
    came: Released | None
    staff: int | None = None

    @property
    def rate(self) -> Rate | None:
        return self.came.of(self.staff) if self.came and self.staff else None


class Reach:
    """All that was released of one half-year. Rows stand in an order that nothing hidden moves."""

    def __init__(self, release):
        self.half_year, self.rounds, self.left_out = release.half_year, release.rounds, release.left_out
        self._system = release.system_id
        self._known = sorted(release.sectors.all(), key=lambda each: list(REACHED).index(each.sector))
        self._cells = defaultdict(dict)
        for cell in release.cells.all():
            self._cells[cell.table][cell.cell] = cell

    @property
    def too_few_rounds(self) -> bool:
        return self.rounds < FEWEST_ROUNDS

    @cached_property
    def sectors(self) -> list[SectorReach]:
        """The highest rate first, those without one last."""
        found = [self._sector(known) for known in self._known]
        return sorted(found, key=lambda each: -each.reach.per_thousand if each.reach else 1)

    @property
    def shown(self) -> list[SectorReach]:
        return [sector for sector in self.sectors if sector.reach]

    def _sector(self, known):
        came = self._sum(tables.WORK, self._within(tables.WORK, known.sector))
        words = _why_no_rate(known, came)
        rate = None if words else came.of(known.staff)
        return SectorReach(REACHED[known.sector], PEOPLE[known.sector], rate, words)

    @cached_property
    def whole(self) -> Rate | None:
        """Of all sectors whose partners have all said a number of staff."""
        known = [each for each in self._known if not each.uncounted and self._within(tables.WORK, each.sector)]
        cells = [cell for each in known for cell in self._within(tables.WORK, each.sector)]
        came = self._sum(tables.WORK, cells)
        return came and came.of(sum(each.staff for each in known))

    def of_employers(self, keys) -> Rate | None:
        """Of all these together, where each had a figure of its own."""
        cells = [self._cells[tables.EMPLOYER.key].get(str(key)) for key in sorted(keys)]
        if not cells or not all(cells):
            return None
        came = released([cell.number for cell in cells], table=tables.EMPLOYER)
        return came and came.of(sum(cell.staff for cell in cells))

    @cached_property
    def new(self) -> Released | None:
        """All who came for the first time."""
        return self._sum(tables.FIRST_TIMERS, self._cells[tables.FIRST_TIMERS.key])

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
        cells = self._cells[tables.EMPLOYER.key]
        names = for_figures(Organisation.objects.filter(pk__in=cells).order_by("name")).values_list("pk", "name")
        return [self._part(name, tables.EMPLOYER, [str(pk)]) for pk, name in names]

    @cached_property
    def first_timers(self) -> list[Part]:
        return [self._part(REACHED[key], tables.FIRST_TIMERS, [key]) for key in self._in_order(tables.FIRST_TIMERS)]

    @cached_property
    def partners(self) -> list[Part]:
        """How many of each sector somebody came from."""
        return [self._part(REACHED[key], tables.PARTNERS, [key]) for key in self._in_order(tables.PARTNERS)]

    @cached_property
    def waited(self) -> list[Part]:
        """How many got no place, by the Place in which the Round was."""
        cells = self._cells[tables.WAITED.key]
        places = for_figures(Place.objects.filter(pk__in=filter(None, cells)).order_by("name"))
        names = places.values_list("pk", "name")
        parts = [self._part(name, tables.WAITED, [str(pk)]) for pk, name in names]
        return [*parts, self._part(WHOLE_SYSTEM, tables.WAITED, [""])] if "" in cells else parts

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

    def _within(self, table, sector):
        return [cell for cell in self._cells[table.key] if cell.startswith(f"{sector}/")]

    def _part(self, label, table, cells):
        staff = [self._cells[table.key][cell].staff for cell in cells]
        return Part(label, self._sum(table, cells), None if None in staff else sum(staff))

    def _sum(self, table, cells):
        return released([self._cells[table.key][cell].number for cell in cells], table=table)


def _work(cell):
    return cell.partition("/")[2]


def _why_no_rate(known, came):
    if known.uncounted:
        missing = _uncounted(known)
        return f"About {came.shown} came. {missing}" if came else missing
    if known.staff < SMALL_SECTOR:
        return TOO_FEW_STAFF
    return "" if came else NO_NUMBER


def _uncounted(known):
    if known.uncounted == known.partners:
        return NO_STAFF_NUMBER
    return f"{NO_STAFF_NUMBER} from {known.uncounted} of {known.partners} partners"


def last_released(system, *, until) -> Reach | None:
    """Of the half-year `until` (a key), or else of the last one before it."""
    return next(iter(released_until(system, until, most=1)), None)


def released_until(system, until, *, most) -> list[Reach]:
    """The latest first."""
    releases = _releases(system).filter(half_year__lte=until).prefetch_related("sectors", "cells")
    return [Reach(release) for release in releases.order_by("-half_year")[:most]]


def released_in(system, half_years) -> dict[str, Reach]:
    """{half-year: what was released of it} of those of the keys that were."""
    releases = _releases(system).filter(half_year__in=half_years).prefetch_related("sectors", "cells")
    return {release.half_year: Reach(release) for release in releases.order_by("half_year")}


def people_reached(system, *, until) -> Released | None:
    """How many came for the first time in their life, in all half-years released until then."""
    releases = _releases(system).filter(half_year__lte=until, cells__table=tables.FIRST_TIMERS.key)
    return released(releases.order_by().values_list("cells__number", flat=True), table=tables.FIRST_TIMERS)


def _releases(system):
    return for_figures(Release.objects.filter(system=system))
