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
from celery.signals import beat_init, before_task_publish, setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rounds_site.settings")

from django.conf import settings
from django.core.cache import cache

from rounds_site import database_roles, folder_queue
from rounds_site.environment import or_stop

or_stop()
if settings.DEMO:
    # A demo may run as root on a machine to be thrown away; the worker of a real portal warns of it.
    warnings.filterwarnings("ignore", category=SecurityWarning)

MINUTE = 60
HOUR = 60 * MINUTE
RANG_AT = "clock-rang-at"
HEARD_AT = "clock-heard-at"
BOX_HEARD_AT = "clock-heard-at-box"
# For what needs the keys of boxes: served where BOX_KEY_DIR is, and nowhere else.
BOX_QUEUE = "box"

# Each ring expires before the next one, so that a worker that was down finds no queue of them.
CLOCK = {
    "letters": ("members.tasks.dispatch_letters", 30),
    "heartbeat": ("rounds_site.celery.record_heartbeat", 30),
    "rounds": ("rounds.tasks.follow_the_clock", MINUTE),
    "offers": ("rounds.tasks.lapse_offers", MINUTE),
    "reserves": ("rounds.tasks.release_reserves", MINUTE),
    "after-rounds": ("evaluation.tasks.follow_the_clock", MINUTE),
    "boxes": ("evaluation.tasks.keep_boxes", MINUTE),
    "box-heartbeat": ("rounds_site.celery.record_box_heartbeat", 30),
    "reports": ("evaluation.tasks.make_reports", MINUTE),
    "log": ("members.tasks.seal_log", MINUTE),
    "log-heads": ("members.tasks.keep_logs", HOUR),
    "licences": ("members.tasks.remind_of_licences", HOUR),
    "retention": ("members.tasks.forget", HOUR),
    "sessions": ("members.tasks.forget_sessions", HOUR),
    "story-keys": ("rounds.tasks.sweep_story_keys", HOUR),
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
        "broker_url": folder_queue.ADDRESS,
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
    task_routes={
        "evaluation.tasks.keep_boxes": {"queue": BOX_QUEUE},
        "rounds_site.celery.record_box_heartbeat": {"queue": BOX_QUEUE},
    },
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


@worker_init.connect
def refuse_a_role_without_policies(**kwargs):
    database_roles.or_stop(worker=True)


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
