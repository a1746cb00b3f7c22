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
from .forgetting import forget_letters
from .remembered import Remembered

FOUNDED = timedelta(days=780)
BATCH = 500
NOT_WAITING_FOR_THE_DISK = {
    "sqlite": "PRAGMA synchronous=OFF",
    "postgresql": "SET synchronous_commit TO off",
}


def make(*, now):
    """Everything, as it would be had people used the portal for two years. Only for an empty portal."""
    work_without_waiting()
    with transaction.atomic():
        it = partnership.found(founded=now - FOUNDED, now=now)
    told = all_told(it, now=now)
    forgotten = [each.key for each in told if each.is_forgotten(now)]
    steps = [step for each in told for step in each.steps() if step[0] <= now]
    for moment, happening in groupby(sorted(steps, key=itemgetter(0)), key=itemgetter(0)):
        for _, step in happening:
            step(now=moment)
        turn_the_clock(now=moment, forgotten=forgotten)


def all_told(it, *, now):
    """The story of every Round."""
    past = story.told(it, "past", "earlier", now=now, kind=Remembered)
    return [*past, *story.told(it, "rounds", "comments", now=now)]


def turn_the_clock(*, now, forgotten):
    """What the service does every minute, in the order in which it would come to it. Letters about Rounds that are
    forgotten by today are forgotten at once: nobody could read them any more."""
    scheduling.mark_held(now=now)
    clock.follow(now=now)
    forget_letters(forgotten)
    with mailbox.letters_of(now):
        while correspondence.dispatch(now=now, limit=BATCH):
            """A batch at a time."""


def work_without_waiting():
    """This process hands every letter over itself, so its bells ring in an empty room. And a demo that a power cut
    broke off is made anew, so no write waits for the disk."""
    app.conf.broker_url = "memory://localhost//"
    for alias in settings.DATABASES:
        with connections[alias].cursor() as cursor:
            cursor.execute(NOT_WAITING_FOR_THE_DISK[connections[alias].vendor])
