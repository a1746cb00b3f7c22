"""The portal as the races run it: it writes down the order of the lock and, when told to, works without it.

MUTATE=no_booking_lock takes the lock of the Round away, so that one can see the races turn red:
``MUTATE=no_booking_lock bin/test tests/races``. The product itself has no such switch.
"""

import os
import time

from rounds_site.wsgi import application

# isort: split
# Models can be imported only now that the line above has set the apps up.
from django.db import connection
from django.db.models import Max

from rounds.actions import places, registration
from rounds.models import Round
from rounds_site.kit.acting import on_round

__all__ = ["application"]

ORDER = os.environ["ORDER_OF_THE_LOCK"]
# Fewer than one process of the web server has threads, so that a wave fills however requests are shared out.
WAVE = 8
PATIENCE = 20

enter = registration._enter


def recorded(booking, counted, now):
    """Called while the Round is locked; one short line appended is written whole."""
    write_down(booking.person)
    return enter(booking, counted, now)


def write_down(person):
    with open(ORDER, "a") as order:
        order.write(f"{person.pk}\n")


def in_waves(booking, counted, now):
    """A whole wave has counted the places before the first of it enters: overbooking then needs no luck.

    They enter one by one and with numbers counted anew, since these are unique in the database.
    """
    write_down(booking.person)
    own, deadline = written_down(), time.monotonic() + PATIENCE
    while written_down() < -(-own // WAVE) * WAVE and time.monotonic() < deadline:
        time.sleep(0.01)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1)")
    counted.last = booking.round.bookings.aggregate(last=Max("queue_number"))["last"] or 0
    return enter(booking, counted, now)


def written_down():
    with open(ORDER) as order:
        return sum(1 for _ in order)


def without_waiting(pk):
    on_round(pk)
    return Round.objects.get(pk=pk)


registration._enter = recorded
if os.environ.get("MUTATE") == "no_booking_lock":
    places.lock = without_waiting
    registration._enter = in_waves
    # Writing the words for how many places are left takes the Round's row as well.
    registration.update_words = lambda round, counted: None
