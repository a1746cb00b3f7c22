"""Makes the demo: founds North Vale in the past and lets its story happen, with the clock of the service turning."""

from datetime import timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter

from django.conf import settings
from django.db import connections, transaction

from evaluation.actions import clock
from members.actions import correspondence, licences, retention
from members.models import Delivery
from members.registry import letters
from rounds.actions import keeping, scheduling, waiting
from rounds_site.celery import app

from . import (
    ahead,
    cover,
    data,
    licensed,
    logs,
    mailbox,
    newcomers,
    partnership,
    questions,
    steered,
    story,
    suggested,
    voices,
    wishes,
)
from .remembered import Remembered
from .story import KEPT_FOR

FOUNDED = timedelta(days=780)
MERGED = timedelta(days=data.read("partners")["merger"]["days"])
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
        wishes.choose(it, now=now - FOUNDED)
    told = all_told(it, now=now)
    forgotten = [each.key for each in told if each.is_forgotten(now)]
    steps = [step for each in told for step in each.steps() if step[0] <= now]
    steps += [step for step in cover.steps(it, told) if step[0] <= now]
    steps.append((now - MERGED, partial(partnership.merge, it)))
    steps.append((now - logs.SETTLED, partial(logs.settle, it)))
    steps += [*newcomers.steps(it, now=now), *ahead.steps(it, now=now), *questions.steps(it, now=now)]
    steps += voices.steps(it, now=now)
    steps += suggested.steps(it, now=now)
    steps += licensed.steps(it, now=now)
    steps += steered.steps(it, now=now)
    for moment, happening in groupby(sorted(steps, key=itemgetter(0)), key=itemgetter(0)):
        for _, step in happening:
            step(now=moment)
        turn_the_clock(now=moment, today=now, forgotten=forgotten)
    logs.keep(now=now)
    turn_the_clock(now=now, today=now, forgotten=forgotten)
    retention.run(now=now)


def all_told(it, *, now):
    """The story of every Round."""
    past = story.told(it, "past", "earlier", now=now, kind=Remembered)
    return [*past, *story.told(it, "rounds", "comments", now=now)]


def turn_the_clock(*, now, today, forgotten):
    """What the service does every minute, in the order in which it would come to it. Letters that are forgotten by
    today are forgotten at once: nobody could read them any more."""
    scheduling.mark_held(now=now)
    waiting.lapse_offers(now=now)
    keeping.release_due(now=now)
    licences.remind(now=now)
    clock.follow(now=now)
    Delivery.objects.filter(about__in=forgotten).delete()
    if now <= today - KEPT_FOR:
        letters_about_no_round(now=now).delete()
    with mailbox.letters_of(now):
        while correspondence.dispatch(now=now, limit=BATCH):
            """A batch at a time."""


def letters_about_no_round(*, now):
    """Of kinds that are forgotten by when they went; those that wait for a later day stay."""
    others = [letter.kind for letter in letters if not letter.gone]
    return Delivery.objects.filter(kind__in=others, due_at__lte=now)


def work_without_waiting():
    """This process hands every letter over itself, so its bells ring in an empty room. And a demo that a power cut
    broke off is made anew, so no write waits for the disk."""
    app.conf.broker_url = "memory://localhost//"
    for alias in settings.DATABASES:
        with connections[alias].cursor() as cursor:
            cursor.execute(NOT_WAITING_FOR_THE_DISK[connections[alias].vendor])
