"""The worker and the clock of the service.

The database is the record; Celery only rings. A ring that is lost costs nothing, since the clock
rings again, and every task finds its own work. Nothing is ever sent with a long eta or countdown:
a killed worker would lose it, or a broker hand it out twice.
"""

import os
import time

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rounds_site.settings")

from django.conf import settings  # noqa: E402 (needs the line above)

MINUTE = 60
HOUR = 60 * MINUTE
HEARTBEAT = "clock-heartbeat"

# Each ring expires before the next one, so that a worker that was down finds no queue of them.
CLOCK = {
    "letters": ("members.tasks.dispatch_letters", 30),
    "heartbeat": ("rounds_site.celery.record_heartbeat", 30),
    "rounds": ("rounds.tasks.follow_the_clock", MINUTE),
    "boxes": ("evaluation.tasks.follow_the_clock", MINUTE),
    "fan-outs": ("rounds.tasks.complete_fan_outs", HOUR),
}


def broker():
    if settings.REDIS_URL:
        return {"broker_url": settings.REDIS_URL}
    folder = settings.VAR_DIR / "queue"
    messages, control = folder / "messages", folder / "control"
    for each in (messages, control):
        each.mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "filesystem://",
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


@app.task
def record_heartbeat():
    """Says that the clock rang and a worker heard it; /readyz asks how long ago."""
    from django.core.cache import cache

    cache.set(HEARTBEAT, time.time(), timeout=HOUR)
