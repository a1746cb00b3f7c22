"""Which letters go when: claiming those that are due, in their order, and sweeping up what a dispatcher left."""

import datetime as dt
import logging
import time
import uuid
from collections import Counter
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from members.models import Delivery, Suppression
from members.models.delivery import DeliveryState
from members.models.lane import Reason, print_of
from members.registry import letters

from . import again, pace, rows
from .handing import AWAY, deliver
from .relay import Relay
from .rows import LEASE
from .steady import STEADY_AGAIN, Watch, differs_from_the_database

logger = logging.getLogger(__name__)

BATCH = 100
# So many letters put off by the relay, one after the other, and it is left in peace so long.
STORM = 5
CALM = dt.timedelta(minutes=15)


def run(*, now=None, seconds=20, stopping=lambda: False, watch=None):
    """Sweep, then hand over until nothing is due, the relay is away or the time is up; counts by outcome.

    `stopping` is asked before each letter: a process that is told to end must not be killed with one in its hand,
    since nobody could then say what became of it. `watch` remembers the clock from run to run.
    """
    watch = watch or Watch()
    outcomes = sweep(now=now or timezone.now())
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at and not stopping():
        if now is None and not trusts_the_clock(watch):
            return outcomes
        batch = dispatch(now=now, stopping=stopping)
        outcomes += batch
        if not batch or batch[AWAY]:
            break
    return outcomes + again.send_again(now=now, stopping=stopping)


def trusts_the_clock(watch):
    """After a jump nothing goes for a while, and everybody can see why: with a wrong clock a reminder would leave on
    another day. A host that is alone with its time leaves the letters to the others."""
    if differs_from_the_database():
        logger.error("The clock of this host is not that of the database: it sends no letters.")
        return False
    if watch.jumped():
        logger.error("The clock of this host has jumped: no letters go for the next %s.", STEADY_AGAIN)
        pace.pause([pace.PERSONAL, pace.BULK], until=timezone.now() + STEADY_AGAIN, reason=Reason.CLOCK)
    return True


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
    outcomes, relay, claimed = Counter(), Relay(), claim(clock(), limit)
    turns = pace.turns(claimed, clock())
    going = _let_wait(claimed, turns, outcomes)
    known = read_ahead(going, clock())
    try:
        for message in by_message(going):
            first = message[0]
            in_time = time.monotonic() < stops_at and not stopping()
            if not in_time:
                outcome = rows.put_back(rows.bound(message), first.due_at)
            elif waits_until := _waits_until(first, relay, turns, clock()):
                outcome = rows.put_back(rows.bound(message), waits_until)
            else:
                outcome = deliver(message, relay, clock, known)
                pace.note(message[0], turns, clock())
            outcomes[str(outcome)] += 1
    finally:
        relay.close()
    return outcomes


def _let_wait(claimed, turns, outcomes):
    """Letters whose reader had one to many within the week wait for it to end, all at once. Gives the others."""
    waiting = [each for each in claimed if each.lane_rank == pace.BULK and each.person_id in turns]
    if not waiting:
        return claimed
    rows.put_back_many(waiting, turns)
    messages = len(by_message(waiting))
    pace.give_back(messages)
    outcomes[str(DeliveryState.PENDING)] += messages
    kept = {each.pk for each in waiting}
    return [each for each in claimed if each.pk not in kept]


def by_message(claimed):
    """The letters, in their order, each with those to the same person that leave in one message with it."""
    messages = {}
    for each in claimed:
        together = each.kind in letters and letters[each.kind].together and each.person_id
        messages.setdefault((each.kind, together) if together else each.pk, []).append(each)
    return list(messages.values())


def _waits_until(delivery, relay, turns, now):
    """A letter to many waits for the week of its reader, and for a relay that asks us to come more slowly."""
    if delivery.lane_rank != pace.BULK:
        return None
    if relay.put_off >= STORM:
        pace.pause([pace.BULK], until=now + CALM, reason=Reason.RELAY)
        return now + CALM
    return turns.get(delivery.person_id)


@transaction.atomic
def claim(now, limit):
    """Rows that another dispatcher is just claiming are passed over. SQLite ignores that, and lets one writer in at a
    time; the condition on the state is what both rely on."""
    lanes = pace.paces()
    due = [] if lanes[pace.PERSONAL].stands(now) else _due(pace.PERSONAL, now, limit)
    bulk = [] if lanes[pace.BULK].stands(now) else _due(pace.BULK, now, limit - len(due), lanes[pace.BULK])
    if not due and not bulk:
        return []
    token = uuid.uuid4()
    Delivery.objects.filter(pk__in=due + bulk + _beside(bulk, now), state=DeliveryState.PENDING).update(
        state=DeliveryState.CLAIMED, token=token, claimed_until=Now() + LEASE
    )
    return list(Delivery.objects.filter(token=token, state=DeliveryState.CLAIMED).order_by("lane_rank", "due_at", "id"))


def _due(rank, now, limit, limited=None):
    limit = min(limit, pace.room(limited, now)) if limited else limit
    if not limit:
        return []
    found = Delivery.objects.due(now).filter(lane_rank=rank).select_for_update(skip_locked=True)
    if rank == pace.BULK:
        found = found.not_held()
    keys = list(found.values_list("pk", flat=True)[:limit])
    if limited and keys:
        pace.take(limited, len(keys))
    return keys


def _beside(keys, now):
    """What else waits for the same people and can leave in one message with these, even if it was put off a little.
    Whether it may go yet is decided when it is read."""
    kinds = [letter.kind for letter in letters if letter.together]
    if not keys or not kinds:
        return []
    people = Delivery.objects.filter(pk__in=keys, kind__in=kinds).values("person")
    theirs = Delivery.objects.due(now + rows.BACKOFF[-1]).filter(lane_rank=pace.BULK, kind__in=kinds, person__in=people)
    return list(theirs.not_held().exclude(pk__in=keys).select_for_update(skip_locked=True).values_list("pk", flat=True))


def read_ahead(claimed, now):
    """{key: Facts} from those kinds that can read many at once. Each is compared at hand-over with what is true then;
    what is not there is read by itself, so that nothing is dropped for what was true a minute ago."""
    known = {}
    for kind, some in groupby(sorted(claimed, key=attrgetter("kind")), key=attrgetter("kind")):
        if kind in letters and letters[kind].read_many:
            try:
                known |= letters[kind].read_many(list(some), now)
            except Exception:
                logger.exception("Letters of the kind %s could not be read together", kind)
    stopped = _stopped(known, {each.pk: each.system for each in claimed})
    return {key: facts for key, facts in known.items() if key not in stopped}


def _stopped(known, systems):
    """The keys of those whose address is written to no more by their system, or by none."""
    addresses = {facts.address for facts in known.values()}
    rows = set(Suppression.objects.of(*addresses).values_list("print", "system")) if known else set()
    return {
        key for key, facts in known.items() if rows & {(print_of(facts.address), each) for each in (None, systems[key])}
    }
