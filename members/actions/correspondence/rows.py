"""What a dispatcher writes on the rows it holds: on all that leave in one message the same, or on none."""

import datetime as dt
from functools import lru_cache

from django.db.models import Case, CharField, Exists, F, OuterRef, Value, When
from django.db.models.functions import Now

from members.access import today
from members.models import Delivery, Suppression
from members.models.delivery import DeliveryState
from members.models.lane import print_of
from rounds_site.kit.prepared import Slot, Update

BACKOFF = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
LEASE = dt.timedelta(minutes=3)
LOST = "lost"
FREE = {"state": DeliveryState.PENDING, "token": None, "claimed_until": None}
PRINT = Slot("print", CharField())
# A late answer also heals a letter that the sweeper took for uncertain.
STILL_MINE = (DeliveryState.CLAIMED, DeliveryState.HANDING, DeliveryState.UNCERTAIN)


def bound(message):
    """The first of these letters, with the others beside it."""
    first, *beside = message
    first.beside = tuple(beside)
    return first


def held(delivery, *states):
    """The rows of the message, as long as this dispatcher's token is on them: the fence."""
    keys = [each.pk for each in delivery.in_this_message]
    return Delivery.objects.filter(pk__in=keys, token=delivery.token, state__in=states)


def take_in_hand(delivery, facts, message, now):
    """Whether this dispatcher still has all of them, the address may still be written to, and what ``Facts.stands``
    says, if it says anything, is true. What it wrote must be undone where not."""
    said = {
        "version": facts.version,
        "message_id": message.extra_headers["Message-ID"],
        "content_hash": message.content_hash,
        "handed_at": now,
        **({"part": facts.part} if facts.part else {}),
    }
    asked = {"print": print_of(facts.address)}
    if facts.stands:
        asked |= {
            "person": delivery.person_id,
            "address": facts.address,
            "day": today(now),
            "own_words": facts.own_words,
        }
    taken = _taking(len(delivery.in_this_message), facts.stands, *said).run(**_which(delivery), **said, **asked)
    return taken == len(delivery.in_this_message)


def finish(delivery, state, now, error=""):
    finishing = _finishing(len(delivery.in_this_message))
    done = finishing.run(**_which(delivery), state=state, finished_at=now, error=error[:80])
    return state if done else LOST


@lru_cache(maxsize=100)
def _taking(letters, stands, *said):
    stopped = Suppression.objects.filter(print=PRINT).stopping(OuterRef("system"))
    mine = held(_any(letters), DeliveryState.CLAIMED).exclude(Exists(stopped))
    return Update(
        mine.filter(stands.condition) if stands else mine,
        state=DeliveryState.HANDING,
        attempts=F("attempts") + 1,
        claimed_until=Now() + LEASE,
        **_slots(*said),
    )


@lru_cache(maxsize=100)
def _finishing(letters):
    return Update(held(_any(letters), *STILL_MINE), claimed_until=None, **_slots("state", "finished_at", "error"))


def _which(delivery):
    keys = {f"id{n}": each.pk for n, each in enumerate(delivery.in_this_message)}
    return keys | {"token": delivery.token}


def _any(letters):
    """Stands for a message of so many letters, in statements that are put together once."""
    key = Delivery._meta.pk
    return bound([Delivery(pk=Slot(f"id{n}", key), **_slots("token")) for n in range(letters)])


def _slots(*names):
    return {name: Slot(name, Delivery._meta.get_field(name)) for name in names}


def try_later(delivery, now, error):
    tries = delivery.attempts + 1
    wait = BACKOFF[min(tries, len(BACKOFF)) - 1]
    return put_back(delivery, now + wait, attempts=tries, error=error[:80])


def put_back(delivery, due_at, **said):
    done = held(delivery, *STILL_MINE).update(**FREE, finished_at=None, due_at=due_at, **said)
    return DeliveryState.PENDING if done else LOST


def put_back_many(deliveries, moments):
    """Letters of one claim, each until the moment of its reader, {person: moment}, in one statement."""
    if deliveries:
        held = Delivery.objects.filter(token=deliveries[0].token, state=DeliveryState.CLAIMED)
        until = Case(*(When(person=person, then=Value(moment)) for person, moment in moments.items()))
        held.filter(pk__in=[each.pk for each in deliveries]).update(**FREE, due_at=until, had_to_wait=True)
