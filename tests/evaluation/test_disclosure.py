"""The gate of all figures, with numbers of every size."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from evaluation import disclosure
from evaluation.disclosure import Figure, item_share, may_be_shown, most_forms, rounded, total

SCALE = [1, 2, 3, 4, 5]
answers = st.dictionaries(st.sampled_from(SCALE), st.integers(0, 60))


def test_the_examples_hold():
    assert doctest.testmod(disclosure).failed == 0


@given(st.integers(0, 5000))
def test_a_number_is_hidden_or_within_two_of_the_truth_and_a_multiple_of_five(number):
    shown = rounded(number)
    if number < 8:
        assert shown is None
    else:
        assert shown % 5 == 0
        assert abs(shown - number) <= 2


@given(st.lists(st.integers(0, 300)))
def test_a_total_is_the_sum_of_what_is_shown_and_of_nothing_else(numbers):
    shown = [rounded(number) for number in numbers]
    assert total(shown) == Figure(sum(filter(None, shown)), shown.count(None))


@given(answers)
def test_an_item_below_eight_answers_is_never_shown(counts):
    share = item_share(counts, scale=SCALE, outside=True)
    assert (share is None) == (sum(counts.values()) < 8)


@given(answers, st.booleans())
def test_below_eleven_answers_nothing_says_what_everyone_answered(counts, outside):
    n = sum(counts.values())
    share = item_share(counts, scale=SCALE, outside=outside)
    if not 8 <= n < 11:
        return
    favourable = counts.get(4, 0) + counts.get(5, 0)
    if favourable in (0, 1, n - 1, n):
        assert share.favourable_per_cent is None
        assert (share.distribution, share.parts) == (None, None)
        assert share.favourable in ("all or nearly all", "none or nearly none")
    if max(counts.values()) >= n - 1:
        assert (share.distribution, share.parts) == (None, None)


@given(answers)
def test_the_parts_of_a_bar_add_up_to_a_hundred_and_to_the_share_that_is_told(counts):
    share = item_share(counts, scale=SCALE)
    if share is None or share.parts is None:
        return
    n = sum(counts.values())
    assert sum(share.parts.values()) == 100
    assert share.parts[4] + share.parts[5] == share.favourable_per_cent
    assert all(abs(part - 100 * counts.get(value, 0) / n) < 1 for value, part in share.parts.items())


@given(answers)
def test_outside_the_team_the_number_of_answers_is_to_the_nearest_five(counts):
    n = sum(counts.values())
    if n >= 8:
        assert item_share(counts, scale=SCALE, outside=True).n == rounded(n)
        assert item_share(counts, scale=SCALE, outside=False).n == n


def test_all_and_nearly_all_read_the_same():
    everyone = item_share({5: 10}, scale=SCALE, outside=False)
    all_but_one = item_share({5: 9, 1: 1}, scale=SCALE, outside=False)
    assert everyone == all_but_one


def test_forms_and_people_both_bind_what_is_shown():
    assert may_be_shown(forms=8, present=8)
    assert not may_be_shown(forms=7, present=40)
    assert not may_be_shown(forms=40, present=7)


def test_a_box_takes_six_forms_for_five_people():
    assert [most_forms(people) for people in (0, 1, 4, 5, 60)] == [0, 1, 4, 6, 72]
