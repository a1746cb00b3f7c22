"""An attacker who keeps every page and file, of every half-year and moment, and subtracts them from one another.

They know which Rounds were held when, and how everything here is made. What they want is the number of people at one
Round, or of one sector at one Round, above all where it is below 8. Exact totals beside suppressed small numbers, as
most dashboards show them, are the control: the same attack must break them.
"""

import random
from datetime import date
from itertools import combinations, pairwise, product

import pytest

from evaluation.disclosure import Figure, rounded
from tests.disclosure.system import STAFF, Hour, LivingSystem, numbers_behind

# Without noise every difference tells the most that it ever may: what is proven here does not hang on luck.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_noise")]

SECTORS = {"acute": "Acute hospitals", "council": "Council", "hospice": "Hospices", "social_care": "Social care"}
MONTHS = [date(2026, month, 14) for month in (4, 5, 6, 7, 9, 10, 11, 12)]


def hours(seed):
    """Rounds of all sizes; now and then two in a month, and hardly anybody of some sectors."""
    chance = random.Random(seed)
    days = sorted([*MONTHS, *(day.replace(day=20) for day in chance.sample(MONTHS, 3))])
    return [
        Hour(
            day,
            {sector: chance.choice([0, 1, 3, 6, 9, 14, 25]) for sector in STAFF} if chance.random() < 0.7
            else {"hospice": chance.randint(1, 6)},
            walked_in=chance.choice([0, 1, 4]),
        )
        for day in days
    ]  # fmt: skip


# --- What is offered ----------------------------------------------------------------------------


def looks_at(system, hours):
    """[what all files of all half-years say, at each moment]: (table, month or half-year, sector) → words."""
    half_years = sorted({hour.half_year for hour in hours})
    return [look(system, now, half_years) for now in system.live(hours)]


def look(system, now, half_years):
    said = {}
    for half_year in half_years:
        months = {("people", row[0], ""): row[1] for row in system.file(now, half_year, "people")[1:]}
        assert all(said.get(key, words) == words for key, words in months.items())
        said |= months
        said |= {("reach", row[0], row[1]): row[2] for row in system.file(now, half_year, "reach")[1:]}
    return said


def exact_looks(hours):
    """The control: exact totals of months, and exact tallies of sectors that grow; numbers below 8 suppressed."""
    return [exact_look(hours[: moment + 1]) for moment in range(len(hours))]


def exact_look(so_far):
    numbers = {}
    for hour in so_far:
        cells = {("people", hour.month, ""): hour.headcount}
        cells |= {("reach", hour.half_year.words, SECTORS[sector]): came for sector, came in hour.came.items()}
        for key, number in cells.items():
            numbers[key] = numbers.get(key, 0) + number
    return {key: str(number) if number >= 8 else "fewer than 8" for key, number in numbers.items()}


# --- The attack ---------------------------------------------------------------------------------


def attack(looks, hours, *, behind):
    """What each number of one Round may have been, by the difference of every two looks at a cell between which that
    Round alone came into it. `behind`: the numbers that a difference may stand for."""
    looks, possible = [{}, *looks], {}
    for (earlier, before), (later, after) in combinations(enumerate(looks), 2):
        for key in after:
            new = contained(key, hours[:later], after) - contained(key, hours[:earlier], before)
            if len(new) == 1 and sectors_fit(key, hours[next(iter(new))]):
                numbers = behind(read(before.get(key)), read(after[key]))
                thing = (key[0], key[2], *new)
                possible[thing] = possible.get(thing, set(numbers)) & set(numbers)
    return possible


def contained(key, so_far, said):
    """Which Rounds stand in a cell: everybody knows when they were held."""
    table, period, _ = key
    return {
        number
        for number, hour in enumerate(so_far)
        if key in said and period == (hour.month if table == "people" else hour.half_year.words)
    }


def sectors_fit(key, hour):
    return key[0] == "people" or key[2] in {SECTORS[sector] for sector in hour.came}


def recovered(possible):
    """What the attacker knows for sure."""
    return {thing: min(numbers) for thing, numbers in possible.items() if len(numbers) == 1}


def truth(thing, hours):
    table, label, number = thing
    hour = hours[number]
    return hour.headcount if table == "people" else {SECTORS[key]: came for key, came in hour.came.items()}[label]


def read(words) -> Figure:
    """The words of a cell as the figure they stand for."""
    if words in (None, "no Round", "not yet entered"):
        return Figure(0)
    number, _, rest = words.partition(", and ")
    if number.startswith("fewer than 8"):
        number, rest = "0", f"{words}, 1 times" if words == "fewer than 8" else words
    times = [int(word) for word in rest.replace("once", "1 times").split() if word.isdigit() and word != "8"]
    return Figure(int(number.replace(",", "")), times[0] if times else 0)


def behind_rounded(before, after):
    """Each Round enters once, rounded: what a sum grew by is that Round's own number."""
    return numbers_behind(None if after.hidden > before.hidden else after.shown - before.shown)


def behind_exact(before, after):
    if after.hidden or before.hidden:
        return range(8)
    return range(after.shown - before.shown, after.shown - before.shown + 1)


@pytest.mark.parametrize("seed", range(3))
def test_no_two_looks_give_away_what_one_round_had(seed):
    happened = hours(seed)
    possible = attack(looks_at(LivingSystem(), happened), happened, behind=behind_rounded)
    assert recovered(possible) == {}
    assert min(len(numbers) for numbers in possible.values()) >= 5
    assert {number for _, _, number in possible} == set(range(len(happened)))
    assert all(truth(thing, happened) in numbers for thing, numbers in possible.items())
    assert any(hour.headcount < 8 for hour in happened)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_attack_breaks_exact_totals(seed):
    happened = hours(seed)
    found = recovered(attack(exact_looks(happened), happened, behind=behind_exact))
    assert {thing: truth(thing, happened) for thing in found} == found
    assert sum(number < 8 for number in found.values()) >= 5


@pytest.mark.parametrize("seed", range(3))
def test_reach_is_there_at_once_or_not_at_all(seed):
    """What a half-year shows it shows from its first day on, and it is right."""
    happened = hours(seed)
    looks = [
        {key: words for key, words in said.items() if key[0] == "reach"} for said in looks_at(LivingSystem(), happened)
    ]
    for earlier, later in pairwise(looks):
        assert {key: later[key] for key in earlier} == earlier
        new_periods = {period for _, period, _ in later.keys() - earlier.keys()}
        assert new_periods.isdisjoint(period for _, period, _ in earlier)
    assert looks[-1] == {
        ("reach", half_year, label): str(rounded(sum_of(happened, half_year, sector)) or "fewer than 8")
        for half_year in {hour.half_year.words for hour in happened}
        for sector, label in SECTORS.items()
    }


def sum_of(happened, half_year, sector):
    return sum(hour.came.get(sector, 0) for hour in happened if hour.half_year.words == half_year)


# --- Answers ------------------------------------------------------------------------------------


def test_sums_of_answers_are_sums_of_what_is_shown_and_exact_ones_would_not_be():
    """Four Rounds with 12 answers each: if their sum were rounded by itself, each would be known to be 12."""
    shown = [rounded(12)] * 4
    assert sum(shown) == 40
    together = rounded(48)
    fitting = [numbers for numbers in product(*map(numbers_behind, shown)) if sum(numbers) in numbers_behind(together)]
    assert fitting == [(12, 12, 12, 12)]
