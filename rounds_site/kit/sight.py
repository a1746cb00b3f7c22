"""Who is asking, said to PostgreSQL: of guarded tables it then shows only what that person may see.

What is said holds for one transaction (``set_config(…, true)``), so a pooler that hands out a connection per
transaction passes it on to nobody. Other engines are told nothing.
"""

from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import wraps

from django.db import connection, transaction
from django.http import FileResponse

_said = ContextVar("said", default=None)


def said():
    """What holds now, {name: key}; None outside every sight."""
    return _said.get()


@contextmanager
def seen_by(person):
    """What is read in this block is what that person may see. Without it nobody sees anything of a guarded table."""
    with frame(reading()):
        say(person=person.pk)
        yield


@contextmanager
def at_the_door(round):
    """What is read in this block is what a helper's device may see that was let in to the check-in of one Round."""
    with frame(reading()):
        say(door=round.pk)
        yield


def reading(**options):
    """One transaction on PostgreSQL; none elsewhere, since SQLite locks its file with each."""
    return transaction.atomic(**options) if connection.vendor == "postgresql" else nullcontext()


@contextmanager
def frame(transaction_of_it):
    """What is said in this block ends with it, whether it succeeds or not."""
    inner, before = connection.in_atomic_block, _said.get()
    token = _said.set(before or {})
    try:
        with transaction_of_it:
            yield
            # A transaction that ends, or goes back to its savepoint, forgets by itself.
            if inner and not connection.needs_rollback:
                _tell({name: (before or {}).get(name, "") for name in _said.get() if _differs(name, before)})
    finally:
        _said.reset(token)


def _differs(name, before):
    return _said.get().get(name) != (before or {}).get(name, "")


def say(**keys):
    if _said.get() is None:
        raise RuntimeError("Outside a frame nothing would end what is said here.")
    keys = {name: str(key) for name, key in keys.items()}
    _said.set(_said.get() | keys)
    _tell(keys)


def _tell(keys):
    if not keys or connection.vendor != "postgresql":
        return
    calls = ", ".join(["set_config(%s, %s, true)"] * len(keys))
    values = [part for name, key in keys.items() for part in (f"portal.{name}", key)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", values)


def in_own_sight(view):
    """A view whose reads are those of whoever is signed in; for nobody it changes nothing."""

    @wraps(view)
    def seen(request, *args, **kwargs):
        # Below COOKIELESS_PATHS there is no user at all.
        person = getattr(request, "user", None)
        if person is None or not person.is_authenticated:
            return view(request, *args, **kwargs)
        with seen_by(person):
            response = view(request, *args, **kwargs)
        # A file is written already.
        if response.streaming and not isinstance(response, FileResponse):
            raise RuntimeError("What streams is read when the sight has ended.")
        return response

    return seen
