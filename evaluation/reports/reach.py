"""How often staff of each sector came, for each 1,000 of them: read from what was released, never from a register."""

from collections import defaultdict
from dataclasses import dataclass

from evaluation.disclosure import FEWEST_ROUNDS, NO_NUMBER, SMALL_SECTOR, Reach, reach
from evaluation.models import ReachRelease
from evaluation.models.tally import REACHED, SMALL_SECTORS
from members.models import Organisation, StaffCount
from members.roles import Sector

NO_STAFF_NUMBER = "No staff number yet"
TOO_FEW_STAFF = f"Fewer than {SMALL_SECTOR} staff, so we show no number."


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
class Workforce:
    """A sector on one day: its partners, how many of them never said a number, and the staff of the others."""

    partners: int
    uncounted: int
    staff: int


def workforces(system, *, on) -> dict[str, Workforce]:
    """Of each sector, by the latest number that each partner had said of each staff group until that day."""
    partners = dict(Organisation.objects.in_system(system, on=on).order_by().values_list("pk", "sector"))
    said = StaffCount.objects.filter(organisation__in=partners, counted_on__lte=on).order_by("counted_on")
    latest = defaultdict(dict)
    for organisation, group, number in said.values_list("organisation", "staff_group", "number"):
        latest[organisation][group] = number
    return {sector: _workforce(sector, partners, latest) for sector in sorted(set(partners.values()))}


def _workforce(sector, partners, latest):
    own = [pk for pk, of in partners.items() if of == sector]
    counted = [sum(latest[pk].values()) for pk in own if pk in latest]
    return Workforce(partners=len(own), uncounted=len(own) - len(counted), staff=sum(counted))


def together(sectors) -> Workforce:
    """Several sectors as one."""
    sectors = list(sectors)
    return Workforce(
        partners=sum(sector.partners for sector in sectors),
        uncounted=sum(sector.uncounted for sector in sectors),
        staff=sum(sector.staff for sector in sectors),
    )


@dataclass(frozen=True)
class SectorReach:
    """`people` is what those who work there are called in a sentence; `words` say why there is no figure."""

    label: str
    people: str
    reach: Reach | None
    words: str = ""

    @property
    def few_came(self) -> bool:
        return self.words == NO_NUMBER


@dataclass(frozen=True)
class Released:
    """What was released of one half-year: a sector's figure may be missing, or all of them."""

    half_year: str
    rounds: int
    left_out: int
    sectors: list[SectorReach]

    @property
    def shown(self) -> list[SectorReach]:
        return [sector for sector in self.sectors if sector.reach]

    @property
    def too_few_rounds(self) -> bool:
        return self.rounds < FEWEST_ROUNDS


def last_released(system, *, until) -> Released | None:
    """Of the half-year `until` (a key), or else of the last one before it."""
    releases = ReachRelease.objects.filter(system=system, half_year__lte=until).prefetch_related("cells")
    release = releases.order_by("-half_year").first()
    if release is None:
        return None
    sectors = [_sector(cell) for cell in sorted(release.cells.all(), key=lambda cell: list(REACHED).index(cell.sector))]
    return Released(release.half_year, release.rounds, release.left_out, sorted(sectors, key=_as_shown))


def _as_shown(sector):
    """The highest first, those without a figure last in their fixed order: nothing hidden moves a row."""
    return -sector.reach.per_thousand if sector.reach else 1


def _sector(cell):
    figure = reach(cell.came, cell.staff)
    words = "" if figure else _why_not(cell)
    return SectorReach(REACHED[cell.sector], PEOPLE[cell.sector], figure, words)


def _why_not(cell):
    if cell.uncounted:
        return _uncounted(cell)
    return TOO_FEW_STAFF if cell.staff < SMALL_SECTOR else NO_NUMBER


def _uncounted(cell):
    if cell.uncounted == cell.partners:
        return NO_STAFF_NUMBER
    return f"{NO_STAFF_NUMBER} from {cell.uncounted} of {cell.partners} partners"
