"""How a form lies in the box."""

import doctest
import json

from hypothesis import given
from hypothesis import strategies as st

from evaluation import sealing
from evaluation.sealing import COMMENT_LIMIT, LENGTH, MOST_ITEMS, NOTHING, normalised, packed, unpacked
from evaluation.states import BROAD_GROUPS

texts = st.text(max_size=COMMENT_LIMIT)


@given(texts, st.integers(0, MOST_ITEMS), st.sampled_from(["", *BROAD_GROUPS]))
def test_every_form_has_one_length_and_comes_out_as_it_went_in(comment, items, group):
    answers = {f"{number:036}": 5 for number in range(items)}
    content = packed(answers=answers, comment=comment, group=group)
    assert len(content.encode()) == LENGTH
    assert unpacked(content) == (answers, normalised(comment), group)


def test_the_longest_form_there_can_be_fits():
    answers = {f"{number:036}": 5 for number in range(MOST_ITEMS)}
    for character in ("𝄞", '"', "\\", "é"):
        assert len(packed(answers=answers, comment=character * COMMENT_LIMIT, group="community").encode()) == LENGTH


@given(st.text() | st.integers().map(json.dumps) | st.lists(st.integers()).map(json.dumps))
def test_a_row_that_is_no_form_says_nothing(content):
    assert unpacked(content) == NOTHING


def test_habits_of_writing_are_evened_out():
    assert normalised("  cafe\u0301  \r\n\r\n\u200bso   it\tgoes\x00 ") == "café\nso it goes"
    assert doctest.testmod(sealing).failed == 0
