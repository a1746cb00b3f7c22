"""The one gate through which every figure leaves a Round's own team. Pure: numbers in, figures fit to show out.

* A number of people is entered once, to the nearest 5, and not at all below 8 ("fewer than 8").
* A total is the sum of what is shown: the exact total would give the hidden numbers back.
* Who was reached is shown of half-years that are over, from a release that is made once, with noise
  (``actions.releases``): sums of its cells, of sectors with 250 staff and more.
* An item is shown from 8 answers on. Below 11, where nearly everyone said the same, only "all or nearly all" is said:
  the exact share would tell what each person answered.
* Of a Round with 5 to 7 forms nothing is shown by itself. Its counts go to a pool (``actions.pools``), which is shown
  once it is complete, and is in no other sum.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil, floor

from evaluation.noise import spread
from rounds_site.kit.blunt import STEP, THRESHOLD, rounded
from rounds_site.kit.formats import nearest, percent, thousands

# With fewer forms than these not even their sum with others is made.
POOLED_FROM = 5
EXTREMES_FROM = 11
SMALL_ROOM = 15
MOST_FORMS_PER_PERSON = (6, 5)
MOST_FORMS_PER_PLACE = 2
BOX_TAKES_AT_LEAST = 60
# A sector with fewer staff is put together with others: there, a few who came are already most of them.
SMALL_SECTOR = 250
# So few of one kind of work are put together with others: a group of them all may well come together.
SMALL_GROUP = 50
# Of one Round alone even figures with noise would be taken for its list.
FEWEST_ROUNDS = 2

HIDDEN = f"fewer than {THRESHOLD}"
NO_NUMBER = f"Fewer than {THRESHOLD} people, so we show no number."
CLOSED_ANSWERS = (
    f"Fewer than {THRESHOLD} forms came back, or fewer than {THRESHOLD} people were there besides the team, "
    "so the answers stay closed."
)
FAVOURABLE = (4, 5)
NEARLY_ALL, NEARLY_NONE = "all or nearly all", "none or nearly none"


def may_be_shown(*, forms: int, present: int) -> bool:
    """Whether the answers of a Round may be read: `present` is without its team, who may have filled in forms too."""
    return min(forms, present) >= THRESHOLD


def may_be_pooled(*, forms: int, present: int) -> bool:
    """Whether the answers of a Round that may not be shown may be added to those of other small Rounds.

    >>> [may_be_pooled(forms=forms, present=30) for forms in (4, 5, 7, 8)], may_be_pooled(forms=9, present=6)
    ([False, True, True, False], True)
    """
    return POOLED_FROM <= min(forms, present) < THRESHOLD


def is_small_room(present: int) -> bool:
    """Said to whoever has the code, so it follows from the number that figures show: another limit would narrow that.

    >>> is_small_room(17), is_small_room(18)
    (True, False)
    """
    return (rounded(present) or 0) <= SMALL_ROOM


def most_forms(present: int) -> int:
    """How many forms a box takes: 1.2 for each person there.

    >>> most_forms(10), most_forms(3)
    (12, 3)
    """
    times, per = MOST_FORMS_PER_PERSON
    return present * times // per


def most_forms_before_headcount(*, places: int, ticked: int) -> int:
    """How many forms a box takes while nobody has said how many people there are.

    Whoever walks in is welcome, and is on no list yet: a box of 1.2 for each place would refuse forms of people who
    are in the room, and a small Round's would be full after a handful that one person sent. So it is wide until then:
    twice the places, 60 at least, and 1.2 for each person ticked in. That somebody with the code may put in more than
    one form stays possible; filling the box takes ten times as many in a small Round, and the headcount shows it.

    >>> [most_forms_before_headcount(places=places, ticked=ticked) for places, ticked in [(5, 0), (60, 40), (5, 90)]]
    [60, 120, 108]
    """
    return max(MOST_FORMS_PER_PLACE * places, BOX_TAKES_AT_LEAST, most_forms(ticked))


@dataclass(frozen=True)
class Figure:
    """A sum of shown numbers, and how many were too small to add."""

    shown: int
    hidden: int = 0

    @property
    def words(self) -> str:
        """
        >>> Figure(40).words, Figure(0, 1).words, Figure(40, 2).words, Figure(0).words
        ('about 40', 'fewer than 8', 'about 40, and 2 times fewer than 8', 'none')
        """
        if not self.shown:
            return HIDDEN if self.hidden == 1 else f"{HIDDEN} each time" if self.hidden else "none"
        about = f"about {thousands(self.shown)}"
        if not self.hidden:
            return about
        return f"{about}, and {'once' if self.hidden == 1 else f'{self.hidden} times'} {HIDDEN}"

    @property
    def people(self) -> str:
        """
        >>> Figure(40).people, Figure(40, 2).people
        ('about 40 people', 'about 40 people, and 2 times fewer than 8,')
        """
        return self.words.replace(f"about {thousands(self.shown)}", f"about {thousands(self.shown)} people", 1) + (
            "," if self.hidden else ""
        )

    @property
    def cell(self) -> str:
        """For a cell of a table.

        >>> Figure(40).cell, Figure(0, 3).cell, Figure(40, 1).cell, Figure(0).cell
        ('40', 'fewer than 8, 3 times', '40, and once fewer than 8', '0')
        """
        if not self.hidden:
            return thousands(self.shown)
        if not self.shown:
            return HIDDEN if self.hidden == 1 else f"{HIDDEN}, {self.hidden} times"
        return f"{thousands(self.shown)}, and {'once' if self.hidden == 1 else f'{self.hidden} times'} {HIDDEN}"


def total(numbers) -> Figure:
    """The sum of numbers that ``rounded`` made; None stands for one that is not shown.

    >>> total([10, None, 25, 0])
    Figure(shown=35, hidden=1)
    """
    numbers = list(numbers)
    return Figure(sum(number for number in numbers if number is not None), sum(number is None for number in numbers))


@dataclass(frozen=True)
class Released:
    """A sum of released cells, to the nearest 5. The true number lies within `open_by` of it, 19 times out of 20: noise
    and rounding leave it open by so many either way."""

    shown: int
    open_by: int

    @property
    def low(self) -> int:
        return max(self.shown - self.open_by, 0)

    @property
    def high(self) -> int:
        return self.shown + self.open_by

    @property
    def range(self) -> str:
        return f"{thousands(self.low)} to {thousands(self.high)}"

    def of(self, whole: int):
        """For each 1,000 of so many."""
        return Rate(self, whole)


@dataclass(frozen=True)
class Rate:
    """How often somebody came, for each 1,000 of their `staff`."""

    came: Released
    staff: int

    @property
    def per_thousand(self) -> int:
        return nearest(1000 * self.came.shown / self.staff)

    @property
    def low(self) -> int:
        return floor(1000 * self.came.low / self.staff)

    @property
    def high(self) -> int:
        return ceil(1000 * self.came.high / self.staff)

    @property
    def range(self) -> str:
        """
        >>> Released(405, 6).of(16900).range, Released(405, 6).of(16900).per_thousand
        ('23 to 25', 24)
        """
        return f"{thousands(self.low)} to {thousands(self.high)}"


def released(cells, *, table) -> Released | None:
    """`cells`: the numbers, with their noise, of all those that are to be read as one. None below 8, and of no cells.

    >>> from evaluation.tables import WORK
    >>> released([38, 5], table=WORK), released([9, -3], table=WORK), released([], table=WORK)
    (Released(shown=45, open_by=6), None, None)
    """
    cells = list(cells)
    shown = rounded(max(sum(cells), 0))
    return None if shown is None else Released(shown, STEP // 2 + spread(table.noise, len(cells)))


@dataclass(frozen=True)
class Share:
    """What may be said of the answers to one item. `n` is exact for the team and to the nearest 5 for all others.

    `distribution`: value → share in per cent, each rounded by itself, or None where it would tell what each person
    said. `parts` is the same for a bar of 100: they add up.
    """

    n: int
    favourable: str
    favourable_per_cent: int | None
    distribution: dict[int, int] | None
    parts: dict[int, int] | None = field(default=None, repr=False)

    @property
    def about(self) -> str:
        return f"about {thousands(self.n)}"


def item_share(counts: dict[int, int], *, scale: list[int], outside: bool = False) -> Share | None:
    """The answers to one item of one Round, `counts` being value → number; None below the threshold.

    >>> item_share({5: 4, 4: 3}, scale=[1, 2, 3, 4, 5]) is None
    True
    >>> item_share({5: 6, 4: 3, 1: 1}, scale=[1, 2, 3, 4, 5]).favourable
    'all or nearly all'
    >>> item_share({5: 30, 4: 10, 2: 10}, scale=[1, 2, 3, 4, 5], outside=True).favourable
    '80%'
    """
    n = sum(counts.values())
    if n < THRESHOLD:
        return None
    return _share(counts, scale, shown_n=rounded(n) if outside else n)


def pooled_share(rounds: list[dict[int, int]], *, scale: list[int]) -> Share | None:
    """The answers to one item of several Rounds, for others than their teams. Rounds with too few answers to it are
    left out, and the number of answers is the sum of the Rounds' own, each rounded once.

    >>> pooled_share([{5: 9, 2: 3}, {5: 7}, {4: 12}], scale=[1, 2, 3, 4, 5])
    Share(n=20, favourable='88%', favourable_per_cent=88, distribution={1: 0, 2: 13, 3: 0, 4: 50, 5: 38})
    """
    enough = [counts for counts in rounds if sum(counts.values()) >= THRESHOLD]
    if not enough:
        return None
    together = sum(map(Counter, enough), Counter())
    return _share(together, scale, shown_n=sum(rounded(sum(counts.values())) for counts in enough))


def _share(counts, scale, *, shown_n):
    n = sum(counts.values())
    favourable = sum(counts.get(value, 0) for value in FAVOURABLE)
    said = {value: counts.get(value, 0) for value in scale}
    if n < EXTREMES_FROM and _extreme(favourable, n):
        words = NEARLY_ALL if favourable * 2 > n else NEARLY_NONE
        return Share(shown_n, words, None, None)
    share = nearest(Decimal(100) * favourable / n)
    if n < EXTREMES_FROM and max(said.values()) >= n - 1:
        return Share(shown_n, percent(favourable, n), share, None)
    return Share(shown_n, percent(favourable, n), share, _per_cent(said, n), _parts(said, n, share))


def _extreme(part, whole) -> bool:
    return part <= 1 or part >= whole - 1


def _per_cent(said, n):
    return {value: nearest(100 * number / n) for value, number in said.items()}


def _parts(said, n, share):
    """Whole numbers that add up to 100, and the favourable ones to the share that is told of them; each is one of the
    two next to its true share.

    >>> _parts({1: 0, 2: 1, 3: 1, 4: 3, 5: 3}, 8, 75)
    {1: 0, 2: 13, 3: 12, 4: 38, 5: 37}
    """
    liked = {value: number for value, number in said.items() if value in FAVOURABLE}
    others = {value: number for value, number in said.items() if value not in FAVOURABLE}
    shares = _parted(share, liked, n) | _parted(100 - share, others, n)
    return {value: shares[value] for value in said}


def _parted(share, said, n):
    """Rounded down, and what is then short of the share goes to the largest remainders."""
    down = {value: 100 * number // n for value, number in said.items()}
    short = share - sum(down.values())
    largest = sorted(said, key=lambda value: -(100 * said[value] % n))
    return down | {value: down[value] + 1 for value in largest[:short]}


def groups_to_add(sizes: dict[str, int], *, forms: int) -> set[str]:
    """The groups of one Round's forms that may be added to the half-year, `sizes` being group → forms that named it.

    From 8 forms each; and beside them 8 forms are left or none, or what is left would be a hidden group by subtraction.

    >>> sorted(groups_to_add({"nursing": 20, "care": 9, "clinical": 3}, forms=40))
    ['care', 'nursing']
    >>> sorted(groups_to_add({"nursing": 20, "care": 9, "clinical": 3}, forms=32))
    ['nursing']
    """
    big = [group for group, size in sizes.items() if size >= THRESHOLD]
    added = sorted(big, key=lambda group: (-sizes[group], group))
    while added and 0 < forms - sum(sizes[group] for group in added) < THRESHOLD:
        added.pop()
    return set(added)
