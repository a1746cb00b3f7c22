"""Where somebody lives, is reached or lay: postcodes, e-mail addresses, wards, beds and rooms."""

import re

from rounds.recognition.words import COUNTED, NO_NAME_OF_A_WARD, NUMBER_WORDS

POSTCODE = re.compile(
    r"(?<![a-z0-9])(gir|[a-pr-uwyz](?:[0-9]{1,2}|[0-9][a-hjkps-uw]|[a-hk-y][0-9](?:[0-9]|[abehmnprv-y])?))"
    r"[ -]{0,3}([0-9][abd-hjlnp-uw-z]{2})(?![a-z0-9])"
)
ORDINALS = {"1st", "2nd", "3rd"} | {f"{digit}th" for digit in "0456789"}

AT_SIGN = re.compile(r"@([a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,5})")
AT_SPELT = re.compile(
    r" ?(?:\(at\)|\[at\]| at ) ?[a-z0-9\-]{1,40}(?: ?(?:\(dot\)|\[dot\]| dot ) ?[a-z0-9\-]{1,40}){1,4}"
)
BACKWARDS = re.compile(r"[\w.+'%&\-]{1,64}+")

THING = r"(?:beds?|bed ?spaces?|bays?|wards?|side ?rooms?|rooms?|cubicles?|theatres?|cots?|incubators?|pods?|suites?)"
CODE = rf"(?:\d{{1,3}}[a-z]?|[a-z]{{1,2}}-?\d{{1,3}}[a-z]?|[a-z]|{NUMBER_WORDS})"
CODED = re.compile(
    rf"\b{THING}(?: number| no\.?| nr\.?)?[ -]{{1,3}}({CODE})(?:(?:,| and| to| or| ?&| ?/| ?-) ?{CODE}(?![\w']))?+"
    rf"(?![\w'&]|[:.]\d| ?%|[ -]{COUNTED})"
)
CODE_BEFORE = re.compile(r"(?<![\w-])(?:[a-z]{1,2}\d{1,3}|\d{1,3}[a-ln-z])(?= (?:ward|bay)\b)")
NAME_OF_A_WARD = re.compile(r"[A-Z][^\W\d_]*(?:['-][^\W\d_]+)*")
WARD = re.compile(r"\b(?:ward|hospice|care home|nursing home)\b")
FAR_ENOUGH = 60


def found(plain):
    yield from _postcodes(plain)
    yield from _emails(plain.low)
    yield from _codes(plain)
    yield from _names_of_wards(plain)


def _postcodes(plain):
    """“B33 9TH”, but not “on e2 4th”."""
    for match in POSTCODE.finditer(plain.low):
        if match[2] not in ORDINALS or plain.text[slice(*match.span(2))].isupper():
            yield (*match.span(), "postcode")


def _emails(low):
    for rule in (AT_SIGN, AT_SPELT):
        for match in rule.finditer(low):
            before = BACKWARDS.match(low[max(0, match.start() - 64) : match.start()][::-1])
            if before:
                yield match.start() - before.end(), match.end(), "email"


def _codes(plain):
    for match in CODED.finditer(plain.low):
        if _is_code(plain.text[slice(*match.span(1))]):
            yield (*match.span(), "ward")
    for match in CODE_BEFORE.finditer(plain.low):
        yield match.start(), plain.low.find(" ", match.end()) + 5, "ward"


def _is_code(code):
    """“Bay A”, not “the bed I lay in”; “bed two”, not “the ward one day”."""
    if len(code) == 1 and code.isalpha():
        return code.isupper() and code != "I"
    return code != "one"


def _names_of_wards(plain):
    for match in WARD.finditer(plain.low):
        words = plain.text[max(0, match.start() - FAR_ENOUGH) : match.start()].rstrip(" ").rsplit(" ", 2)
        name = words[-1].lstrip("\"'(")
        if NAME_OF_A_WARD.fullmatch(name) and name.lower() not in NO_NAME_OF_A_WARD:
            if len(words) > 1 and words[-2][:1].isupper() and words[-2].lower() not in NO_NAME_OF_A_WARD:
                name = f"{words[-2]} {name}"
            yield plain.text.rfind(name, 0, match.start()), match.end(), "ward"
