"""The noise is what it is said to be: exactly distributed, drawn from the system's own chance, and enough."""

import doctest
import math
import random
from collections import defaultdict
from fractions import Fraction

import pytest

from evaluation import noise, tables

ONE, HALF = Fraction(1), Fraction(1, 2)


class Undecided(Exception):
    """The sampler wants one more draw than this path of draws has."""


def outcomes(sampler, epsilon, depth, weights=None):
    """(k → its exact probability, what is still open) by going down every path of draws that `sampler` may take, as far
    as the path is likelier than `depth`. `weights`: of each draw's outcomes, where they are not all alike."""
    found, left, paths = defaultdict(Fraction), Fraction(0), [((), ONE)]
    while paths:
        draws, chance = paths.pop()
        if chance < depth:
            left += chance
            continue
        waiting = iter(draws)
        asked = []

        def below(n, waiting=waiting, asked=asked):
            try:
                return next(waiting)
            except StopIteration:
                asked.append(n)
                raise Undecided from None

        try:
            found[sampler(epsilon, below)] += chance
        except Undecided:
            (n,) = asked
            paths += [((*draws, each), chance * (weights[each] if weights else Fraction(1, n))) for each in range(n)]
    return found, left


@pytest.mark.parametrize("epsilon", [ONE, HALF])
def test_each_number_has_exactly_the_probability_it_should(epsilon, monkeypatch):
    """Each run of `_happens` counts as one draw, with the probability that is proven of it below. What is left open
    is far less than is compared to."""
    proven = outcomes(noise._happens, epsilon, depth=Fraction(1, 10**18))[0][True]
    monkeypatch.setattr("evaluation.noise._happens", lambda epsilon, below: below(2) == 1)
    found, left = outcomes(noise.laplace, epsilon, depth=Fraction(1, 10**20), weights=[1 - proven, proven])
    assert sum(found.values()) + left == 1
    assert left < Fraction(1, 10**15)
    for k in range(-20, 21):
        assert float(found[k]) == pytest.approx(noise.likelihood(k, epsilon), rel=0, abs=1e-12)


@pytest.mark.parametrize("epsilon", [ONE, HALF])
def test_what_it_is_drawn_from_is_exact_far_beyond_any_float(epsilon):
    found, left = outcomes(noise._happens, epsilon, depth=Fraction(1, 10**18))
    assert left < Fraction(1, 10**15)
    assert float(found[True]) == pytest.approx(math.exp(-epsilon), abs=1e-15)
    assert sum(found.values()) + left == 1


@pytest.mark.parametrize("epsilon", [ONE, HALF])
def test_whatever_is_released_is_at_most_so_much_likelier_for_one_attendance_more(epsilon):
    """Somebody who knows of all others whether they came learns no more than that of the one they do not know."""
    odds = [noise.likelihood(k, epsilon) / noise.likelihood(k - 1, epsilon) for k in range(-60, 60)]
    assert max(odds) == pytest.approx(math.exp(epsilon))
    assert min(odds) == pytest.approx(math.exp(-epsilon))


@pytest.mark.parametrize("epsilon", [ONE, HALF])
def test_draws_come_as_often_as_they_should(epsilon):
    chance = random.Random(4)
    draws = [noise.laplace(epsilon, chance.randrange) for _ in range(20_000)]
    for k in (-3, -1, 0, 1, 3):
        expected = noise.likelihood(k, epsilon)
        assert abs(draws.count(k) / len(draws) - expected) < 5 * math.sqrt(expected / len(draws))


def test_its_chance_is_the_systems_own():
    assert noise.laplace.__defaults__ == (noise.secrets.randbelow,)


@pytest.mark.parametrize("epsilon", [ONE, HALF])
@pytest.mark.parametrize("cells", [1, 2, 5, 12])
def test_a_range_holds_nineteen_of_twenty_sums(epsilon, cells):
    one = {k: noise.likelihood(k, epsilon) for k in range(-60, 61)}
    together = {0: 1.0}
    for _ in range(cells):
        step = defaultdict(float)
        for at, chance in together.items():
            for k, likely in one.items():
                if abs(at + k) <= 80:
                    step[at + k] += chance * likely
        together = step
    within = noise.spread(epsilon, cells)
    assert sum(chance for k, chance in together.items() if abs(k) <= within) >= 0.95
    assert sum(chance for k, chance in together.items() if abs(k) <= within - 2) < 0.95


def test_the_sum_for_each_attendance_is_as_printed():
    assert tables.epsilon_of(tables.ATTENDANCE) == 4
    assert tables.epsilon_of(tables.ATTENDANCE, tables.FIRST) == 5
    assert tables.epsilon_of(tables.TURNED_AWAY) == HALF


def test_examples():
    assert doctest.testmod(noise).failed == doctest.testmod(tables).failed == 0
