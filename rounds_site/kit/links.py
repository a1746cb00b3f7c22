"""Addresses: whole ones for letters, posters and diaries, signed ones that act alone, and those that only act."""

import uuid
from functools import cache, wraps

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.shortcuts import redirect
from django.urls import reverse


class NotOurs(Exception):
    """A token that was not made here, or for another purpose."""


@cache
def address(name):
    """The path of a page that takes no arguments: what stands on every page is looked up once.

    >>> address("home")
    '/'
    """
    return reverse(name)


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


def as_uuid(text):
    """The key that somebody's browser sent; None for what is no key, and nothing has that."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def verb(leads_back_to, *names):
    """A view that only acts, on a POST. Whoever had to sign in first comes back with a GET, which does nothing and
    leads to the page `leads_back_to`, whose address takes the arguments `names` of this one."""

    def decorated(view):
        @login_required
        @wraps(view)
        def answered(request, **arguments):
            if request.method == "POST":
                return view(request, **arguments)
            return redirect(leads_back_to, **{name: arguments[name] for name in names})

        return answered

    return decorated
