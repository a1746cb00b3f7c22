"""One letter: read, rendered, compared once more with the live rows while they are held, and handed over."""

import logging
from dataclasses import replace
from functools import lru_cache

from django.db import IntegrityError, transaction
from django.db.models import CharField, UUIDField

from members.actions import suppressions
from members.emails import compose, message_id
from members.models import Suppression
from members.models.delivery import DeliveryState
from members.models.lane import print_of
from members.registry import Facts, letters
from rounds_site.kit.prepared import First, Slot

from . import rows
from .relay import Away, NotAsked, refused_for_good, verdict, words

logger = logging.getLogger(__name__)

RENDERINGS = 5
AWAY = "away"


class Changed(Exception):
    """What the letter says is not true any more: it is rendered again, never dropped for that, never sent as it was."""


class Lost(Exception):
    """Another dispatcher has the letter now."""


def deliver(message, relay, clock, known):
    """What became of a message, which is one letter or several to the same person. `known` holds the Facts of those
    that were read with a whole batch; the others are read here."""
    for _ in range(RENDERINGS):
        try:
            return _deliver_as_read(message, relay, clock, known)
        except Changed:
            known = {}
        except Lost:
            return rows.LOST
    return rows.put_back(rows.bound(message), clock())


def _deliver_as_read(message, relay, clock, known):
    now = clock()
    try:
        letter = letters[message[0].kind]
        said, outcome = _said(letter, message, known, now)
        if not said:
            return outcome
        delivery = rows.bound(message)
        facts = letter.together(said) if letter.together else said[0]
        ready = compose(letter.template, facts, message_id=message_id(delivery), now=now)
    except Exception as error:
        logger.exception("A letter of the kind %s could not be made", message[0].kind)
        return rows.try_later(rows.bound(message), clock(), type(error).__name__)
    return _hand_over(delivery, facts, ready, relay, clock)


def _said(letter, message, known, now):
    """The Facts of those that go; the others leave the message, and the last one's outcome is told."""
    said, outcome = [], None
    for delivery in list(message):
        delivery.looked_at = now
        facts = read(letter, delivery, known, now)
        if isinstance(facts, Facts):
            said.append(facts)
            continue
        if len(message) > 1:
            message.remove(delivery)
        outcome = _stays(rows.bound([delivery]), facts, now)
    return said, outcome


def _stays(delivery, facts, now):
    return rows.put_back(delivery, facts) if facts else rows.finish(delivery, DeliveryState.CANCELLED, now)


def read(letter, delivery, known, now):
    """Facts of a letter that goes, None for one that nobody wants any more, or a moment before which it must not go."""
    if delivery.expires_at and delivery.expires_at <= now:
        return None
    if delivery.pk in known:
        return known[delivery.pk]
    facts = letter.read(delivery, now)
    is_known = isinstance(facts, Facts)
    return None if is_known and is_stopped(facts, delivery) else facts


def is_stopped(facts, delivery):
    systems = {each.system for each in delivery.in_this_message}
    return any(_stopping().run(print=print_of(facts.address), system=system) for system in systems)


@lru_cache(maxsize=1)
def _stopping():
    known = Suppression.objects.filter(print=Slot("print", CharField()))
    return First(known.stopping(Slot("system", UUIDField())).order_by("pk"))


def _hand_over(delivery, facts, message, relay, clock):
    try:
        relay.hand_over(message, lambda: commit_handing(delivery, facts, message))
    except (Changed, Lost):
        raise
    except NotAsked as away:
        rows.put_back(delivery, clock() + rows.BACKOFF[0], error=str(away))
        return AWAY
    except Away as away:
        rows.try_later(delivery, clock(), str(away))
        return AWAY
    except IntegrityError:
        # Another letter to this person about this Round is just leaving: theirs keep their order.
        return rows.put_back(delivery, clock() + rows.BACKOFF[0])
    except Exception as error:  # noqa: BLE001 (any mail backend, with errors of its own)
        return _after(error, delivery, clock())
    return rows.finish(delivery, DeliveryState.SENT, clock())


def commit_handing(delivery, facts, message):
    """What it is about is held and looked at once more; nobody changes it before the row says *handing*."""
    with transaction.atomic(durable=True):
        taken = facts.stands and rows.take_in_hand(delivery, facts, message, delivery.looked_at)
        if not taken:
            _look_and_take_in_hand(delivery, replace(facts, stands=None), message)
    delivery.state = DeliveryState.HANDING


def _look_and_take_in_hand(delivery, facts, message):
    if letters[delivery.kind].lock(delivery) != facts.mark:
        raise Changed
    if not rows.take_in_hand(delivery, facts, message, delivery.looked_at):
        raise Changed if is_stopped(facts, delivery) else Lost


def _after(error, delivery, now):
    in_hand = delivery.state == DeliveryState.HANDING
    if not in_hand and not isinstance(error, OSError):
        logger.error("A letter of the kind %s could not be handed over: %s", delivery.kind, type(error).__name__)
    state = verdict(error, in_hand=in_hand)
    if state == DeliveryState.PENDING:
        return rows.try_later(delivery, now, words(error))
    if refused_for_good(error):
        (address,) = error.recipients
        suppressions.refused(address, now=now)
    return rows.finish(delivery, state, now, words(error))
