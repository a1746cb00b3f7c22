"""What the worker does for members. Each task finds its own work, so a bell that rings twice or never is no harm."""

import logging
import threading

from celery import shared_task
from celery.signals import worker_shutting_down
from django.utils import timezone

from members.actions import chain, correspondence, licences, retention, ways_in
from members.actions.correspondence.steady import differs_from_the_database

dispatching = threading.Lock()
rung = threading.Event()
stopping = threading.Event()
clock_watch = correspondence.Watch()
retention_watch = correspondence.Watch()
logger = logging.getLogger(__name__)


@worker_shutting_down.connect
def stop_dispatching(**kwargs):
    stopping.set()


@shared_task
def dispatch_letters():
    """By one thread of a worker at a time. While thousands of letters go, everybody who books rings as well, and bells
    that took every thread would leave none for the clock. A bell heard meanwhile has the one look once more."""
    rung.set()
    while rung.is_set() and not stopping.is_set() and dispatching.acquire(blocking=False):
        try:
            rung.clear()
            correspondence.run(stopping=stopping.is_set, watch=clock_watch)
        finally:
            dispatching.release()


@shared_task
def forget():
    """All that has had its time, of every app. Nothing while the clock of this host cannot be trusted: letters can be
    sent later, and what was destroyed is never brought back."""
    if retention_watch.jumped() or differs_from_the_database():
        logger.error("The clock of this host has jumped, or is not that of the database: nothing is destroyed.")
        return
    retention.run(now=timezone.now(), stopping=stopping.is_set)


@shared_task
def forget_sessions():
    ways_in.forget_sessions(now=timezone.now())


@shared_task
def seal_log():
    chain.seal_all()


@shared_task
def keep_logs():
    """The head of the day, once."""
    chain.export_head(now=timezone.now())


@shared_task
def remind_of_licences():
    licences.remind(now=timezone.now())
