"""Handing letters over: each goes once, as its rows say at that moment, or stands where a person can see it.

``pending → claimed → handing → sent | failed | uncertain | cancelled``. A dispatcher claims letters with a token of its
own; token and state are the fence, so any number of dispatchers may run, and one that lost its claim can do nothing.
*Handing* is committed before the mail backend is called: whoever dies after that leaves a letter that may have been
accepted, which the sweeper calls *uncertain* and nobody sends again by themselves. Times decide only when a claim has
lapsed, and these are the database's, so that hosts whose clocks differ agree.
"""

import datetime as dt
import logging
import smtplib
import time
import uuid
from collections import Counter

from django.core.mail import get_connection
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from members.emails import compose, message_id
from members.models import Delivery
from members.models.delivery import DeliveryState
from members.registry import letters

logger = logging.getLogger(__name__)

BATCH = 50
LEASE = dt.timedelta(minutes=3)
BACKOFF = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
RENDERINGS = 5
AWAY, LOST = "away", "lost"


def run(*, now=None, seconds=20, stopping=lambda: False):
    """Sweep, then hand over until nothing is due, the relay is away or the time is up; counts by outcome.

    `stopping` is asked before each letter: a process that is told to end must not be killed with one in its hand,
    since nobody could then say what became of it.
    """
    outcomes = sweep(now=now or timezone.now())
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at and not stopping():
        batch = dispatch(now=now, stopping=stopping)
        outcomes += batch
        if not batch or batch[AWAY]:
            break
    return outcomes


def sweep(*, now):
    """Letters whose dispatcher has gone: those only claimed go again, those in hand are uncertain. Letters past their
    time are dropped."""
    lapsed = Delivery.objects.filter(claimed_until__lt=Now())
    rescued = lapsed.filter(state=DeliveryState.CLAIMED).update(
        state=DeliveryState.PENDING, token=None, claimed_until=None
    )
    uncertain = lapsed.filter(state=DeliveryState.HANDING).update(
        state=DeliveryState.UNCERTAIN, claimed_until=None, finished_at=now, error="no answer was recorded"
    )
    expired = Delivery.objects.filter(state=DeliveryState.PENDING, expires_at__lte=now).update(
        state=DeliveryState.CANCELLED, finished_at=now
    )
    counted = {"rescued": rescued, DeliveryState.UNCERTAIN: uncertain, DeliveryState.CANCELLED: expired}
    return +Counter({str(name): number for name, number in counted.items()})


def dispatch(*, now=None, limit=BATCH, stopping=lambda: False):
    """Claim letters that are due, personal ones first, and hand them over one by one; counts by outcome.

    `now` sets the clock for demonstrations and tests; nothing set, each step looks at it anew.
    """
    clock = (lambda: now) if now else timezone.now
    stops_at = time.monotonic() + LEASE.total_seconds() / 2
    outcomes, relay = Counter(), Relay()
    try:
        for delivery in _claim(clock(), limit):
            in_time = time.monotonic() < stops_at and not stopping()
            outcome = _deliver(delivery, relay, clock) if in_time else _put_back(delivery, delivery.due_at)
            outcomes[str(outcome)] += 1
    finally:
        relay.close()
    return outcomes


@transaction.atomic
def _claim(now, limit):
    """Rows that another dispatcher is just claiming are passed over. SQLite ignores that, and lets one writer in at a
    time; the condition on the state is what both rely on."""
    due = Delivery.objects.due(now).select_for_update(skip_locked=True).values_list("pk", flat=True)
    token = uuid.uuid4()
    Delivery.objects.filter(pk__in=list(due[:limit]), state=DeliveryState.PENDING).update(
        state=DeliveryState.CLAIMED, token=token, claimed_until=Now() + LEASE
    )
    return list(Delivery.objects.filter(token=token, state=DeliveryState.CLAIMED).order_by("lane_rank", "due_at", "id"))


def _deliver(delivery, relay, clock):
    if delivery.expires_at and delivery.expires_at <= clock():
        return _finish(delivery, DeliveryState.CANCELLED, clock)
    try:
        message = _take_in_hand(delivery, relay, clock)
    except Away as away:
        _try_later(delivery, clock, str(away))
        return AWAY
    except IntegrityError:
        # Another letter to this person about this Round is just leaving: theirs keep their order.
        return _put_back(delivery, clock() + BACKOFF[0])
    except Exception as error:
        logger.exception("A letter of the kind %s could not be made", delivery.kind)
        return _try_later(delivery, clock, type(error).__name__)
    if message is None:
        return _finish(delivery, DeliveryState.CANCELLED, clock)
    if isinstance(message, dt.datetime):
        return _put_back(delivery, message)
    return _hand_over(delivery, message, relay, clock) if message else LOST


def _take_in_hand(delivery, relay, clock):
    """The message, once *handing* has been committed; None where nobody wants it, a moment where it is too early, False
    where the claim was lost.

    Rendered outside the transaction, so that nobody waits for templates. What it is about is then held, looked at again
    and, if it has changed, the letter is rendered again: it is never dropped for that, and never sent as it was.
    """
    letter = letters[delivery.kind]
    for _ in range(RENDERINGS):
        now = clock()
        facts = letter.read(delivery, now)
        if facts is None or isinstance(facts, dt.datetime):
            return facts
        message = compose(letter.template, facts, message_id=message_id(delivery), now=now)
        relay.open()
        with transaction.atomic(durable=True):
            if letter.lock(delivery) == facts.mark:
                return message if _commit_handing(delivery, facts, message, now) else False
    return now


def _commit_handing(delivery, facts, message, now):
    return _held(delivery, DeliveryState.CLAIMED).update(
        state=DeliveryState.HANDING,
        version=facts.version,
        message_id=message.extra_headers["Message-ID"],
        content_hash=message.content_hash,
        handed_at=now,
        attempts=delivery.attempts + 1,
        claimed_until=Now() + LEASE,
    )


def _hand_over(delivery, message, relay, clock):
    try:
        relay.send(message)
    except Exception as error:  # noqa: BLE001 (any mail backend, with errors of its own)
        relay.close()
        state, said = verdict(error)
        if state == DeliveryState.PENDING:
            return _try_later(delivery, clock, said)
        return _finish(delivery, state, clock, said)
    return _finish(delivery, DeliveryState.SENT, clock)


def verdict(error):
    """What an error at hand-over means, and a few words that quote no address.

    A relay that answers has not accepted the letter: 4xx asks us to come again, 5xx refuses the recipient or the
    letter; a 5xx to the sender is ours to mend, and the letter waits. Without an answer nobody knows.
    """
    codes = [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else []
    code = next(iter(codes), getattr(error, "smtp_code", None))
    said = " ".join(str(part) for part in (type(error).__name__, code) if part)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryState.FAILED, said
    if not code or code < 400:
        return DeliveryState.UNCERTAIN, said
    ours = isinstance(error, smtplib.SMTPSenderRefused)
    return DeliveryState.PENDING if code < 500 or ours else DeliveryState.FAILED, said


def _held(delivery, *states):
    """The row, as long as this dispatcher's token is on it: the fence."""
    return Delivery.objects.filter(pk=delivery.pk, token=delivery.token, state__in=states)


def _finish(delivery, state, clock, error=""):
    """A late answer also heals a letter that the sweeper took for uncertain."""
    mine = _held(delivery, DeliveryState.CLAIMED, DeliveryState.HANDING, DeliveryState.UNCERTAIN)
    done = mine.update(state=state, finished_at=clock(), claimed_until=None, error=error[:80])
    return state if done else LOST


def _try_later(delivery, clock, error):
    tries = delivery.attempts + 1
    wait = BACKOFF[min(tries, len(BACKOFF)) - 1]
    return _put_back(delivery, clock() + wait, attempts=tries, error=error[:80])


def _put_back(delivery, due_at, **said):
    mine = _held(delivery, DeliveryState.CLAIMED, DeliveryState.HANDING, DeliveryState.UNCERTAIN)
    done = mine.update(
        state=DeliveryState.PENDING, token=None, claimed_until=None, finished_at=None, due_at=due_at, **said
    )
    return DeliveryState.PENDING if done else LOST


class Away(Exception):
    """The relay cannot be reached, or does not let us in: nothing was handed over."""


class Relay:
    """One connection of whatever mail backend is set, kept for a batch and opened anew when it has gone."""

    def __init__(self):
        self._connection = None
        self._reason = ""

    def open(self):
        """Raises Away; once away, away for the rest of the batch, or each letter would wait for its own time-out."""
        if self._reason:
            raise Away(self._reason)
        if self._connection and self._answers():
            return
        self.close()
        connection = get_connection()
        try:
            connection.open()
        except Exception as error:  # noqa: BLE001 (any mail backend, with errors of its own)
            self._reason = verdict(error)[1]
            raise Away(self._reason) from None
        self._connection = connection

    def _answers(self):
        """An SMTP relay may hang up between two letters; found out before a letter is in hand, it costs nothing."""
        noop = getattr(getattr(self._connection, "connection", None), "noop", None)
        try:
            return noop is None or noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def send(self, message):
        if self._connection.send_messages([message]) == 0:
            raise NothingSent

    def close(self):
        connection, self._connection = self._connection, None
        try:
            if connection:
                connection.close()
        except Exception as error:  # noqa: BLE001 (the letters' fates are settled; a rude goodbye changes none)
            logger.info("The mail relay hung up: %s", type(error).__name__)


class NothingSent(Exception):
    """The mail backend says that it sent nothing, and not why."""
