"""What the clock of the service rings."""

from celery import shared_task
from django.utils import timezone

from evaluation.actions import clock


@shared_task
def follow_the_clock():
    clock.follow_rounds(now=timezone.now())


@shared_task
def keep_boxes():
    """On the queue `box`, whose worker alone has the keys."""
    clock.follow_boxes(now=timezone.now())
