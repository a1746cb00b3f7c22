"""The portal as the races run it: it writes down the order of the lock and, when told to, works without it.

MUTATE=no_booking_lock takes the lock of the Round away, so that one can see the races turn red:
``MUTATE=no_booking_lock bin/test tests/races``. The product itself has no such switch.
"""

import itertools
import os
import time

from rounds_site.wsgi import application

# isort: split
# Models can be imported only now that the line above has set the apps up.
from rounds.actions import registration
from rounds.models import Round

__all__ = ["application"]

ORDER = os.environ["ORDER_OF_THE_LOCK"]
PAUSES = itertools.cycle([0, 0.01, 0.02, 0.03, 0.04])

enter, count = registration._enter, registration._taken


def recorded(round, person, *rest):
    """Called while the Round is locked; one short line appended is written whole."""
    with open(ORDER, "a") as order:
        order.write(f"{person.pk}\n")
    return enter(round, person, *rest)


def slowly(round):
    """Each looks at what they counted for another while, as on a busy server: overbooking then needs no luck."""
    taken = count(round)
    time.sleep(next(PAUSES))
    return taken


registration._enter = recorded
if os.environ.get("MUTATE") == "no_booking_lock":
    registration.lock = lambda pk: Round.objects.get(pk=pk)
    registration._taken = slowly
