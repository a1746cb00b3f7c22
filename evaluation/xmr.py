"""What chance alone does to a measure in time, as the NHS's *Making Data Count* draws it (XmR charts).
Pure: numbers in, numbers out.

The limits are the mean ± 2.66 times the mean of the moving ranges. Something else than chance is at work where a point
lies outside of them, 7 in a row lie on one side of the mean, 7 in a row rise or fall, or 2 of 3 on one side lie beyond
two thirds of the way to a limit.
"""

from dataclasses import dataclass
from itertools import pairwise

# With fewer points there is too little to draw limits from; with fewer than FIRM they may still move a good deal.
FEWEST, FIRM = 6, 12
TIMES = 2.66
RUN = 7


@dataclass(frozen=True)
class Limits:
    """Of `points` values in time."""

    mean: float
    low: float
    high: float
    points: int

    @property
    def may_move(self) -> bool:
        return self.points < FIRM

    def is_near(self, value) -> bool:
        """Beyond two thirds of the way from the mean to a limit."""
        return abs(value - self.mean) > 2 * (self.high - self.mean) / 3


def limits_of(values) -> Limits:
    """Single great leaps count among the moving ranges, as in NHS England's own workbook. The R package NHSRplotthedots
    leaves them out, and so draws narrower limits.

    >>> limits = limits_of([3, 5, 3, 5])
    >>> limits.mean, round(limits.low, 2), round(limits.high, 2), limits.points
    (4.0, -1.32, 9.32, 4)
    """
    ranges = [abs(after - before) for before, after in pairwise(values)]
    usual = sum(ranges) / len(ranges)
    mean = sum(values) / len(values)
    return Limits(mean, mean - TIMES * usual, mean + TIMES * usual, len(values))


def beyond_chance(values, limits) -> set[int]:
    """The numbers, from 0, of the values that chance does not explain.

    >>> values = [4, 6, 4, 6, 4, 6, 20, 4, 6, 4]
    >>> beyond_chance(values, limits_of(values))
    {6}
    """
    outside = {n for n, value in enumerate(values) if not limits.low <= value <= limits.high}
    return outside | _runs(values, limits) | _near(values, limits)


def _runs(values, limits):
    found = set()
    for n in range(len(values) - RUN + 1):
        run = values[n : n + RUN]
        steps = [after - before for before, after in pairwise(run)]
        if _one_side([each - limits.mean for each in run]) or _one_side(steps):
            found.update(range(n, n + RUN))
    return found


def _near(values, limits):
    found = set()
    for n in range(len(values) - 2):
        three = range(n, n + 3)
        near = [each for each in three if limits.is_near(values[each])]
        if len(near) >= 2 and _one_side([values[each] - limits.mean for each in three]):
            found.update(near)
    return found


def _one_side(differences):
    return all(each > 0 for each in differences) or all(each < 0 for each in differences)
