"""What the assistant finds in sentences that were written for it, and how long hostile text may take it."""

import doctest
import re
import time
import tomllib
from functools import cache
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rounds.recognition import Kind, hints, pieces
from rounds.recognition.numbers import is_nhs_number

HERE = Path(__file__).with_name("recognition")
MARKED = re.compile("«([^»]*)»")
FLOORS = {
    Kind.PATIENT_NUMBER: 1,
    Kind.PROFESSIONAL: 1,
    Kind.PHONE: 1,
    Kind.EMAIL: 1,
    Kind.POSTCODE: 0.99,
    Kind.TITLE: 0.95,
}
OTHER_KINDS, FALSE_ALARMS = 0.9, 0.1


@cache
def corpus():
    files = [tomllib.loads(path.read_text()) for path in sorted(HERE.glob("*.toml"))]
    return {name: sentences for file in files for name, sentences in file.items()}


@cache
def staff():
    return corpus()["names"]


def read(sentence):
    """The sentence without its marks, and the spans that they marked."""
    text, spans, done = "", [], 0
    for match in MARKED.finditer(sentence):
        text += sentence[done : match.start()]
        spans.append((len(text), len(text) + len(match[1])))
        text, done = text + match[1], match.end()
    return text + sentence[done:], spans


def missed(sentence, kind):
    text, spans = read(sentence)
    found = [(hint.start, hint.end) for hint in hints(text, names=staff()) if hint.kind == kind]
    return [text[start:end] for start, end in spans if not any(a <= start and end <= b for a, b in found)]


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_what_may_give_somebody_away_is_found(kind, figures):
    marked = sum(len(read(sentence)[1]) for sentence in corpus()[kind])
    not_found = [each for sentence in corpus()[kind] for each in missed(sentence, kind)]
    found = marked - len(not_found)
    figures("recognisable", **{f"{kind} of": marked, f"{kind} found": found})
    assert found / marked >= FLOORS.get(kind, OTHER_KINDS), not_found


def test_a_sentence_that_tells_nothing_is_left_alone(figures):
    alarms = [sentence for sentence in corpus()["nothing"] if hints(sentence, names=staff())]
    figures("recognisable", nothing=len(corpus()["nothing"]), **{"false alarms": len(alarms)})
    assert len(alarms) <= FALSE_ALARMS * len(corpus()["nothing"]), alarms


# --- Hostile text -------------------------------------------------------------------------------

LONG = 100_000
MOST_TIMES = 3
HOSTILE = {
    "digits": "1",
    "spaced digits": "1 ",
    "digits, far apart": "7   ",
    "noughts and pluses": "+0(",
    "blanks": " ",
    "line ends": "\n",
    "titles": "Dr ",
    "titles and blanks": "Mr.   ",
    "a title and initials": "Dr A. ",
    "spelt titles": "staff nurse ",
    "names": "Rose Ward ",
    "letters": "a",
    "capitals": "A",
    "capital words": "Aa ",
    "hyphens": "Dr a-",
    "apostrophes": "O'",
    "quotes": "called \"'(",
    "called": "called him ",
    "nested quotes": '“‘"',
    "at signs": "@",
    "addresses": "a@a.",
    "addresses without an end": "a.a@" + "a" * 62 + ".",
    "spelt addresses": "a at a dot ",
    "no width": "\u200b",
    "no width in a title": "D\u200br\u200b ",
    "wide digits": "９",
    "blanks that do not break": "\u00a0",
    "accents": "e\u0301",
    "other letters": "漢",
    "months": "may ",
    "days of months": "1 of may ",
    "dates": "1/1/",
    "slashes": "1/",
    "weekdays": "sun, the ",
    "ages": "she was 9",
    "spelt ages": "ninety ",
    "beds": "bed ",
    "beds in a row": "bed 1, 1 and ",
    "wards": "Ward ",
    "only": "only ",
    "only, a little further": "only aa bb cc ",
    "posts": "head of aaa and ",
    "context of numbers": "nhs number ",
    "registrations": "gmc registration pin ",
    "bleeps": "bleep me on ",
    "postcodes": "a1 ",
    "twins of postcodes": "a11a1",
}


@cache
def ordinary():
    return " ".join(corpus()["nothing"] * 1000)[:LONG]


@pytest.mark.parametrize("shape", HOSTILE)
def test_hostile_text_takes_hardly_longer_than_other_text(shape, figures):
    """Beside ordinary text of its length; what else the machine does spoils a try or two, not all twenty."""
    text = (HOSTILE[shape] * LONG)[:LONG]
    tries = (seconds_for(text) / seconds_for(ordinary()) for _ in range(20))
    figures("recognisable", **{"hostile texts": 1})
    assert any(times < MOST_TIMES for times in tries)


def seconds_for(text):
    begun = time.process_time()
    hints(text, names=staff(), roles=["play specialist"])
    return time.process_time() - begun


# --- The smaller parts --------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["hints", "numbers", "people", "pieces"])
def test_the_examples_in_the_docstrings(module):
    tried = doctest.testmod(import_module(f"rounds.recognition.{module}"))
    assert (tried.failed, tried.attempted > 0) == (0, True)


def test_a_hint_stands_where_it_was_written():
    """Whatever the text holds that nobody sees: what is marked is cut out of the very text."""
    text = "Z\u200bo\u0308e, ﬁrst: \u2067Dr\u00a0Pat\u200bel\u2069 on ９９９ 302 1571; ﬂu"
    assert [text[hint.start : hint.end] for hint in hints(text, names=["Zoe Carr"])] == [
        "Z\u200bo\u0308e",
        "Dr\u00a0Pat\u200bel\u2069",
        "９９９ 302 1571",
    ]


@given(st.text(alphabet=st.one_of(st.sampled_from("Dr .-'0179@()Aae\u0301\u200b\n’ß"), st.characters()), max_size=200))
def test_hints_stand_in_order_within_the_text_and_never_overlap(text):
    ends = [0]
    for hint in hints(text, names=["Rose May"], roles=["ae"]):
        assert ends[-1] <= hint.start < hint.end <= len(text)
        ends.append(hint.end)
    assert "".join(piece.text for piece in pieces(text, hints(text))) == text


def test_every_change_of_one_digit_of_an_nhs_number_is_another_number():
    number = "9993021571"
    for place, digit in product(range(10), "0123456789"):
        changed = number[:place] + digit + number[place + 1 :]
        assert is_nhs_number(changed) == (changed == number)


def test_roles_that_are_given_are_found_whole():
    text = "The perfusionist, not perfusionists, and the Perfusionist’s friend"
    found = [text[hint.start : hint.end] for hint in hints(text, roles=["perfusionist"])]
    assert found == ["perfusionist", "Perfusionist"]
