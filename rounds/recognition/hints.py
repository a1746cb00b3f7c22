"""The one question that is asked: what in this text may give somebody away?"""

from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from rounds.recognition import numbers, people, places, times
from rounds.recognition.plain import Plain


class Kind(StrEnum):
    """In the order in which they win where two rules see the same words."""

    PATIENT_NUMBER = "patient_number"
    PROFESSIONAL = "professional"
    EMAIL = "email"
    PHONE = "phone"
    POSTCODE = "postcode"
    TITLE = "title"
    STAFF = "staff"
    CALLED = "called"
    DATE = "date"
    AGE = "age"
    ROLE = "role"
    WARD = "ward"


MOST_HINTS = 1_000  # of numbers, places, times and people each: nobody reads more, and no text may take for ever
RANK = {kind: rank for rank, kind in enumerate(Kind)}
WHY = {
    Kind.PATIENT_NUMBER: "looks like a patient’s number",
    Kind.PROFESSIONAL: "looks like a professional’s registration number",
    Kind.EMAIL: "looks like an email address",
    Kind.PHONE: "looks like a telephone number",
    Kind.POSTCODE: "looks like a postcode",
    Kind.TITLE: "may name somebody",
    Kind.STAFF: "is the name of somebody who works here",
    Kind.CALLED: "may name somebody",
    Kind.DATE: "tells a day",
    Kind.AGE: "tells of a great age",
    Kind.ROLE: "few people have this role",
    Kind.WARD: "tells a ward, a bed or a room",
}


class Hint(NamedTuple):
    """``text[start:end]`` may give somebody away, because of what `why` says in plain words."""

    start: int
    end: int
    kind: Kind
    why: str


def hints(text, *, names=(), roles=()) -> list[Hint]:
    """What may give somebody away, in the order of the text; no two overlap. Advice, and never a promise: a text
    without a hint may still tell who it is about.

    `names` are full names of people who work where the text is about, and are found whole, whatever their case and
    accents; those that are ordinary words, like Will and May, only where they stand as names. `roles` are those of
    which there is hardly more than one. The time it takes grows with the length of the text
    only; of a text that is all hints it names the first thousands.

    >>> [(hint.kind.value, hint.why) for hint in hints("Dr Patel came.")]
    [('title', 'may name somebody')]
    """
    plain = Plain(text)
    rules = numbers.found(plain.low), places.found(plain), times.found(plain), people.found(plain, names, roles)
    found = [each for rule in rules for each in islice(rule, MOST_HINTS)]
    return [_hint(plain, *each) for each in _without_overlaps(found)]


def _without_overlaps(found):
    """Where two rules see the same words they become one, and the stronger says why."""
    kept = []
    for start, end, kind in sorted((start, end, Kind(kind)) for start, end, kind in found):
        if kept and start < kept[-1][1]:
            begun, until, before = kept[-1]
            kept[-1] = (begun, max(until, end), min(before, kind, key=RANK.get))
        else:
            kept.append((start, end, kind))
    return kept


def _hint(plain, start, end, kind):
    return Hint(*plain.written(start, end), kind, WHY[kind])
