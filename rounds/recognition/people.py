"""Who: names after a title, names said as such, names of people who work here, and roles that few have."""

import re
from collections import defaultdict
from itertools import islice, pairwise

from rounds.recognition.plain import Plain
from rounds.recognition.words import (
    ALSO_WORDS,
    DAYS_AND_MONTHS,
    NOT_CALLED,
    OFTEN_CAPITAL,
    PARTICLES,
    PERSONS,
    POSTS,
    ROLE_WORDS,
    SMALL,
    TITLES_AS_WORDS,
    TITLES_IN_SHORT,
)

LETTER = r"[^\W\d_]"
WORD = re.compile(rf"{LETTER}(?:{LETTER}|['-](?={LETTER}))*+")
SIMPLE_WORD = re.compile(rf"{LETTER}++(?:'{LETTER}++)?")
GAP = re.compile(r"[ \t\n]{1,3}")
AND = re.compile(r" (?:and|&) ")
INITIAL_ENDS = re.compile(r"\.?")

SHORT = "|".join(TITLES_IN_SHORT)
SPELT = "|".join(title.replace("_", " ") for title in TITLES_AS_WORDS)
TITLE = re.compile(
    rf"(?<![\w'-])(?:(?P<short>{SHORT})\b\.?|(?:{SPELT})\b(?!')),?"
    rf"(?:[ \t\n]{{1,3}}(?:{SHORT}|sir|dame|lady)\b\.?){{0,2}}"
    r"[ \t\n]{0,3}"
)
NO_NAMES = SMALL | ROLE_WORDS | DAYS_AND_MONTHS | frozenset(TITLES_IN_SHORT)
ONE_OF_MANY = frozenset("the a an my our your his her their this that another each every which any no one some".split())

CALLED = re.compile(
    r"\b(?:(?:call|calls|called|calling)(?: (?:me|him|her|them|himself|herself))?|named"
    r"|names?(?:'s| is| was| were| of|:)|nicknamed|nickname(?: is| was|:)"
    r"|(?:known|knew (?:him|her|them|me))(?: to (?:all|us|everybody|everyone))? as"
    r"|goes by|went by|answers to|answered to|christened|baptised)(?: just)?[ \t\n]{1,3}[\"'(]{0,2}"
)
NO_NAMES_CALLED = NO_NAMES | NOT_CALLED

NO_PART_OF_A_NAME = PARTICLES | frozenset(TITLES_IN_SHORT)
MONTHS = frozenset("april may june august".split())
BEFORE_A_MONTH = frozenset(
    """in last this next of by since early late until till during from mid every before after end and or between to
    through around about""".split()
)
MOST_WORDS = 3_000  # of names in one text
MOST_NAMES = 8  # of one person, one after the other
BETWEEN_NAMES = {" ", "  ", "-"}
SENTENCE_ENDS = ".!?:\n"

ONLY = re.compile(r"\b(?:only|sole|lone)\b[ \t]")
MOST_WORDS_BETWEEN = 3
POST = re.compile(rf"\b{POSTS}\b")


def found(plain, names, roles):
    yield from _titled(plain)
    yield from _called(plain)
    yield from _staff(plain, names)
    yield from _roles(plain.low, roles)


def name_from(text, at, *, not_names, most=4, small_too=False):
    """Where the name that begins here ends, or None."""
    end = None
    for _ in range(most):
        word = WORD.match(text, at)
        if not word or not _may_be_a_name(word[0], not_names, small_too=small_too and end is None):
            break
        at = word.end()
        if word[0].lower() not in PARTICLES or word[0][0].isupper():
            end = at - 2 if word[0].endswith(("'s", "'S")) else at
        if len(word[0]) == 1:
            at = end = INITIAL_ENDS.match(text, at).end()
        gap = GAP.match(text, at)
        if not gap:
            break
        at = gap.end()
    return end


def _may_be_a_name(word, not_names, *, small_too):
    low = word.lower()
    if low.removesuffix("'s") in not_names:
        return False
    return small_too or low in PARTICLES or word != low or low == word.upper()


# --- After a title, or said to be a name --------------------------------------------------------


def _titled(plain):
    for match in TITLE.finditer(plain.low):
        end = _after_a_short_one(plain, match) if match["short"] else _after_a_word(plain, match)
        if end is not None:
            yield match.start(), end, "title"


def _after_a_short_one(plain, match):
    """“dr singh”, not “the dr said”; “Drs Iyer and Boateng” are two."""
    if "," in match[0] and match[0].rstrip().endswith(","):
        return None
    alone = _last_word(plain.low, match.start()) not in ONE_OF_MANY
    end = name_from(plain.text, match.end(), not_names=NO_NAMES, small_too=alone)
    another = AND.match(plain.low, end) if end and match["short"] == "drs" else None
    return (another and name_from(plain.text, another.end(), not_names=NO_NAMES)) or end


def _after_a_word(plain, match):
    """“Nurse Okafor” and “Nurse OKAFOR”, but not the shouted “NURSE CAME LATE”."""
    end = name_from(plain.text, match.end(), not_names=NO_NAMES)
    return None if end and plain.text[match.start() : end].isupper() else end


def _called(plain):
    for match in CALLED.finditer(plain.low):
        end = name_from(plain.text, match.end(), not_names=NO_NAMES_CALLED, most=3)
        if end is not None and not _is_acronym(plain.text[match.end() : end]):
            yield match.end(), end, "called"


def _is_acronym(word):
    return word.isupper() and 2 <= len(word) <= 5


def _last_word(low, at):
    words = low[max(0, at - 20) : at].rsplit(None, 1)
    return words[-1] if words else ""


# --- People who work here -----------------------------------------------------------------------


def _staff(plain, names):
    whose = defaultdict(set)
    for number, name in enumerate(names):
        for word in words_of(name):
            whose[word].add(number)
    here = {word for word in set(SIMPLE_WORD.findall(plain.low)) if _key(word) in whose}
    if not here:
        return
    named = (match for match in SIMPLE_WORD.finditer(plain.low) if match[0] in here)
    words = [(*match.span(), whose[_key(match[0])]) for match in islice(named, MOST_WORDS)]
    for first, last in _runs(plain, words):
        start, end = words[first][0], words[last][1]
        if first != last or _stands_as_a_name(plain, start, end):
            yield start, end - 2 * plain.low.endswith("'s", start, end), "staff"


def words_of(name) -> set[str]:
    """As they are compared: in small letters, without accents and apostrophes, each part of a double name by itself.

    >>> sorted(words_of("Dr Zoë O'Hara-de Wit"))
    ['ohara', 'wit', 'zoe']
    """
    return {_key(word) for word in SIMPLE_WORD.findall(Plain(name).low)} - NO_PART_OF_A_NAME


def _key(word):
    return word.removesuffix("'s").replace("'", "")


def _runs(plain, words):
    """From the first to the last of neighbouring words that are names of one person."""
    first = 0
    while first < len(words):
        last, of = first, words[first][2]
        for (_, end, _), (start, _, others) in pairwise(words[first : first + MOST_NAMES]):
            of = of & others
            if not of or plain.low[end:start] not in BETWEEN_NAMES or not plain.text[start].isupper():
                break
            last += 1
        yield first, last
        first = last + 1


def _stands_as_a_name(plain, start, end):
    """“I asked Rose”, not “the rose”, “Rose petals” or “in May”."""
    word, key = plain.text[start:end], _key(plain.low[start:end])
    if len(key) < 2 or key in OFTEN_CAPITAL:
        return False
    if key not in ALSO_WORDS and key not in SMALL and len(key) > 2:
        return True
    if not (word[0].isupper() and word[1:].islower()):
        return False
    before = plain.text[max(0, start - 20) : start].rstrip(" \t\"'(")
    if not before or before[-1] in SENTENCE_ENDS:
        return False
    return key not in MONTHS or not (_last_word(plain.low, start) in BEFORE_A_MONTH or before[-1].isdigit())


# --- Roles that few have ------------------------------------------------------------------------


def _roles(low, roles):
    for match in ONLY.finditer(low):
        end = _end_of_role(low, match.end())
        if end:
            yield match.start(), end, "role"
    for match in POST.finditer(low):
        yield (*match.span(), "role")
    given = "|".join(re.escape(Plain(role).low) for role in sorted(roles, key=len, reverse=True) if role.strip())
    if given:
        for match in re.finditer(rf"(?<!\w)(?:{given})(?!\w)", low):
            yield (*match.span(), "role")


def _end_of_role(low, at):
    """“only male midwife”, not “only a nurse” or “only one who was a nurse”."""
    for _ in range(MOST_WORDS_BETWEEN + 1):
        word = WORD.match(low, at)
        if not word or word[0] in SMALL:
            return None
        if word[0] in ROLE_WORDS or word[0] in PERSONS:
            return _last_role(low, word)
        at = word.end() + 1
    return None


def _last_role(low, word):
    """“support worker” is one role."""
    following = WORD.match(low, word.end() + 1)
    return following.end() if following and following[0] in ROLE_WORDS else word.end()
