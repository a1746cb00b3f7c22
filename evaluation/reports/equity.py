"""When and how people of each sector could come: what was offered, beside how often they came.

What was offered are facts about Rounds and exact: of those held and planned in the half-year, how many invited a
partner of the sector. Who came is read from the release and from nowhere else; and only beside what was offered more
than once, for the figure of one Round would be taken for its list.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache

from evaluation import tables
from evaluation.disclosure import FEWEST_ROUNDS, Released
from evaluation.reports.reach import SectorReach
from members.roles import SECTORS, Sector
from rounds.states import Format

# Where many change shifts, or are on the road.
ON_SHIFTS = {
    Sector.ACUTE,
    Sector.MENTAL_HEALTH,
    Sector.COMMUNITY,
    Sector.AMBULANCE,
    Sector.SOCIAL_CARE,
    Sector.HOSPICE,
}
# With fewer Rounds than these nothing can be said to be always or never so.
ENOUGH = 3


@dataclass(frozen=True)
class Offered:
    """To one sector: time of day → number of Rounds, and format → number; of `rounds` in all. `came`: time of day or
    format → how often its people came then, of those in this half-year's release."""

    sector: str
    rounds: int
    by_time: Counter
    by_format: Counter
    reach: SectorReach | None
    came_least: bool = False
    came: dict[str, Released] = field(default_factory=dict)

    @property
    def label(self):
        return SECTORS[self.sector]

    @property
    def to_try(self) -> list[str]:
        """What practice elsewhere has shown to help, for what is missing here."""
        return [words for missing, words in self._gaps() if missing]

    def _gaps(self):
        at_the_edges = self.by_time["early"] + self.by_time["evening"]
        from_afar = self.by_format[Format.ONLINE] + self.by_format[Format.HYBRID]
        yield not self.rounds, "Choose its partners under “Who is it for?” when the next Round is planned."
        yield (
            self.rounds >= ENOUGH and self.sector in ON_SHIFTS and not at_the_edges,
            "None to which it was invited began before 9am or after 5pm. Hold one more than once on a day, so that "
            "each shift can come.",
        )
        yield (
            self.rounds >= ENOUGH and not from_afar,
            "All were in a room. Offer one online, or take a Round to where they work.",
        )
        yield (
            self.rounds >= ENOUGH and self.came_least,
            "They were invited and came least for their number. Reserve places for them until a week before, and ask "
            "for hours of cover.",
        )


def offered_to_sectors(named, rounds, *, invited, released, then) -> list[Offered]:
    """Of each sector with a partner among `named` (``partners.named``), in the fixed order of sectors: nothing hidden
    moves a row. `rounds` are those of the half-year that is shown, `then` those of the one that was released; `invited`
    says whom they invited (``invitations_of``)."""
    there = {each.sector for each in named if each.here}
    sectors = {each.pk: each.sector for each in named}
    offered, released_then = (_by_sector(each, invited, sectors) for each in (rounds, then))
    shown = {round.pk for round in rounds}
    reached = {each.label: each for each in released.sectors} if released else {}
    least = _least(released)
    found = []
    for sector in SECTORS:
        if sector in there:
            several = len(released_then[sector]) >= FEWEST_ROUNDS
            reach = reached.get(SECTORS[sector]) if several else None
            both = [round for round in released_then[sector] if round.pk in shown]
            came = _came(sector, both, released) if released else {}
            least_of_all = reach is not None and reach is least
            found.append(_offered(sector, offered[sector], reach, came=came, came_least=least_of_all))
    return found


def _came(sector, rounds, released):
    """`rounds`: those of the release that the page shows too."""
    found = {}
    for table, kinds in ((tables.TIME, _times(rounds)), (tables.FORMAT, _formats(rounds))):
        for kind, number in kinds.items():
            came = released.came_at(table, sector, kind) if number >= FEWEST_ROUNDS else None
            found |= {kind: came} if came else {}
    return found


def _times(rounds):
    return Counter(round.time_of_day for round in rounds)


def _formats(rounds):
    return Counter(round.format for round in rounds)


def _by_sector(rounds, invited, sectors):
    """{sector: the Rounds that invited a partner of it}"""
    found = defaultdict(list)
    sectors_of = cache(lambda partners: {sectors[partner] for partner in partners})
    for round in rounds:
        for sector in sectors_of(invited.get(round.pk, frozenset())):
            found[sector].append(round)
    return found


def _offered(sector, rounds, reach, **about):
    return Offered(sector, len(rounds), _times(rounds), _formats(rounds), reach, **about)


def _least(released):
    """The sector that came least for its number, where the ranges leave no doubt."""
    shown = sorted(released.shown, key=lambda each: each.rate.per_thousand) if released else []
    return shown[0] if len(shown) > 1 and shown[0].rate.high < shown[1].rate.low else None
