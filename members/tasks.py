"""What the worker does for members. Each task finds its own work, so a bell that rings twice or never is no harm."""

import threading

from celery import shared_task
from celery.signals import worker_shutting_down
from django.utils import timezone

from members.actions import correspondence, uploads

dispatching = threading.Lock()
rung = threading.Event()
stopping = threading.Event()


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
            correspondence.run(stopping=stopping.is_set)
        finally:
            dispatching.release()


@shared_task
def forget_uploads():
    uploads.forget_old(now=timezone.now())
