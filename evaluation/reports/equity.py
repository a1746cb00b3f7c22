"""When and how people of each sector could come: what was offered, beside how often they came.

What was offered are facts about Rounds and exact: of those held and planned in the half-year, how many invited a
partner of the sector. Who came is read from the release and from nowhere else.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from evaluation.disclosure import FEWEST_ROUNDS
from evaluation.reports.reach import SectorReach
from members.models import Organisation
from members.roles import SECTORS, Sector
from rounds.days import time_of_day
from rounds.models import RoundPartner
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
    """To one sector: time of day → number of Rounds, and format → number; of `rounds` in all."""

    sector: str
    rounds: int
    by_time: Counter
    by_format: Counter
    reach: SectorReach | None
    came_least: bool = False

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
            "None began before 9am or after 5pm. Hold one more than once on a day, so that each shift can come.",
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


def offered_to_sectors(system, rounds, *, on, released, then) -> list[Offered]:
    """Of each sector with a partner in the system on that day, in the fixed order of sectors: nothing hidden moves a
    row. `rounds` are those of the half-year that is shown, `then` those of the one that was released.

    Who came stands beside what was offered nowhere where that was one Round, for then it is the list of that Round."""
    there = set(Organisation.objects.in_system(system, on=on).order_by().values_list("sector", flat=True))
    invited = _invited({*rounds, *then})
    reached = {each.label: each for each in released.sectors} if released else {}
    least = _least(released)
    found = []
    for sector in SECTORS:
        if sector in there:
            several = len(invited[sector].intersection(then)) >= FEWEST_ROUNDS
            reach = reached.get(SECTORS[sector]) if several else None
            own = invited[sector].intersection(rounds)
            found.append(_offered(sector, own, reach, came_least=reach is not None and reach is least))
    return found


def _invited(rounds):
    """{sector: the Rounds that invited a partner of it}"""
    by_key, found = {round.pk: round for round in rounds}, defaultdict(set)
    pairs = RoundPartner.objects.filter(round__in=by_key).order_by().values_list("organisation__sector", "round")
    for sector, key in pairs.distinct():
        found[sector].add(by_key[key])
    return found


def _offered(sector, rounds, reach, *, came_least):
    times = Counter(time_of_day(round.starts_at) for round in rounds)
    return Offered(sector, len(rounds), times, Counter(round.format for round in rounds), reach, came_least)


def _least(released):
    """The sector that came least for its number, where the ranges leave no doubt."""
    shown = sorted(released.shown, key=lambda each: each.reach.per_thousand) if released else []
    return shown[0] if len(shown) > 1 and shown[0].reach.high < shown[1].reach.low else None
