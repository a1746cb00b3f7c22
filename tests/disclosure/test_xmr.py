"""Limits of chance, against the documented example of NHSRplotthedots (vignette “Deviations from Excel defaults”)."""

import doctest

import pytest

from evaluation import xmr
from evaluation.xmr import Limits, beyond_chance, limits_of

DOCUMENTED = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
# Around 10, between 4 and 16.
TEN = Limits(mean=10, low=4, high=16, points=20)


def test_its_examples():
    assert doctest.testmod(xmr) == (0, 4)


def test_the_documented_example():
    """With great leaps kept among the ranges, as NHS England's workbook does."""
    limits = limits_of(DOCUMENTED)
    assert [round(each, 2) for each in (limits.high, limits.mean, limits.low)] == [6.95, 1.94, -3.06]
    assert beyond_chance(DOCUMENTED, limits) == {4}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([9, 11, 9, 16, 11], set()),
        ([9, 11, 9, 16.1, 11], {3}),
        ([9, 11, 3.9, 9], {2}),
        ([9, 11, 12, 11, 12, 11, 12, 9], set()),
        ([9, 11, 12, 11, 12, 11, 12, 11, 9], {1, 2, 3, 4, 5, 6, 7}),
        ([9, 11, 12, 11, 10, 11, 12, 11, 9], set()),
        ([8, 9, 9.5, 10.5, 11, 12], set()),
        ([7, 8, 9, 9.5, 10.5, 11, 12], {0, 1, 2, 3, 4, 5, 6}),
        ([12, 11, 10.5, 9.5, 9, 8, 7], {0, 1, 2, 3, 4, 5, 6}),
        ([7, 8, 9, 9, 10.5, 11, 12], set()),
        ([9, 14.5, 11, 14.5, 9], {1, 3}),
        ([9, 14.5, 9, 14.5, 9], set()),
        ([9, 14.5, 11, 5.5, 9], set()),
        ([9, 14, 11, 14, 9], set()),
    ],
)
def test_what_chance_does_not_explain(values, found):
    assert beyond_chance(values, TEN) == found


def test_from_twelve_points_on_limits_stand():
    assert [limits_of([1, 2] * number).may_move for number in (3, 5, 6)] == [True, True, False]
