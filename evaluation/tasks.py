"""What the clock of the service rings."""

from celery import shared_task
from django.utils import timezone

from evaluation.actions import clock, report_files
from evaluation.views.figure import board


@shared_task
def follow_the_clock():
    clock.follow_rounds(now=timezone.now())


@shared_task
def keep_boxes():
    """On the queue `box`, whose worker alone has the keys."""
    clock.follow_boxes(now=timezone.now())


@shared_task
def make_reports():
    """Each that waits: it finds its own work, so a bell that rings twice or never is no harm."""
    report_files.make_all(make=board.as_pdf, now=timezone.now())
