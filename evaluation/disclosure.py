"""The one gate through which every figure leaves a Round's own team. Pure: numbers in, figures fit to show out.

* A number of people is entered once, to the nearest 5, and not at all below 8 ("fewer than 8").
* A total is the sum of what is shown: the exact total would give the hidden numbers back.
* Who was reached is shown of half-years that are over, from a release that is made once, with noise
  (``actions.releases``): sums of its cells, of sectors with 250 staff and more.
* An item is shown from 8 answers on. Below 11, where nearly everyone said the same, only "all or nearly all" is said:
  the exact share would tell what each person answered. Such a Round is in no sum either: it would be what is left when
  the others are taken away from it, by whoever looked before it was counted or runs all the others.
* Answers by kind of work enter the half-year Round by Round and question by question, where each kind, and whatever is
  left beside them, could be shown by itself (``groups_to_add``). So every sum and every difference is of such parts.
* Of a Round with 5 to 7 forms nothing is shown by itself. Its counts go to a pool (``actions.pools``), which is shown
  once it is complete, and is in no other sum.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
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
CLOSED_ANSWERS = (
    f"Fewer than {THRESHOLD} forms came back, or fewer than {THRESHOLD} people were there besides the team, "
    "so the answers stay closed."
)
FAVOURABLE = (4, 5)
NEARLY_ALL, NEARLY_NONE = "all or nearly all", "none or nearly none"
# From which share on it is called what, of 11 answers and more. Below 11 nearly all are all, or all but one.
IN_WORDS = [
    (Fraction(9, 10), NEARLY_ALL),
    (Fraction(7, 10), "most"),
    (Fraction(5, 10), "more than half"),
    (Fraction(3, 10), "half or fewer"),
    (Fraction(1, 10), "some"),
]


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
    def besides(self) -> str:
        """What stands behind the number.

        >>> Figure(40, 1).besides, Figure(40, 2).besides, Figure(40).besides
        (', and once fewer than 8', ', and 2 times fewer than 8', '')
        """
        return f", and {'once' if self.hidden == 1 else f'{self.hidden} times'} {HIDDEN}" if self.hidden else ""

    @property
    def words(self) -> str:
        """
        >>> Figure(40).words, Figure(0, 1).words, Figure(40, 2).words, Figure(0).words
        ('about 40', 'fewer than 8', 'about 40, and 2 times fewer than 8', 'none')
        """
        if not self.shown:
            return HIDDEN if self.hidden == 1 else f"{HIDDEN} each time" if self.hidden else "none"
        return f"about {thousands(self.shown)}{self.besides}"

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
        if self.hidden and not self.shown:
            return HIDDEN if self.hidden == 1 else f"{HIDDEN}, {self.hidden} times"
        return f"{thousands(self.shown)}{self.besides}"


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
    and rounding leave it open by so many either way. `most`: it cannot be more."""

    shown: int
    open_by: int
    most: int | None = None

    @property
    def low(self) -> int:
        return max(self.shown - self.open_by, 0)

    @property
    def high(self) -> int:
        high = self.shown + self.open_by
        return high if self.most is None else min(high, self.most)

    @property
    def range(self) -> str:
        return f"{thousands(self.low)} to {thousands(self.high)}"

    def up_to(self, most: int):
        """The same, where everybody knows that there are no more.

        >>> Released(15, 8).up_to(12), Released(15, 8).up_to(12).range
        (Released(shown=12, open_by=8, most=12), '4 to 12')
        """
        return replace(self, shown=min(self.shown, most), most=most)

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
    (Released(shown=45, open_by=6, most=None), None, None)
    """
    cells = list(cells)
    return released_sum(sum(cells), cells=len(cells), table=table)


def released_sum(number, *, cells, table) -> Released | None:
    """The same of so many cells that were added up already."""
    shown = rounded(max(number, 0))
    return None if shown is None else Released(shown, STEP // 2 + spread(table.noise, cells))


@dataclass(frozen=True)
class Share:
    """What may be said of the answers to one item. `n` is exact for the team and to the nearest 5 for all others.

    `distribution`: value → share in per cent, each rounded by itself, or None where it would tell what each person
    said. `parts` is the same for a bar of 100: they add up. `beside`: the words of Rounds that are in no sum.
    """

    n: int
    favourable: str
    favourable_per_cent: int | None
    distribution: dict[int, int] | None
    parts: dict[int, int] | None = field(default=None, repr=False)
    beside: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        return f"about {thousands(self.n)}"

    @property
    def cell(self) -> str:
        """For a cell of a table: with the Rounds of which only words may be said.

        >>> Share(20, "88%", 88, None, beside=("all or nearly all", "all or nearly all")).cell
        '88%, and at 2 Rounds all or nearly all'
        """
        often = [f"at {number} {'Round' if number == 1 else 'Rounds'} {words}" for words, number in self._often]
        return ", and ".join([self.favourable, *often])

    @property
    def _often(self):
        return [(words, self.beside.count(words)) for words in (NEARLY_ALL, NEARLY_NONE) if words in self.beside]


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
    left out, those of which only words may be said stand beside the sum with these, and the number of answers is the
    sum of the Rounds' own, each rounded once.

    >>> pooled_share([{5: 9, 2: 3}, {5: 7}, {4: 12}], scale=[1, 2, 3, 4, 5])
    Share(n=20, favourable='88%', favourable_per_cent=88, distribution={1: 0, 2: 13, 3: 0, 4: 50, 5: 38}, beside=())
    >>> pooled_share([{5: 9, 2: 3}, {5: 8}], scale=[1, 2, 3, 4, 5]).cell
    '75%, and at 1 Round all or nearly all'
    """
    together, beside, shown_n, shown_beside = Counter(), [], 0, 0
    for counts in filter(may_be_told, rounds):
        n = sum(counts.values())
        if stands_alone(counts):
            shown_n += rounded(n)
            for value, number in counts.items():
                together[value] += number
        else:
            shown_beside += rounded(n)
            beside.append(_extreme_words(counts))
    if together:
        return replace(_share(together, scale, shown_n=shown_n), beside=tuple(beside))
    if len(set(beside)) == 1:
        return Share(shown_beside, beside[0], None, None)
    return None


def may_be_told(counts: dict[int, int]) -> bool:
    """Whether enough answered one item at one Round for anything to be told of it outside its team."""
    return sum(counts.values()) >= THRESHOLD


@dataclass(frozen=True)
class Said:
    """What a report of one Round says of the answers to one item, to whoever is not of its team."""

    n: int
    words: str


def in_words(counts: dict[int, int]) -> Said | None:
    """The answers to one item of one Round in words; None below the threshold.

    The danger is the half-year's sum beside it. Where two Rounds are in that, the exact answers of one are those of the
    other too, which its team never gave away; and so is a share in per cent, of so few. Each of these words stands for
    two numbers at least, whatever the number of answers; and what only words may be said of is in no sum at all
    (``pooled_share``).

    >>> [in_words(counts).words for counts in ({5: 8}, {5: 5, 1: 3}, {5: 4, 1: 4}, {5: 26, 1: 4}, {5: 1, 1: 29})]
    ['all or nearly all', 'more than half', 'half or fewer', 'most', 'none or nearly none']
    >>> in_words({5: 7}) is None
    True
    """
    n, favourable = sum(counts.values()), _favourable(counts)
    if n < THRESHOLD:
        return None
    if not stands_alone(counts):
        return Said(rounded(n), _extreme_words(counts))
    if n < EXTREMES_FROM:
        return Said(rounded(n), "more than half" if favourable * 2 > n else "half or fewer")
    return Said(rounded(n), _words_for(Fraction(favourable, n)))


def _words_for(share) -> str:
    """A share of just a half, three tenths or one tenth is called by the lower word."""
    at_least, above = IN_WORDS[:2], IN_WORDS[2:]
    found = [words for lowest, words in at_least if share >= lowest]
    found += [words for lowest, words in above if share > lowest]
    return found[0] if found else NEARLY_NONE


def stands_alone(counts: dict[int, int]) -> bool:
    """Whether the exact share of these answers to one item may be told, and so enter a sum.

    >>> [stands_alone(counts) for counts in ({5: 7}, {5: 9, 1: 1}, {5: 8, 1: 2}, {5: 11})]
    [False, False, True, True]
    """
    n = sum(counts.values())
    return n >= THRESHOLD and (n >= EXTREMES_FROM or not _extreme(_favourable(counts), n))


def _favourable(counts) -> int:
    return sum(counts.get(value, 0) for value in FAVOURABLE)


def _share(counts, scale, *, shown_n):
    if not stands_alone(counts):
        return Share(shown_n, _extreme_words(counts), None, None)
    n, favourable = sum(counts.values()), _favourable(counts)
    said = {value: counts.get(value, 0) for value in scale}
    share = nearest(Decimal(100) * favourable / n)
    return Share(shown_n, percent(favourable, n), share, _per_cent(said, n), _parts(said, n, share))


def _extreme_words(counts) -> str:
    return NEARLY_ALL if _favourable(counts) * 2 > sum(counts.values()) else NEARLY_NONE


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


def groups_to_add(groups: dict[str, dict[int, int]], *, answers: dict[int, int]) -> set[str]:
    """The kinds of work whose answers to one item of one Round may be added to the half-year. `groups`: kind of work →
    value → number; `answers` are all that were given to this item there, also by people who named no kind of work.

    The danger is what is left: the Round's team knows all its answers, and others the half-year's sum. Where 20 nurses
    and 3 others answered, the sum of the nurses would tell what the 3 said; where 12 nurses and 8 others did, of whom
    all but one agreed, so it would again. So each kind that is added, and what is left beside them all, could be shown
    by itself; else the smallest is left out too. All sums and differences of such parts are of 8 people and more, and
    none of them tells what each said.

    >>> answers = {5: 28, 3: 12}
    >>> sorted(groups_to_add({"nursing": {5: 16, 3: 4}, "care": {5: 6, 3: 3}, "clinical": {5: 3}}, answers=answers))
    ['care', 'nursing']
    >>> sorted(groups_to_add({"nursing": {5: 16, 3: 4}, "care": {5: 6, 3: 3}}, answers={5: 24, 3: 8}))
    ['nursing']
    """
    if not stands_alone(answers):
        return set()
    alone = [group for group in groups if stands_alone(groups[group])]
    added = sorted(alone, key=lambda group: (-sum(groups[group].values()), group))
    while added and not _may_be_left(answers, [groups[group] for group in added]):
        added.pop()
    return set(added)


def _may_be_left(answers, taken) -> bool:
    left = Counter(answers)
    for counts in taken:
        left.subtract(counts)
    return not +left or stands_alone(left)


def group_share(counts: dict[int, int], *, scale: list[int]) -> Share | None:
    """The answers of one kind of work to one item over a half-year, as ``groups_to_add`` let them in. Those kept from
    before it looked at each question, and so fewer than 8, are not shown.

    >>> group_share({5: 12, 4: 6, 2: 2}, scale=[1, 2, 3, 4, 5]).favourable, group_share({5: 7}, scale=[1, 5])
    ('90%', None)
    """
    return item_share(counts, scale=scale, outside=True)
