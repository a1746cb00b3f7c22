"""The portal as gunicorn serves it to the bench: each answer says what it cost, and beside it stands a bare view.

The bare view is the floor of a booking: one locked transaction (``floor``).
"""

import json

from rounds_site.wsgi import application as portal

from . import floor
from .meter import Meter
from .visitors import COST

meter = Meter()


def application(environ, start_response):
    before, framing, database_cpu = meter.statements, meter.framing, meter.database_cpu()
    meter.transactions.clear()

    def start_and_tell(status, headers, *rest):
        cost = {
            "statements": meter.statements - before,
            "framing": meter.framing - framing,
            "transactions": meter.transactions,
            "database_cpu": meter.database_cpu() - database_cpu,
        }
        return start_response(status, [*headers, (COST, json.dumps(cost))], *rest)

    serves = floor.application if environ["PATH_INFO"].startswith(floor.ADDRESS) else portal
    return serves(environ, start_and_tell)
