"""Somebody is asked; the addresses of the panel's pages, and what stands there."""

import datetime as dt

from django.core import mail
from django.urls import reverse

from members.actions import correspondence
from rounds.actions import panel
from tests.worlds import NOON

DAY = dt.timedelta(days=1)
TODAY = NOON.date()
MESSAGE = "You have a message in the Rounds portal"


def ask(found, email, called=""):
    return panel.ask(round=found.round, email=email, called=called, by=found.world.ada, now=NOON)


def delivered(now=NOON):
    mail.outbox.clear()
    while correspondence.dispatch(now=now):
        pass
    return sorted((letter.to[0], letter.subject) for letter in mail.outbox)


def to_panel(found):
    return reverse("round_panel", args=[found.round.pk])


def to_dev(found):
    return reverse("round_storyteller", args=[found.round.pk, found.devs.pk])


def to_step(found, kind):
    return reverse("set_step", args=[found.round.pk, found.devs.pk, kind])


def order_of(round):
    return [(str(each.person), each.position) for each in round.panel.select_related("person").in_order()]
