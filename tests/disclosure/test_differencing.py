"""An attacker who keeps every page and file, of every half-year and moment, and subtracts them from one another.

They know which Rounds were held when, and how everything here is made. What they want is the number of people at one
Round, or of one sector at one Round, above all where it is below 8. Exact totals beside suppressed small numbers, as
most dashboards show them, are the control: the same attack must break them.
"""

import random
from collections import Counter
from datetime import date
from fractions import Fraction
from itertools import combinations, pairwise, product

import pytest

from evaluation.disclosure import (
    THRESHOLD,
    Figure,
    groups_to_add,
    in_words,
    pooled_share,
    rounded,
    stands_alone,
)
from evaluation.reports.reach import ALL_WITH_STAFF
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
    for half_year in [each for each in half_years if each.begins <= now.date()]:
        months = {("people", row[0], ""): row[1] for row in system.file(now, half_year, "people")[1:]}
        assert all(said.get(key, words) == words for key, words in months.items())
        said |= months
        reach = system.file(now, half_year, "reach")[1:]
        said |= {("reach", row[0], row[1]): row[2] for row in reach if row[1] != ALL_WITH_STAFF}
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
def test_no_two_looks_give_away_what_one_round_had(seed, figures):
    happened = hours(seed)
    looks = looks_at(LivingSystem(), happened)
    possible = attack(looks, happened, behind=behind_rounded)
    figures("disclosure: attacks", cells_attacked=len(possible), cells_recovered=len(recovered(possible)))
    assert recovered(possible) == {}
    assert min(len(numbers) for numbers in possible.values()) >= 5
    assert {number for _, _, number in possible} == set(range(len(happened)))
    assert all(truth(thing, happened) in numbers for thing, numbers in possible.items())
    assert any(hour.headcount < 8 for hour in happened)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_attack_breaks_exact_totals(seed, figures):
    happened = hours(seed)
    possible = attack(exact_looks(happened), happened, behind=behind_exact)
    found = recovered(possible)
    figures("disclosure: controls", exact_totals_attacked=len(possible), exact_totals_recovered=len(found))
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


SCALE = [1, 2, 3, 4, 5]


def answered(chance, least, most):
    """So many answers to one item: often nearly all alike, as they are."""
    number = chance.randint(least, most)
    unlike = chance.choice([0, 0, 1, 1, 2, 3, number // 2])
    return +Counter({5: number - min(unlike, number), 2: min(unlike, number)})


def test_a_round_of_which_only_words_are_said_is_in_no_sum_and_would_be_found_in_one(figures):
    """Whoever looks before its box is counted and after it, or runs all the others, takes these away. They are given
    the exact numbers behind every sum."""
    chance, hidden, recovered, broken = random.Random(5), 0, 0, 0
    for _ in range(300):
        others = [answered(chance, 8, 40) for _ in range(chance.randint(1, 4))]
        new = answered(chance, 8, 12)
        before, after = (pooled_share(rounds, scale=SCALE) for rounds in (others, [*others, new]))
        if stands_alone(new) or not any(map(stands_alone, others)):
            continue
        hidden += 1
        seen = [(share.n, share.favourable, share.distribution) for share in (before, after)]
        recovered += seen[0] != seen[1]
        # Ten that all agreed, ten of whom one did not, and eight that all agreed read the same.
        for other in ({5: 10}, {5: 9, 2: 1}, {5: 8}) if new[5] > 1 else ({2: 8}, {2: 9, 5: 1}):
            assert pooled_share([*others, other], scale=SCALE) == after
        exact = sum(others, Counter()), sum([*others, new], Counter())
        broken += exact[1] - exact[0] == new
    figures("answers of one Round", hidden=hidden, recovered=recovered, recovered_from_exact_sums=broken)
    assert recovered == 0
    assert broken == hidden > 50


def test_a_word_of_a_report_stands_for_two_numbers_at_least():
    for number in range(THRESHOLD, 301):
        said = Counter(in_words({5: liked, 2: number - liked}).words for liked in range(number + 1))
        assert min(said.values()) >= 2, number
    assert in_words({5: 7}) is None


def answers_of(number, liked):
    return +Counter({5: liked, 2: number - liked})


def told(one, other, *, words, together):
    """All that is shown of two Rounds of a half-year: of each in its report, and of both together at both moments."""
    return (
        *(words(answers) for answers in (one, other)),
        *(together(rounds) for rounds in ([one], [one, other], [other])),
    )


def exactly(answers):
    """The control: a report that says the share of answers, and a sum of all from 8 answers on."""
    return answers[5] if answers.total() >= THRESHOLD else None


def exactly_together(rounds):
    enough = [answers for answers in rounds if answers.total() >= THRESHOLD]
    return sum(answers[5] for answers in enough)


def recovered_cells(*, words, together):
    """Of all pairs of Rounds with so many answers each: how often the answers of one that may not be told follow from
    what is shown, for somebody who knows how many answered, and everything about the other one."""
    hidden, recovered = 0, 0
    for number, known in product(range(5, 13), range(5, 13)):
        for seen in range(known + 1):
            other, looks = answers_of(known, seen), {}
            for liked in range(number + 1):
                one = answers_of(number, liked)
                looks.setdefault(repr(told(one, other, words=words, together=together)), []).append(one)
            for answers in looks.values():
                here = [one for one in answers if not stands_alone(one)]
                hidden += len(here)
                recovered += len(here) if len(answers) == 1 else 0
    return hidden, recovered


def test_reports_of_rounds_beside_the_sums_of_a_half_year_give_away_no_round_that_may_not_be_told(figures):
    """By going through every world there is; a report with shares, and sums with all in them, is the control."""
    hidden, recovered = recovered_cells(words=in_words, together=lambda rounds: pooled_share(rounds, scale=SCALE))
    control = recovered_cells(words=exactly, together=exactly_together)
    figures("reports of Rounds", worlds_hidden=hidden, recovered=recovered, recovered_from_shares=control[1])
    assert recovered == 0
    assert control[1] > 500
    assert hidden > 2000


def test_how_often_two_reports_beside_their_sum_give_away_what_a_round_answered(figures):
    """Only of Rounds whose answers may be told by themselves: the words of two reports, with the exact sum, give back
    the exact answers of a Round in some worlds, to somebody who knows how many answered at each. That is so, and is
    printed; it is never so for a Round that may not be told (above). Shares in a report would leave no world open.
    (Whoever looked at the sum before the second box was counted has the first Round from it, report or no report: so
    only what may be told by itself is in a sum.)"""
    open_still, worlds = 0, 0
    for one, other in product(range(11, 16), range(11, 16)):
        looks = {}
        for liked, seen in product(range(one + 1), range(other + 1)):
            rounds = [answers_of(one, liked), answers_of(other, seen)]
            shown = repr([*map(in_words, rounds), pooled_share(rounds, scale=SCALE)])
            looks.setdefault(shown, set()).add((liked, seen))
        worlds += sum(map(len, looks.values()))
        open_still += sum(len(each) for each in looks.values() if len({liked for liked, _ in each}) > 1)
    figures(
        "two reports and their sum, of Rounds that may be told",
        worlds=worlds, recovered=worlds - open_still, left_open=open_still,
    )  # fmt: skip
    assert open_still >= 0.6 * worlds


# --- Answers by kind of work --------------------------------------------------------------------

GROUPS = ("nursing", "clinical", "care", "community", "running", "")


def rounds_answered(chance):
    """Kind of work, "" for those who named none → value → number, of a few Rounds."""
    return [
        {group: answered(chance, *chance.choice([(0, 3), (4, 9), (8, 12), (10, 30)])) for group in GROUPS}
        for _ in range(chance.randint(1, 4))
    ]


def by_answers(round):
    """The rule."""
    return groups_to_add({group: round[group] for group in GROUPS if group}, answers=sum(round.values(), Counter()))


def by_size(round):
    """The control: each kind of work from 8 answers on, whatever is left beside it."""
    return {group for group in GROUPS if group and round[group].total() >= THRESHOLD}


def known(rounds, rule):
    """What an attacker knows the exact number of, as rows of 0 and 1 over (Round, kind of work): each sum of a kind of
    work after each Round, what each team knows of its own Round, and so every sum of all answers."""
    cells = [(number, group) for number in range(len(rounds)) for group in GROUPS]
    added = [rule(round) for round in rounds]
    sums = [
        {(number, group) for number in range(last + 1) if group in added[number]}
        for group in GROUPS
        for last in range(len(rounds))
    ]
    own = [{(number, group) for group in GROUPS} for number, round in enumerate(rounds)]
    return [[Fraction(cell in row) for cell in cells] for row in [*sums, *own] if row]


def reduced(rows):
    """Rows of which every other that follows from them is a sum, each led by a column of its own."""
    found = []
    for row in rows:
        row = less(row, found)
        if any(row):
            lead = next(n for n, each in enumerate(row) if each)
            row = [each / row[lead] for each in row]
            found = [(at, [a - other[lead] * b for a, b in zip(other, row, strict=True)]) for at, other in found]
            found.append((lead, row))
    return found


def less(row, basis):
    for lead, other in basis:
        if row[lead]:
            row = [a - row[lead] * b for a, b in zip(row, other, strict=True)]
    return row


def found_of_few(rounds, rule):
    """Parts of one Round whose exact answers follow from what is known, and which could not be shown by themselves."""
    basis, found = reduced(known(rounds, rule)), []
    for number, round in enumerate(rounds):
        for chosen in product((0, 1), repeat=len(GROUPS)):
            part = {group for group, there in zip(GROUPS, chosen, strict=True) if there and round[group]}
            answers = sum((round[group] for group in part), Counter())
            row = [Fraction(at == number and group in part) for at in range(len(rounds)) for group in GROUPS]
            # Kinds of work that nobody was of are known to be empty by whoever was there.
            empty = [
                [Fraction((at, group) == cell) for at in range(len(rounds)) for group in GROUPS]
                for cell in [(number, group) for group in GROUPS if not round[group]]
            ]
            if part and not stands_alone(answers) and not any(less(row, reduced([r for _, r in basis] + empty))):
                found.append((number, part))
    return found


def test_no_sum_of_a_kind_of_work_gives_away_what_a_few_answered(figures):
    """Neither those of a kind of work nor those that are left beside the others: by any sum or difference of what is
    shown, at whatever moment, and of what the teams know. A Round whose own answers stay closed adds nothing."""
    chance, recovered, control, added = random.Random(9), 0, 0, 0
    for _ in range(40):
        rounds = [round for round in rounds_answered(chance) if stands_alone(sum(round.values(), Counter()))]
        recovered += len(found_of_few(rounds, by_answers))
        control += len(found_of_few(rounds, by_size))
        added += sum(len(by_answers(round)) for round in rounds)
    figures("answers by kind of work", added=added, recovered=recovered, recovered_by_size_alone=control)
    assert recovered == 0
    assert control > 20
    assert added > 40
