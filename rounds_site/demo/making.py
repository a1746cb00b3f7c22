"""Makes the demo: founds North Vale in the past and lets its story happen, with the clock of the service turning."""

from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from django.conf import settings
from django.db import connections, transaction

from evaluation.actions import clock
from members.actions import correspondence
from rounds.actions import scheduling
from rounds_site.celery import app

from . import mailbox, partnership, story

FOUNDED = timedelta(days=200)
NOT_WAITING_FOR_THE_DISK = {
    "sqlite": "PRAGMA synchronous=OFF",
    "postgresql": "SET synchronous_commit TO off",
}


def make(*, now):
    """Everything, as it would be had people used the portal for half a year. Only for an empty portal."""
    work_without_waiting()
    with transaction.atomic():
        it = partnership.found(now=now - FOUNDED)
    steps = [step for each in story.all_told(it, now=now) for step in each.steps() if step[0] <= now]
    for moment, happening in groupby(sorted(steps, key=itemgetter(0)), key=itemgetter(0)):
        for _, step in happening:
            step(now=moment)
        turn_the_clock(now=moment)


def turn_the_clock(*, now):
    """What the service does every minute, in the order in which it would come to it."""
    scheduling.mark_held(now=now)
    clock.follow(now=now)
    with mailbox.letters_of(now):
        while correspondence.dispatch(now=now):
            """A batch at a time."""


def work_without_waiting():
    """This process hands every letter over itself, so its bells ring in an empty room. And a demo that a power cut
    broke off is made anew, so no write waits for the disk."""
    app.conf.broker_url = "memory://localhost//"
    for alias in settings.DATABASES:
        with connections[alias].cursor() as cursor:
            cursor.execute(NOT_WAITING_FOR_THE_DISK[connections[alias].vendor])
