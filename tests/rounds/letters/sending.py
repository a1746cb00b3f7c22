"""Rounds that are booked, moved and called off, and what leaves for whom then."""

import datetime as dt
from collections import Counter

from django.core import mail

from members.actions import correspondence
from members.models import Delivery
from rounds.actions import postponing, registration, scheduling
from rounds.states import Way
from tests.worlds import NOON

DAY, HOUR, MINUTE = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)
MESSAGE = "You have a message in the Rounds portal"


def book(round, person, now=NOON):
    return registration.book(round=round, person=person, way=Way.IN_PERSON, now=now)


def move(round, by, now=NOON, **changes):
    changes = changes or {"starts_at": round.starts_at + 7 * DAY, "ends_at": round.ends_at + 7 * DAY}
    return scheduling.move(round=round, changes=changes, seen_version=round.version, by=by, now=now)


def call_off(round, by, now=NOON, reason=""):
    return scheduling.cancel_round(round=round, reason=reason, seen_version=round.version, by=by, now=now)


def postpone(round, by, now=NOON, reason=""):
    return postponing.postpone(round=round, reason=reason, seen_version=round.version, by=by, now=now)


def find_a_date(round, by, starts_at=None, now=NOON):
    """A week after the day that it had, unless said."""
    starts_at = starts_at or round.starts_at + 7 * DAY
    changes = {"starts_at": starts_at, "ends_at": starts_at + HOUR}
    return postponing.set_new_date(round=round, changes=changes, seen_version=round.version, by=by, now=now)


def delivered(now=NOON):
    """[(address, subject)] of what leaves now."""
    mail.outbox.clear()
    while correspondence.dispatch(now=now):
        pass
    return sorted((letter.to[0], letter.subject) for letter in mail.outbox)


def meanwhile(change):
    """For `stopping`: what happens once a batch has been read and before the first letter of it leaves."""
    happens = iter([change])
    return lambda: next(happens, lambda: None)() and False


def kinds(**filters):
    return Counter(Delivery.objects.filter(**filters).values_list("kind", "state"))


def only_statements(queries):
    framing = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in queries if not query["sql"].startswith(framing)]
