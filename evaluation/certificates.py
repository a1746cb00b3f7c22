"""Certificates of attendance that prove themselves, so that nothing of them is kept here. Pure.

A certificate says three things, a name, a day and how long it was, and carries a code that only this portal can make
for just these three. Whoever wants to check one brings all four: no list of certificates exists, and no account is
asked for. Codes of an earlier SECRET_KEY count as long as it stands among SECRET_KEY_FALLBACKS.
"""

import unicodedata

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from rounds.codes import ALPHABET, plain

LENGTH, PART = 16, 4  # 76 bits


def code_for(*, name, day, minutes) -> str:
    """The code as it is printed.

    >>> from datetime import date
    >>> bens, his = (code_for(name=name, day=date(2027, 8, 4), minutes=60) for name in ("Ben Booker", "Ben Brooker"))
    >>> len(bens), bens == his
    (19, False)
    """
    code = _code(settings.SECRET_KEY, name, day, minutes)
    return "-".join(code[start : start + PART] for start in range(0, LENGTH, PART))


def is_genuine(*, name, day, minutes, code) -> bool:
    """Whether the code was made here for these three. Capitals and spaces in a name do not count, as people type them.

    >>> from datetime import date
    >>> code = code_for(name="Ben Booker", day=date(2027, 8, 4), minutes=60)
    >>> is_genuine(name=" ben  booker", day=date(2027, 8, 4), minutes=60, code=code.lower().replace("-", " "))
    True
    >>> is_genuine(name="Ben Booker", day=date(2027, 8, 4), minutes=90, code=code)
    False
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(_code(key, name, day, minutes), plain(code)) for key in keys)


def _code(key, name, day, minutes):
    """The name goes last, and what comes before it has one form only: no two certificates are the same text."""
    said = f"{day.isoformat()}:{int(minutes)}:{_as_compared(name)}"
    value = int.from_bytes(salted_hmac("certificate of attendance", said, key, algorithm="sha256").digest())
    letters = []
    for _ in range(LENGTH):
        value, digit = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters)


def _as_compared(name):
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
