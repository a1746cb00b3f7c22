"""The portal as gunicorn serves it to the bench: each answer says what it cost, and beside it stand bare views.

The bare views are the floors of a booking and of a page (``floor``). What streams is made whole, so that it can
say so too.
"""

import json
import time
from functools import partial
from tempfile import SpooledTemporaryFile

from rounds_site.wsgi import application as portal

from . import floor
from .meter import Meter
from .visitors import COST

MEGABYTE = 1024 * 1024
meter = Meter()


def application(environ, start_response):
    before, framing, database_cpu = meter.statements, meter.framing, meter.database_cpu()
    cpu, said = time.thread_time(), []
    meter.transactions.clear()
    serves = floor.APPLICATIONS.get(environ["PATH_INFO"], portal)
    answer = serves(environ, lambda *head: said.append(head))
    body = SpooledTemporaryFile(max_size=MEGABYTE)  # noqa: SIM115 (whoever sends it closes it)
    body.writelines(answer)
    cost = {
        "statements": meter.statements - before,
        "framing": meter.framing - framing,
        "transactions": meter.transactions,
        "cpu": time.thread_time() - cpu,
        "database_cpu": meter.database_cpu() - database_cpu,
    }
    status, headers, *rest = said[0]
    whole = [(name, value) for name, value in headers if name.lower() != "content-length"]
    start_response(status, [*whole, ("Content-Length", str(body.tell())), (COST, json.dumps(cost))], *rest)
    return Whole(body, answer)


class Whole:
    """The answer that was made whole; what it holds is given back when it has been sent, as without the bench. What is
    long waits on the disk, so that it counts as no memory of the portal."""

    def __init__(self, body, answer):
        self._body, self._answer = body, answer

    def __iter__(self):
        self._body.seek(0)
        return iter(partial(self._body.read, MEGABYTE), b"")

    def close(self):
        self._body.close()
        getattr(self._answer, "close", lambda: None)()
