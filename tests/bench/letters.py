"""Invitations of one Round to all staff of a partner: by one dispatcher and by two, beside a bare loop that only sends.

The portal and the bare loop take turns, seconds at a time, on the same databases, relay and machine: whatever else the
machine does slows down both. A rate is the middle one of all turns.
"""

import datetime as dt
import statistics
import sys
import uuid
from contextlib import ExitStack

from django.utils import timezone

from members.models import Delivery
from rounds import emails

from .figures import Figure, to_two_places
from .people import DOMAIN, know_the_tables, partner_with, round_for
from .portals import portal_and_relay
from .sender import BARE, PORTAL
from .sending import sender

SIZES = [5_000, 50_000]
BARE_ROWS = 1_000
WARM = 1_000


def run(sizes):
    with portal_and_relay(BULK_PER_MINUTE="0", BULK_PER_DAY="0") as (portal, relay):
        for size in sizes:
            partner, _ = partner_with(size)
            _rows_of_the_bare_loop(round_for(partner))
            with ExitStack() as stack:
                bare, *ours = [stack.enter_context(sender(portal, what)) for what in (BARE, PORTAL, PORTAL)]
                for dispatchers in (ours[:1], ours):
                    yield from _figures(_measure(relay, partner, bare, dispatchers))


def _measure(relay, partner, bare, dispatchers):
    """`turns`: what the bare loop did in its turn, and the dispatchers in theirs right after."""
    size, turns, sent, last = _invite(round_for(partner)), [], 0, True
    seconds = min(2, max(0.5, size / 2_500))
    while sent < size and last:
        floor = bare.send(seconds / 2)
        for each in dispatchers:
            each.begin(seconds)
        turn = [each.done() for each in dispatchers]
        last = sum(map(_sent, turn))
        sent += last
        turns.append((floor, turn))
        sys.stderr.write(f"letters: {sent} of {size}\r")
    sys.stderr.write("\n")
    accepted, addresses, content = relay.ledger(DOMAIN)
    letters = Delivery.objects.filter(kind="invitation")
    uncertain = letters.filter(state="uncertain").count()
    letters.delete()
    counted = {"uncertain": uncertain, "lost": size - addresses, "doubled": accepted - addresses}
    return size, turns, content, counted


def _rows_of_the_bare_loop(round):
    """They are never due, so that no dispatcher takes them."""
    now = timezone.now()
    row = {"kind": BARE, "about": round.pk, "created_at": now, "due_at": now + dt.timedelta(days=1000)}
    Delivery.objects.bulk_create(
        Delivery(person=each, dedupe_key=f"{BARE}:{each.pk}", token=uuid.uuid4(), **row)
        for each in emails.invitation_audience(round, now=now)[:BARE_ROWS]
    )


def _invite(round):
    """The letters to all of them; how many these are."""
    written = emails.invite(round, now=timezone.now())
    know_the_tables()
    return written


def _figures(measured):
    size, turns, content, counted = measured
    ours = [each for _, turn in turns for each in turn]
    letters, dispatchers = sum(map(_sent, ours)), len(turns[0][1])
    note = f"{size} letters" + (f", {dispatchers} dispatchers" if dispatchers > 1 else "")

    def figure(name, value, unit, *goal):
        return Figure("letters", name, value, unit, note, goal)

    rates = [sum(map(_rate, turn)) / _rate(floor) for floor, turn in turns if _sent(floor)]
    yield figure("rate_vs_bare_dispatcher", to_two_places(statistics.median(rates)), "ratio", "at least", 0.6)
    cpu = sum(each["cpu"] + each["database_cpu"] for each in ours)
    yield figure("cpu_ms_per_letter", to_two_places(1000 * cpu / letters), "ms", "at most", 8)
    statements, framing = (sum(each[name] for each in ours) for name in ("statements", "framing"))
    yield figure("sql_per_letter", to_two_places((statements - framing) / letters), "statements", "at most", 5)
    yield figure("framing_per_letter", to_two_places(framing / letters), "statements")
    if dispatchers == 1:
        yield figure("rss_growth", to_two_places(_growth(ours)), "ratio", "at most", 1.1)
    yield figure("bytes_per_letter", content // letters, "bytes")
    for name, number in counted.items():
        yield figure(name, number, "letters", "exactly", 0)


def _sent(turn):
    return turn["outcomes"].get("sent", 0)


def _rate(turn):
    return _sent(turn) / turn["at"]


def _growth(turns):
    """The peak at the end against that after the first letters."""
    sent = 0
    for turn in turns:
        sent += _sent(turn)
        if sent >= WARM:
            break
    return turns[-1]["peak_kb"] / turn["peak_kb"]
