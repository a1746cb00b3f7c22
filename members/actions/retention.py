"""Destroying what has had its time: class by class, a few rows to a transaction, by the clock.

Each class (``registry.keepings``) says what is due. What breaks off, wherever it does, has destroyed whole batches and
goes on with the rest at the next ring; two that run at once take turns, and each looks again before it destroys. When
all classes were gone through, the pass is noted: that is how a portal knows whether a database brought back from a
backup may be opened (``reports.retention.passed_at``). What could not be destroyed is noted beside its class, and is no
reason to close: nobody is shown a name that has had its time.
"""

import logging
from itertools import islice

from django.db import connection, transaction

from members.access import today
from members.models import Destruction, RetentionPass
from members.registry import keepings
from members.reports.retention import by_the_clock
from rounds_site.kit.acting import acting

logger = logging.getLogger(__name__)


def run(*, now, stopping=lambda: False):
    """One pass over every class, in the order of the table; the titles of those of which something is left. One that
    fails keeps no other waiting."""
    left = []
    for keeping in by_the_clock():
        try:
            whole = not stopping() and forget(keeping.name, now=now, stopping=stopping) is not None
        except Exception as error:  # noqa: BLE001 (whatever it is, the next class is to be tried)
            _log(keeping, error)
            whole = False
        left += [] if whole else [keeping.title]
    leave_no_bytes()
    if not stopping() and len(left) < len(by_the_clock()):
        RetentionPass.objects.update_or_create(name=RetentionPass.ALL, defaults={"done_at": now})
    return left


def forget(name, *, now, stopping=lambda: False):
    """How many rows of that class went, with whatever hung on them; None where some that are due are left. One batch
    that fails keeps those after it from nothing: with the oldest first, all would else wait for it for ever."""
    keeping, number, left = keepings[name], 0, 0
    for keys in _batches(keeping, now):
        if stopping():
            return None
        try:
            number += _forget_batch(keeping, keys, now)
        except Exception as error:  # noqa: BLE001 (whatever it is, the next batch is to be tried)
            _log(keeping, error)
            left += 1
    _note_the_end(keeping, left, now)
    return None if left else number


def _log(keeping, error):
    logger.error("What is due of the class %s could not be destroyed: %s", keeping.name, type(error).__name__)


def _batches(keeping, now):
    keys = _due(keeping, now)
    while batch := _next(keys, keeping.at_once):
        yield batch


@transaction.atomic
def _due(keeping, now):
    return iter(keeping.due(now))


@transaction.atomic
def _next(keys, most):
    return list(islice(keys, most))


@acting
def _forget_batch(keeping, keys, now):
    _take_turns(keeping)
    if number := keeping.forget(keys=keys, now=now):
        Destruction.objects.get_or_create(name=keeping.name, month=today(now).replace(day=1))
    return number


@transaction.atomic
def _note_the_end(keeping, left, now):
    _take_turns(keeping)
    RetentionPass.objects.filter(name=keeping.name).update(done_at=now, left=left)


def _take_turns(keeping):
    RetentionPass.objects.get_or_create(name=keeping.name)
    RetentionPass.objects.select_for_update().get(name=keeping.name)


def leave_no_bytes():
    """SQLite zeroes what it deletes, but its write-ahead log holds it until that is cut off. While somebody reads it
    stays, until the next pass or until the portal stops."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def rows_of(found):
    """{due, forget} of a class that is rows of one table and whatever hangs on them; `found(now)` are those due."""

    def due(now):
        return found(now).order_by("pk").values_list("pk", flat=True)

    def forget(*, keys, now):
        return found(now).filter(pk__in=keys).delete()[0]

    return {"due": due, "forget": forget}
