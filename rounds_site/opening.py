"""A portal opens once what has had its time is gone: so also one whose database was brought back from a backup.

The database says when the clock last destroyed everything that was due (``retention.passed_at``). A web server that
starts serves nobody before that was within two hours; and one that runs, nobody any more once the database says an
earlier moment than it did before, since then it was brought back beneath it. A worker that stands still closes nothing.
"""

import threading
import time
from datetime import timedelta

from django.db import DatabaseError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from members.reports import retention

# The clock rings each hour.
FRESH = timedelta(hours=2)
LOOK_AGAIN, LOOK_AGAIN_WHEN_CLOSED = 60, 1
SAID = "What has had its time must be destroyed first: the worker does it by the clock, or run manage.py forget."


class Opening:
    def __init__(self):
        self.last, self.opened, self.looked, self.lock = None, False, None, threading.Lock()

    def is_open(self):
        """Asks the database once a minute, or each second while closed."""
        wait = LOOK_AGAIN if self.opened else LOOK_AGAIN_WHEN_CLOSED
        with self.lock:
            if self.looked is None or time.monotonic() - self.looked >= wait:
                self.look()
                self.looked = time.monotonic()
            return self.opened

    def look(self):
        """A database that is away is no reason to close: its pages say so themselves."""
        try:
            passed = retention.passed_at()
        except DatabaseError:
            return
        went_on = self.opened and passed is not None and passed >= self.last
        self.opened = went_on or (passed is not None and timezone.now() - passed < FRESH)
        self.last = passed


class OpensWhenForgotten:
    """What needs nobody's data is answered all the same."""

    ALWAYS = ("/healthz", "/metrics")

    def __init__(self, get_response):
        self.get_response, self.opening = get_response, Opening()

    def __call__(self, request):
        if request.path_info in self.ALWAYS or self.opening.is_open():
            return self.get_response(request)
        if request.path_info == "/readyz":
            response = HttpResponse(f"{SAID}\n", content_type="text/plain", status=503)
        else:
            response = HttpResponse(render_to_string("not_open.html"), status=503)
        response["Retry-After"], response["Cache-Control"] = "60", "no-store"
        return response
