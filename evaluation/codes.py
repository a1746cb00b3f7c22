"""The codes under which a box is found: one for the room, and one on each printed card. Pure.

A card's code is 60 bits: 20 that differ from card to card and 40 that only the holder of the deck's secret can make.
So no list of cards is kept, a made-up code is one in a million millions, and a card casts once, because its ballot
follows from its code. Cards are drawn from a bowl: nobody knows who holds which.
"""

import hmac
import secrets
from uuid import UUID

from rounds.codes import ALPHABET

ROOM_LENGTH = 6
CARD_LENGTH = 13
OWN_BITS, CHECK_BITS = 20, 40


def new_room_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(ROOM_LENGTH))


def in_parts(code: str) -> str:
    """As it is printed and read out.

    >>> in_parts("K7M3HT"), in_parts("K7M3HTB2WXQ4F")
    ('K7M-3HT', 'K7M3-HTB2-WXQ4F')
    """
    if len(code) == CARD_LENGTH:
        return f"{code[:4]}-{code[4:8]}-{code[8:]}"
    return f"{code[: len(code) // 2]}-{code[len(code) // 2 :]}"


def card_codes(key: bytes, number: int) -> list[str]:
    """The codes of the first `number` cards of a deck, always the same, no two alike, in no order that means anything.

    >>> codes = card_codes(b"deck", 50)
    >>> len(set(codes)), codes == card_codes(b"deck", 50), all(is_card(b"deck", code) for code in codes)
    (50, True, True)
    >>> is_card(b"another deck", codes[0]), is_card(b"deck", codes[0][:-1] + "B")
    (False, False)
    """
    codes, serial = {}, 0
    while len(codes) < number:
        codes[_code(key, _bits(key, "own", serial, OWN_BITS))] = None
        serial += 1
    return list(codes)


def is_card(key: bytes, code: str) -> bool:
    value = _number(code)
    if value is None or value >> (OWN_BITS + CHECK_BITS):
        return False
    return hmac.compare_digest(_code(key, value >> CHECK_BITS), code)


def ballot_of(key: bytes, code: str) -> UUID:
    """The ballot of a card: whoever sees one in the box cannot tell the code, and the same card is the same ballot."""
    return UUID(bytes=hmac.digest(key, f"ballot:{code}".encode(), "sha256")[:16])


def _code(key, own):
    value = own << CHECK_BITS | _bits(key, "check", own, CHECK_BITS)
    letters = []
    for _ in range(CARD_LENGTH):
        value, digit = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))


def _number(code):
    if len(code) != CARD_LENGTH or set(code) - set(ALPHABET):
        return None
    value = 0
    for letter in code:
        value = value * len(ALPHABET) + ALPHABET.index(letter)
    return value


def _bits(key, purpose, number, bits):
    digest = hmac.digest(key, f"{purpose}:{number}".encode(), "sha256")
    return int.from_bytes(digest) >> (256 - bits)
