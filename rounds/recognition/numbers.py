"""Numbers that belong to one person: of patients and professionals, telephones."""

import re
from itertools import islice

NHS_DIGITS = 10
GROUP = re.compile(r"\d++")
GROUPS = re.compile(r"\d++(?:[ \t\n.\-()/]{1,3}\d++)*+")
MOST_GROUPS = 1_000  # of digits in one row: more are a table, not a telling
MOST_DIGITS = 15  # of the longest telephone number there is

# In each, group 1 is the number.
IN_CONTEXT = [
    ("patient_number", re.compile(r"\bnhs\b(?: number| no\b| num\b| #)[^\d\n]{0,20}(\d(?:[ -]?\d){9})(?!\d)")),
    (
        "patient_number",
        re.compile(
            r"\b(?:(?:hospital|patient|unit|chi|record|case|district)(?: id)? (?:number|no\b|num\b|id\b)|mrn\b)"
            r"[^\d\n]{0,12}?\b([a-z]{0,3}-?\d[\d -]{2,12}\d)(?!\d)"
        ),
    ),
    ("patient_number", re.compile(r"\b([a-z]{2} ?\d\d ?\d\d ?\d\d ?[a-d])\b")),
    (
        "professional",
        re.compile(
            r"\b(?:gmc|gphc|general medical council|general pharmaceutical council)\b"
            r"[^\d\n]{0,40}(\d(?:[ -]?\d){6})(?!\d)"
        ),
    ),
    ("professional", re.compile(r"\b(\d\d ?[a-l] ?\d{4} ?[a-z])\b")),
    (
        "professional",
        re.compile(
            r"\b(?:hcpc|swe|social work england|gdc|goc|gosc|gcc|bacp|ukcp|nmc|health and care professions council)\b"
            r"[^\d\n]{0,40}?\b([a-z]{0,3} ?-?\d{4,8})(?!\d)"
        ),
    ),
    (
        "professional",
        re.compile(r"\b(?:pin|registration|reg)\b(?: number| no\b)?[^\d\n]{0,12}?\b([a-z]{0,3} ?-?\d{5,8}[a-z]?)\b"),
    ),
    (
        "phone",
        re.compile(
            r"\b(?:ext|extn|extension|bleep|bleeped|pager|dect)\b\.?(?: me| us| her| him| on| number| no\b\.?|:| was"
            r"| is){0,3} {0,2}(#?\d{2,6})(?!\d)"
        ),
    ),
    (
        "phone",
        re.compile(
            r"\b(?:tel|telephone|phone|phoned|mobile|ring|rang|text|texted)\b[^\d\n]{0,20}(\d{3,5}[ -]?\d{3,4})(?!\d)"
        ),
    ),
]
YEAR = re.compile(r"(?:19|20)\d\d")


def found(low):
    yield from _in_context(low)
    yield from _by_their_digits(low)


def _in_context(low):
    for kind, rule in IN_CONTEXT:
        for match in rule.finditer(low):
            if not YEAR.fullmatch(match[1].strip()):
                yield (*match.span(1), kind)


def _by_their_digits(low):
    """Digits in whatever groups, up to three blanks, dashes or dots apart."""
    for together in GROUPS.finditer(low):
        if together.end() - together.start() >= NHS_DIGITS:
            groups = [group.span() for group in islice(GROUP.finditer(low, *together.span()), MOST_GROUPS)]
            yield from _numbers_among(low, groups)


def _numbers_among(low, groups):
    first = 0
    while first < len(groups):
        number = None if _goes_on(groups, first) else _number_from(low, groups, first)
        if number:
            start, first, kind = number
            yield start, groups[first][1], kind
        first += 1


def _goes_on(groups, first):
    """In “1 2 3 4 …” a number begins at the first of them only."""
    start, end = groups[first]
    return first > 0 and end - start <= 2 and end - start == groups[first - 1][1] - groups[first - 1][0]


def _number_from(low, groups, first):
    """Start, last group and kind of the number that begins with this group of digits: an NHS number, else the longest
    that can be a telephone number; or None."""
    start, best, digits = groups[first][0], None, ""
    plus = _plus_before(low, start)
    for last in range(first, len(groups)):
        digits += low[slice(*groups[last])]
        if len(digits) > MOST_DIGITS:
            break
        if len(digits) == NHS_DIGITS and is_nhs_number(digits):
            return start, last, "patient_number"
        if len(digits) >= NHS_DIGITS and is_phone(digits, plus=plus is not None):
            opened = start - (low[start - 1 : start] == "(")
            best = opened if plus is None else plus, last, "phone"
    return best


def _plus_before(low, start):
    """Where the plus of an international number stands, or None."""
    before = low[max(0, start - 2) : start]
    at = before.rfind("+")
    return start - len(before) + at if at >= 0 else None


def is_nhs_number(digits: str) -> bool:
    """Ten digits of which the last proves the others, modulo 11.

    >>> is_nhs_number("9993021571"), is_nhs_number("9993021572"), is_nhs_number("0000000000")
    (True, False, False)
    """
    weighed = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits[:9], strict=True))
    return (11 - weighed % 11) % 11 == int(digits[9]) and len(set(digits)) > 1


def is_phone(digits: str, *, plus=False) -> bool:
    """Of this country, or of another where a plus or two noughts stand before it.

    >>> is_phone("07700900123"), is_phone("447700900123", plus=True), is_phone("004402079460958"), is_phone("12345")
    (True, True, True, False)
    """
    if plus:
        return 10 <= len(digits) <= 15 and digits[0] != "0"
    if digits.startswith("00"):
        return 12 <= len(digits) <= 15
    if digits[0] == "0":
        return len(digits) in {10, 11} and digits[1] in "1235789"
    return len(digits) == 10 and digits[0] == "7"
