"""The code of one place at one Round, which the door reads from somebody's phone. Pure.

It is made from the key of the booking and the portal's secret, so it says nothing by itself, no list of codes is kept,
and it ends with the place: a new one has another.
"""

from django.utils.crypto import salted_hmac

# No 0 O 1 I L, which look alike; no vowels, so that no code is a word.
ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"
PLACE_LENGTH = 8


def plain(code: str) -> str:
    """A code as it is compared, however it was typed.

    >>> plain(" k7m-3ht ")
    'K7M3HT'
    """
    return "".join(each for each in code.upper() if each.isalnum())


def place_code(key) -> str:
    """What the owner of the booking with that key shows at the door, in two parts.

    >>> place_code("one booking") == place_code("one booking") != place_code("another")
    True
    """
    number = int.from_bytes(salted_hmac("place", str(key), algorithm="sha256").digest())
    letters = []
    for _ in range(PLACE_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters[:4]) + "-" + "".join(letters[4:])
