"""How a story lies in the database: sealed, in one length, for its own place alone. Pure.

AES-256-GCM under a key that is made for one version of one story. Bound to it are the story, its owner and the version,
so that a row that was altered, put in another's place or put back does not open.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Characters of a story: some ten minutes of speech. Whatever is written takes as many bytes as any other.
LIMIT = 8000
LENGTH = 32 * 1024
KEY, NONCE, TAG, SIZE = 32, 12, 16, 4
SEALED_LENGTH = NONCE + LENGTH + TAG


class CannotOpen(Exception):
    """It was not sealed with this key, for this place and in this version, or has been changed since."""


def new_key() -> bytes:
    return AESGCM.generate_key(8 * KEY)


def seal(text: str, *, key: bytes, story, owner, version: int) -> bytes:
    said = text.encode()
    if len(said) > LENGTH - SIZE:
        raise ValueError("a story does not fit into its length")
    whole = (len(said).to_bytes(SIZE, "big") + said).ljust(LENGTH, b"\0")
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, whole, _bound_to(story, owner, version))


def unseal(sealed: bytes, *, key: bytes, story, owner, version: int) -> str:
    sealed = bytes(sealed)
    try:
        whole = AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], _bound_to(story, owner, version))
    except (InvalidTag, ValueError):
        raise CannotOpen from None
    length = int.from_bytes(whole[:SIZE], "big")
    return whole[SIZE : SIZE + length].decode()


def _bound_to(story, owner, version) -> bytes:
    return f"{story}:{owner}:{version}".encode()
