"""Letters of a kind that a test makes up, and the rows they leave."""

import datetime as dt

from django.db import transaction
from django.db.models.functions import Now

from members import postbox
from members.models import Delivery
from members.registry import Facts
from tests.factories.members import PersonFactory
from tests.worlds import NOON

MINUTE = dt.timedelta(minutes=1)
LONG_AGO = dt.datetime(2020, 4, 1, tzinfo=dt.UTC)
WORDS = dict.fromkeys(
    "title about date short_date time where closes reason notice system colour button_url".split(), ""
) | {"what_happens_url": "https://rounds.example/what-happens/"}


class Kind:
    """A kind of letter about something whose version the test sets; `meanwhile` runs once between reading and
    hand-over, `before_lock` once when it is just about to be handed over."""

    def __init__(self):
        self.version = 1
        self.wanted = True
        self.meanwhile = None
        self.before_lock = None

    def read(self, delivery, now):
        if self.wanted is not True:
            return self.wanted
        mark = self.version
        words = WORDS | {"title": f"Version {mark}"}
        address = delivery.person.email if delivery.person else delivery.address
        facts = Facts(address=address, sender="r@x.example", context=words, mark=mark, version=mark)
        if self.meanwhile:
            self.meanwhile, change = None, self.meanwhile
            change()
        return facts

    def lock(self, delivery):
        if self.before_lock:
            self.before_lock, change = None, self.before_lock
            change()
        return self.version


def post(kind="note", number=1, **row):
    if "address" not in row:
        row.setdefault("person", PersonFactory())
    with transaction.atomic():
        postbox.post(kind, dedupe_key=f"{kind}:{number}", now=NOON, **row)
    return Delivery.objects.get(dedupe_key=f"{kind}:{number}")


def once_composed(monkeypatch, module, change):
    """`change` happens when a letter has been read and put together there, and before it is handed over."""
    compose = module.compose

    def composed(*args, **kwargs):
        monkeypatch.setattr(module, "compose", compose)
        change()
        return compose(*args, **kwargs)

    monkeypatch.setattr(module, "compose", composed)


def the(delivery, *names):
    delivery.refresh_from_db()
    return tuple(getattr(delivery, name) for name in names)


def let_leases_lapse():
    Delivery.objects.filter(claimed_until__isnull=False).update(claimed_until=Now() - MINUTE)
