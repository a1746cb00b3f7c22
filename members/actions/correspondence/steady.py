"""Whether the clock of this host can be trusted to say which letters are due."""

import datetime as dt
import time

from django.db import connection
from django.utils import timezone

MOST = dt.timedelta(minutes=5)
# Long enough for somebody to be told and to look; then the clock has stood by its new time.
STEADY_AGAIN = dt.timedelta(minutes=30)
# A host that slept has not jumped.
SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Watch:
    """Compares, from look to look, how far the clock on the wall went with how much time went by."""

    def __init__(self):
        self._last = None

    def jumped(self):
        last, self._last = self._last, (timezone.now(), time.clock_gettime(SINCE_BOOT))
        if last is None:
            return False
        passed = dt.timedelta(seconds=self._last[1] - last[1])
        return abs(self._last[0] - last[0] - passed) > MOST


def differs_from_the_database():
    """Only a database on another host can tell; SQLite reads the same clock."""
    if connection.vendor == "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (there,) = cursor.fetchone()
    return abs(timezone.now() - there) > MOST
