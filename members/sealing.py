"""Secrets that the portal itself must read again: of sign-in providers, and of the apps on people's phones.

AES-256-GCM with a key drawn from the site's secret, one for each purpose. With the database alone, or with a backup of
it, nobody reads them; with another SECRET_KEY neither can the portal.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12


class CannotOpen(Exception):
    """It was sealed with another SECRET_KEY or for another purpose, or has been changed since."""


def _cipher(purpose):
    key = HKDF(SHA256(), 32, salt=None, info=f"members.sealing: {purpose}".encode())
    return AESGCM(key.derive(settings.SECRET_KEY.encode()))


def seal(text, *, purpose):
    """Text of base64 that holds the nonce and what was sealed."""
    nonce = os.urandom(NONCE)
    return base64.b64encode(nonce + _cipher(purpose).encrypt(nonce, text.encode(), None)).decode()


def unseal(sealed, *, purpose):
    try:
        raw = base64.b64decode(sealed, validate=True)
        return _cipher(purpose).decrypt(raw[:NONCE], raw[NONCE:], None).decode()
    except (ValueError, InvalidTag):
        raise CannotOpen from None
