"""What the clock of the service rings."""

import threading

from celery import shared_task
from django.utils import timezone

from evaluation.actions import clock, report_files
from evaluation.views.figure import board, round_report
from members import postbox

making = threading.Lock()


@shared_task
def follow_the_clock():
    clock.follow_rounds(now=timezone.now())


@shared_task
def keep_boxes():
    """On the queue `box`, whose worker alone has the keys."""
    clock.follow_boxes(now=timezone.now())


@shared_task
def make_reports():
    """One, by one thread of a worker at a time, and another bell while some wait: letters and the clock have their turn
    in between. It finds its own work, so a bell that rings twice or never is no harm."""
    if not making.acquire(blocking=False):
        return
    try:
        report_files.make_next(make=as_pdf, now=timezone.now())
    finally:
        making.release()
    if report_files.some_wait(now=timezone.now()):
        postbox.ring(report_files.TASK)


def as_pdf(file, now) -> bytes:
    return round_report.as_pdf(file) if file.round else board.as_pdf(file, now)
