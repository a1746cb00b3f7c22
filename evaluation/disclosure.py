"""The one gate through which every figure leaves a Round's own team. Pure: numbers in, figures fit to show out.

* A number of people is entered once, to the nearest 5, and not at all below 8 ("fewer than 8").
* A total is the sum of what is shown: the exact total would give the hidden numbers back.
* An item is shown from 8 answers on. Below 11, where nearly everyone said the same, only "all or nearly all" is said:
  the exact share would tell what each person answered.
"""

from dataclasses import dataclass

from rounds_site.kit.formats import nearest, percent, thousands

THRESHOLD = 8
STEP = 5
COUNTED_FROM = 5
EXTREMES_FROM = 11
SMALL_ROOM = 15
MOST_FORMS_PER_PERSON = (6, 5)

HIDDEN = f"fewer than {THRESHOLD}"
NO_NUMBER = f"Fewer than {THRESHOLD} people, so we show no number."
CLOSED_ANSWERS = f"Fewer than {THRESHOLD} forms came back, so the answers stay closed."
FAVOURABLE = (4, 5)


def rounded(number: int) -> int | None:
    """The nearest 5 from 8 on; None below.

    >>> rounded(7), rounded(8), rounded(12), rounded(13), rounded(43)
    (None, 10, 10, 15, 45)
    """
    return STEP * ((number + STEP // 2) // STEP) if number >= THRESHOLD else None


def may_be_shown(*, forms: int, present: int) -> bool:
    """Whether the answers of a Round may be read: `present` is without its team, who may have filled in forms too."""
    return min(forms, present) >= THRESHOLD


def most_forms(present: int) -> int:
    """How many forms a box takes: 1.2 for each person there.

    >>> most_forms(10), most_forms(3)
    (12, 3)
    """
    times, per = MOST_FORMS_PER_PERSON
    return present * times // per


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
    def short(self) -> str:
        """For a cell of a table or a label in a chart.

        >>> Figure(40).short, Figure(0, 3).short, Figure(40, 1).short
        ('40', 'fewer than 8', '40 and more')
        """
        if not self.shown:
            return HIDDEN if self.hidden else "0"
        return f"{thousands(self.shown)}{' and more' if self.hidden else ''}"


def total(numbers) -> Figure:
    """The sum of numbers that ``rounded`` made; None stands for one that is not shown.

    >>> total([10, None, 25, 0])
    Figure(shown=35, hidden=1)
    """
    numbers = list(numbers)
    return Figure(sum(number for number in numbers if number is not None), sum(number is None for number in numbers))


@dataclass(frozen=True)
class Share:
    """What may be said of the answers to one item. `n` is exact for the team and to the nearest 5 for all others.

    `distribution`: value → share in per cent, or None where it would tell what each person said.
    """

    n: int
    favourable: str
    favourable_per_cent: int | None
    distribution: dict[int, int] | None

    @property
    def about(self) -> str:
        return f"about {thousands(self.n)}"


def item_share(counts: dict[int, int], *, scale: list[int], outside: bool) -> Share | None:
    """The answers to one item of one or more Rounds, `counts` being value → number; None below the threshold.

    >>> item_share({5: 4, 4: 3}, scale=[1, 2, 3, 4, 5], outside=False) is None
    True
    >>> item_share({5: 6, 4: 3, 1: 1}, scale=[1, 2, 3, 4, 5], outside=False).favourable
    'all or nearly all'
    >>> item_share({5: 30, 4: 10, 2: 10}, scale=[1, 2, 3, 4, 5], outside=True).favourable
    '80%'
    """
    n = sum(counts.values())
    if n < THRESHOLD:
        return None
    favourable = sum(counts.get(value, 0) for value in FAVOURABLE)
    said = {value: counts.get(value, 0) for value in scale}
    shown_n = rounded(n) if outside else n
    if n < EXTREMES_FROM and _extreme(favourable, n):
        words = "all or nearly all" if favourable * 2 > n else "none or nearly none"
        return Share(shown_n, words, None, None)
    distribution = None if n < EXTREMES_FROM and max(said.values()) >= n - 1 else _per_cent(said, n)
    return Share(shown_n, percent(favourable, n), nearest(100 * favourable / n), distribution)


def _extreme(part, whole) -> bool:
    return part <= 1 or part >= whole - 1


def _per_cent(said, n):
    return {value: nearest(100 * number / n) for value, number in said.items()}
