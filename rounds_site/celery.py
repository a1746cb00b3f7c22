"""The worker of the service, and who rings for it; ``clock`` has what happens when.

The database is the record; Celery only rings. A ring that is lost costs nothing, since the clock
rings again, and every task finds its own work. Nothing is ever sent with a long eta or countdown:
a killed worker would lose it, or a broker hand it out twice.
"""

import os
import time
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rounds_site.settings")

from django.conf import settings
from django.core.cache import cache

from rounds_site import database_roles
from rounds_site.clock import HOUR, RANG_AT, RINGING  # reads the settings, or ends this process in a sentence

if settings.DEMO:
    # A demo may run as root on a machine to be thrown away; the worker of a real portal warns of it.
    warnings.filterwarnings("ignore", category=SecurityWarning)

HEARD_AT = "clock-heard-at"
BOX_HEARD_AT = "clock-heard-at-box"

app = Celery("rounds_site")
# For every thread: a web server's threads would each ring for an application that nobody serves.
app.set_default()
app.conf.update(
    **RINGING,
    task_store_eager_result=False,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)
app.autodiscover_tasks()


@worker_init.connect
def refuse_a_role_without_policies(**kwargs):
    database_roles.or_stop(worker=True)


@app.task
def record_heartbeat():
    cache.set(HEARD_AT, time.time(), timeout=HOUR)


@app.task
def record_box_heartbeat():
    cache.set(BOX_HEARD_AT, time.time(), timeout=HOUR)


def clock_answers():
    return recent(RANG_AT)


def worker_answers():
    """It heard the last rings; or, where nobody rings, it says so itself when asked."""
    return recent(HEARD_AT) or (not clock_answers() and bool(app.control.ping(timeout=1)))


def box_worker_answers():
    """Where nobody rings, nobody is heard: that is the clock's fault, and it is named."""
    return recent(BOX_HEARD_AT) or not clock_answers()


def recent(moment):
    """Within three rings: one may be late behind a long task."""
    return time.time() - cache.get(moment, 0) < 95


def heard_lately(moment):
    """The same for a page, which must not fail because the cache does."""
    try:
        return recent(moment)
    except Exception:  # noqa: BLE001 (every cache has errors of its own)
        return False


def broker_answers():
    with app.connection_for_write(connect_timeout=2) as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
    return True
