"""Addresses that leave the portal in a letter, on a poster or in a diary: whole, and signed where they act alone."""

import uuid

from django.conf import settings
from django.core import signing
from django.urls import reverse


class NotOurs(Exception):
    """A token that was not made here, or for another purpose."""


def absolute_url(name, *args, **kwargs):
    """The whole address of a page; from PORTAL_URL, never from a request's own Host header.

    >>> absolute_url("home").startswith(settings.PORTAL_URL)
    True
    """
    return settings.PORTAL_URL + reverse(name, args=args, kwargs=kwargs)


def sign(key, *, purpose):
    """A token that carries the key of a record and works for one purpose only. It does not lapse.

    >>> key = uuid.uuid4()
    >>> unsign(sign(key, purpose="stop"), purpose="stop") == key
    True
    """
    return signing.Signer(salt=f"link:{purpose}").sign(uuid.UUID(str(key)).hex)


def unsign(token, *, purpose):
    """The key in the token; NotOurs where anything about it is wrong."""
    try:
        return uuid.UUID(signing.Signer(salt=f"link:{purpose}").unsign(token))
    except (signing.BadSignature, ValueError):
        raise NotOurs from None
