"""The clock of the service: it rings for each task by its name, and holds nothing else of the portal.

Its process loads no app, needs no row of a database server, and so stays small beside the workers.
"""

import os
import time
import warnings

from celery import Celery
from celery.signals import beat_init, before_task_publish, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rounds_site.settings")

from django.conf import settings
from django.core.cache import cache
from django.utils.log import configure_logging

from rounds_site import folder_queue
from rounds_site.environment import make_private, or_stop

or_stop()
# It writes down that it rang, and loads no app ever.
warnings.filterwarnings("ignore", "Accessing the database during app initialization")

MINUTE = 60
HOUR = 60 * MINUTE
RANG_AT = "clock-rang-at"
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
    make_private(settings.VAR_DIR)
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


# What whoever rings and whoever hears must agree on.
RINGING = {
    **broker(),
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_routes": {
        "evaluation.tasks.keep_boxes": {"queue": BOX_QUEUE},
        "rounds_site.celery.record_box_heartbeat": {"queue": BOX_QUEUE},
    },
    "task_ignore_result": True,
    "timezone": settings.TIME_ZONE,
}

# Celery would load all apps for a process whose environment names Django's settings.
app = Celery("rounds_site", set_as_current=False, fixups=[])
app.conf.update(
    **RINGING,
    beat_schedule_filename=str(settings.VAR_DIR / "beat"),
    beat_schedule={
        name: {"task": task, "schedule": seconds, "options": {"expires": seconds - 5}}
        for name, (task, seconds) in CLOCK.items()
    },
)


@setup_logging.connect
def keep_djangos_logging(**kwargs):
    """Celery sets up no logging of its own where somebody answers this signal: ours is discreet."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


@beat_init.connect
def ring_at_once(**kwargs):
    """What fell due while the portal was down does not wait for the first interval to pass."""
    for task, seconds in CLOCK.values():
        app.send_task(task, expires=seconds - 5)


@before_task_publish.connect(sender="rounds_site.celery.record_heartbeat")
def record_ring(**kwargs):
    """Runs in the clock's own process, so that /readyz can tell a silent clock from a silent worker."""
    cache.set(RANG_AT, time.time(), timeout=HOUR)
