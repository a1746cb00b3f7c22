"""The worker and the clock of the service.

The database is the record; Celery only rings. A ring that is lost costs nothing, since the clock
rings again, and every task finds its own work. Nothing is ever sent with a long eta or countdown:
a killed worker would lose it, or a broker hand it out twice.
"""

import os
import time
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import beat_init, before_task_publish, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rounds_site.settings")

from django.conf import settings
from django.core.cache import cache

from rounds_site.environment import or_stop

or_stop()
if settings.DEMO:
    # A demo may run as root on a machine to be thrown away; the worker of a real portal warns of it.
    warnings.filterwarnings("ignore", category=SecurityWarning)

MINUTE = 60
HOUR = 60 * MINUTE
RANG_AT = "clock-rang-at"
HEARD_AT = "clock-heard-at"

# Each ring expires before the next one, so that a worker that was down finds no queue of them.
CLOCK = {
    "letters": ("members.tasks.dispatch_letters", 30),
    "heartbeat": ("rounds_site.celery.record_heartbeat", 30),
    "rounds": ("rounds.tasks.follow_the_clock", MINUTE),
    "boxes": ("evaluation.tasks.follow_the_clock", MINUTE),
    "uploads": ("members.tasks.forget_uploads", HOUR),
    "fan-outs": ("rounds.tasks.complete_fan_outs", HOUR),
}


def broker():
    if settings.REDIS_URL:
        return {
            "broker_url": settings.REDIS_URL,
            "broker_transport_options": {
                "global_keyprefix": f"{settings.REDIS_PREFIX}:",
                # Whoever books waits while the bell is rung: an absent broker must say so at once, not after 6 seconds.
                "socket_connect_timeout": 2,
                "max_retries": 1,
                "interval_start": 0,
                "interval_step": 0.1,
                "interval_max": 0.1,
            },
        }
    folder = settings.VAR_DIR / "queue"
    messages, control = folder / "messages", folder / "control"
    for each in (messages, control):
        each.mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "filesystem://localhost",
        "broker_transport_options": {
            # What goes out of one process comes in at the other: one folder for both.
            "data_folder_in": str(messages),
            "data_folder_out": str(messages),
            "control_folder": str(control),
            "store_processed": False,
            "polling_interval": 0.5,
        },
    }


app = Celery("rounds_site")
# For every thread: a web server's threads would each ring for an application that nobody serves.
app.set_default()
app.conf.update(
    **broker(),
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_store_eager_result=False,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    timezone=settings.TIME_ZONE,
    beat_schedule_filename=str(settings.VAR_DIR / "beat"),
    beat_schedule={
        name: {"task": task, "schedule": seconds, "options": {"expires": seconds - 5}}
        for name, (task, seconds) in CLOCK.items()
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def keep_djangos_logging(**kwargs):
    """Celery sets up no logging of its own where somebody answers this signal: ours is discreet."""


@beat_init.connect
def ring_at_once(**kwargs):
    """What fell due while the portal was down does not wait for the first interval to pass."""
    for task, seconds in CLOCK.values():
        app.send_task(task, expires=seconds - 5)


@before_task_publish.connect(sender="rounds_site.celery.record_heartbeat")
def record_ring(**kwargs):
    """Runs in the clock's own process, so that /readyz can tell a silent clock from a silent worker."""
    cache.set(RANG_AT, time.time(), timeout=HOUR)


@app.task
def record_heartbeat():
    cache.set(HEARD_AT, time.time(), timeout=HOUR)


def clock_answers():
    return recent(RANG_AT)


def worker_answers():
    """It heard the last rings; or, where nobody rings, it says so itself when asked."""
    return recent(HEARD_AT) or (not clock_answers() and bool(app.control.ping(timeout=1)))


def recent(moment):
    """Within three rings: one may be late behind a long task."""
    return time.time() - cache.get(moment, 0) < 95


def broker_answers():
    with app.connection_for_write(connect_timeout=2) as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
    return True
