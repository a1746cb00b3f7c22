"""Uncertain letters that a person asked to go again: the same bytes under the same Message-ID, or not at all.

Each goes again once, and only where nothing newer about the same thing has gone to the same person. Until it is in hand
it stays *uncertain*: whoever asks meanwhile who was written to finds it there.
"""

import datetime as dt
import logging
import time
import uuid
from collections import Counter

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from members.actions import suppressions
from members.emails import compose
from members.models import Delivery
from members.models.delivery import DeliveryState, Settled
from members.registry import Facts, letters

from . import handing, pace, rows
from .handing import AWAY, RENDERINGS, Changed, Lost
from .relay import Away, Relay, refused_for_good, verdict, words

logger = logging.getLogger(__name__)

BATCH = 50
LATER = rows.BACKOFF[1]


class Newer(Exception):
    """Something newer about the same thing has gone to the same person."""


def send_again(*, now=None, stopping=lambda: False):
    """One batch, after all that goes for the first time; counts by outcome."""
    clock = (lambda: now) if now else timezone.now
    stops_at = time.monotonic() + rows.LEASE.total_seconds() / 2
    outcomes, relay = Counter(), Relay()
    try:
        for message in _claim(clock()):
            if stopping() or time.monotonic() > stops_at:
                break
            outcomes[str(_send(rows.bound(message), relay, clock))] += 1
    finally:
        relay.close()
    return outcomes


@transaction.atomic
def _claim(now):
    """Messages, each with all of its letters. Their state stays as it is; the token and its lease are the claim."""
    if not Delivery.objects.to_go_again(now).exists():
        return []
    lanes, token = pace.paces(), uuid.uuid4()
    keys = [key for rank, lane in lanes.items() for key in _due(rank, lane, now)]
    ids = Delivery.objects.filter(pk__in=keys).values_list("message_id", flat=True)
    rows_of = Delivery.objects.filter(message_id__in=set(ids), state=DeliveryState.UNCERTAIN, settled=Settled.ASKED)
    rows_of.update(token=token, claimed_until=Now() + rows.LEASE)
    messages = {}
    for each in Delivery.objects.filter(token=token).order_by("lane_rank", "due_at", "id"):
        messages.setdefault(each.message_id, []).append(each)
    return list(messages.values())


def _due(rank, lane, now):
    if lane.stands(now):
        return []
    found = Delivery.objects.to_go_again(now).filter(lane_rank=rank).select_for_update(skip_locked=True)
    if rank != pace.BULK:
        return list(found.values_list("pk", flat=True)[:BATCH])
    keys = list(found.not_held().values_list("pk", flat=True)[: min(BATCH, pace.room(lane, now))])
    pace.take(lane, len(keys))
    return keys


def _send(delivery, relay, clock):
    for _ in range(RENDERINGS):
        try:
            return _send_as_read(delivery, relay, clock)
        except Changed:
            """Read once more: it may say the same."""
        except Newer:
            return _stays(delivery)
        except Lost:
            return rows.LOST
    return _later(delivery, clock() + LATER)


def _send_as_read(delivery, relay, clock):
    now = clock()
    try:
        facts, message = _rendered(delivery, now)
    except Exception as error:
        logger.exception("A letter of the kind %s could not be made again", delivery.kind)
        return _later(delivery, now + LATER, type(error).__name__)
    if isinstance(facts, dt.datetime):
        return _later(delivery, facts)
    if message is None or message.content_hash != delivery.content_hash:
        return _stays(delivery)
    try:
        relay.hand_over(message, lambda: _take_in_hand(delivery, facts, now))
    except (Changed, Newer, Lost):
        raise
    except Away as away:
        _later(delivery, clock() + LATER, str(away))
        return AWAY
    except IntegrityError:
        return _later(delivery, clock() + LATER)
    except Exception as error:  # noqa: BLE001 (any mail backend, with errors of its own)
        return _after(error, delivery, clock())
    return rows.finish(delivery, DeliveryState.SENT, clock())


def _rendered(delivery, now):
    """(Facts, the message), (a moment before which it must not go, None), or (None, None)."""
    letter, said = letters[delivery.kind], []
    for each in delivery.in_this_message:
        each.looked_at = now
        said.append(handing.read(letter, each, {}, now))
    waits = [each for each in said if isinstance(each, dt.datetime)]
    if waits:
        return max(waits), None
    if not all(isinstance(each, Facts) for each in said):
        return None, None
    facts = letter.together(said) if letter.together else said[0]
    return facts, compose(letter.template, facts, message_id=delivery.message_id, now=now)


def _take_in_hand(delivery, facts, now):
    """As for the first time, under the same locks; and from this moment on it has gone again."""
    with transaction.atomic(durable=True):
        if letters[delivery.kind].lock(delivery) != facts.mark or handing.is_stopped(facts, delivery):
            raise Changed
        if any(_newer_went(each) for each in delivery.in_this_message):
            raise Newer
        taken = rows.held(delivery, DeliveryState.UNCERTAIN).filter(settled=Settled.ASKED)
        number = taken.update(
            state=DeliveryState.HANDING,
            settled=Settled.GONE,
            handed_at=now,
            attempts=F("attempts") + 1,
            claimed_until=Now() + rows.LEASE,
        )
        if number != len(delivery.in_this_message):
            raise Lost
    delivery.state = DeliveryState.HANDING


def _newer_went(delivery):
    if delivery.about is None:
        return False
    theirs = Delivery.objects.filter(about=delivery.about, person=delivery.person_id, address=delivery.address)
    newer = theirs.filter(state__in=pace.HANDED, handed_at__gt=delivery.handed_at)
    return newer.exclude(message_id=delivery.message_id).exists()


def _after(error, delivery, now):
    """What the relay certainly did not take may be tried later. What it refuses is not sent: the first one may still
    have arrived."""
    state = verdict(error, in_hand=delivery.state == DeliveryState.HANDING)
    if state == DeliveryState.PENDING:
        return _later(delivery, now + LATER, words(error))
    if refused_for_good(error):
        (address,) = error.recipients
        suppressions.refused(address, now=now)
    if state == DeliveryState.FAILED:
        return _stays(delivery, words(error))
    return rows.finish(delivery, state, now, words(error))


def _later(delivery, due_at, error=""):
    return _uncertain(delivery, settled=Settled.ASKED, due_at=due_at, error=error)


def _stays(delivery, error=""):
    return _uncertain(delivery, settled=Settled.STAYED, error=error)


def _uncertain(delivery, **said):
    mine = rows.held(delivery, DeliveryState.UNCERTAIN, DeliveryState.HANDING)
    done = mine.update(state=DeliveryState.UNCERTAIN, claimed_until=None, **said)
    return said["settled"] if done else rows.LOST
