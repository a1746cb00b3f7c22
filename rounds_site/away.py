"""What a page says when something that it stands on is away: a database, Redis, or room on the disk.

That is no error of the page. It is a 503 in plain words, so that a proxy may ask another web server and a person knows
what was saved; it is logged all the same, since somebody must mend it.
"""

import errno
import sqlite3
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string
from redis.exceptions import ConnectionError as RedisIsAway
from redis.exceptions import OutOfMemoryError as RedisIsFull
from redis.exceptions import ReadOnlyError as RedisOnlyReads
from redis.exceptions import TimeoutError as RedisIsSilent

AWAY = (OperationalError, InterfaceError, RedisIsAway, RedisIsSilent, RedisIsFull, RedisOnlyReads)
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# SQLite calls a misspelt table operational, too.
SQLITE_AWAY = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN),
}
PRIMARY = 0xFF
# A standby, and what several hosts of databases make of one whose disk is nearly full; psycopg2 calls it internal.
ONLY_READS = "25006"
TRY_AGAIN = "30"


def fault(request):
    """The handler of whatever a page did not expect."""
    if is_away(sys.exc_info()[1]):
        headers = {"Retry-After": TRY_AGAIN, "Cache-Control": "no-store"}
        return HttpResponse(render_to_string("away.html"), status=503, headers=headers)
    return HttpResponseServerError(render_to_string("500.html"))


def is_away(error):
    if isinstance(error.__cause__, sqlite3.Error):
        return error.__cause__.sqlite_errorcode & PRIMARY in SQLITE_AWAY
    if getattr(error.__cause__, "pgcode", None) == ONLY_READS:
        return True
    return isinstance(error, AWAY) or getattr(error, "errno", None) in NO_ROOM
