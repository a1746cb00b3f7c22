"""How many letters may go now. Personal ones at any time; letters to many at the pace that the relay was promised, and
to one person once a week."""

import datetime as dt
import sys

from django.conf import settings
from django.db.models import Count, F, Max, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from members.models import Delivery, Pace
from members.models.delivery import DeliveryState

PERSONAL, BULK = 0, 1
HANDED = [DeliveryState.HANDING, DeliveryState.SENT, DeliveryState.UNCERTAIN]
SHORTLY = dt.timedelta(minutes=1)


def paces():
    """{rank: Pace} of both lanes. In a transaction they are held, so that two dispatchers do not both take the last."""
    rows = {pace.lane_rank: pace for pace in Pace.objects.select_for_update().order_by("lane_rank")}
    missing = [Pace(lane_rank=rank) for rank in (PERSONAL, BULK) if rank not in rows]
    Pace.objects.bulk_create(missing, ignore_conflicts=True)
    return rows | {pace.lane_rank: pace for pace in missing}


def room(pace, now):
    """How many letters to many may be claimed now. A limit of 0 is none."""
    refill(pace, now)
    minute = int(pace.tokens) if settings.BULK_PER_MINUTE else sys.maxsize
    day = max(0, settings.BULK_PER_DAY - pace.handed) if settings.BULK_PER_DAY else sys.maxsize
    return min(minute, day)


def refill(pace, now):
    """A minute's worth at most, however long nothing went: a relay counts minutes too."""
    full, today = settings.BULK_PER_MINUTE, timezone.localdate(now)
    passed = (now - pace.counted_at).total_seconds() if pace.counted_at else 60
    pace.tokens = max(0, min(full, pace.tokens + passed * full / 60))
    pace.counted_at = now
    if pace.day != today:
        pace.day, pace.handed = today, 0


def take(pace, number):
    pace.tokens = max(0, pace.tokens - number)
    pace.handed += number
    pace.save()


def pause(ranks, *, until, reason):
    Pace.objects.bulk_create([Pace(lane_rank=rank) for rank in ranks], ignore_conflicts=True)
    Pace.objects.filter(lane_rank__in=ranks).update(paused_until=until, reason=reason)


def give_back(number):
    """Of letters that were claimed and have to wait: no relay saw them."""
    if number:
        handed = Greatest(F("handed") - number, 0)
        Pace.objects.filter(lane_rank=BULK).update(tokens=F("tokens") + number, handed=handed)


def turns(deliveries, now):
    """{person: when the next letter to many may go to them}, of those who had one within the week, and of those to whom
    another dispatcher is just carrying one: claims happen one after another, so of two that hold letters to the same
    person the later one sees the earlier."""
    apart = dt.timedelta(days=settings.BULK_DAYS_APART)
    mine = [each for each in deliveries if each.lane_rank == BULK and each.person_id]
    if not mine or not apart:
        return {}
    theirs = Delivery.objects.filter(lane_rank=BULK, person__in={each.person_id for each in mine})
    handed = Q(state__in=HANDED, handed_at__gt=now - apart, handed_at__lte=now)
    carried = Q(state=DeliveryState.CLAIMED) & ~Q(token=mine[0].token)
    last = theirs.filter(handed | carried).values("person").annotate(last=Max("handed_at", filter=handed)).order_by()
    return {each["person"]: each["last"] + apart if each["last"] else now + SHORTLY for each in last}


def waiting(people, *, before, now):
    """Of these people: how many had a letter to many within the week (`wait`), and for how many of them it is not over
    before that moment (`too_late`)."""
    apart = dt.timedelta(days=settings.BULK_DAYS_APART)
    had = Delivery.objects.filter(lane_rank=BULK, person__in=people, state__in=HANDED, handed_at__gt=now - apart)
    last = had.order_by().values("person").annotate(last=Max("handed_at"))
    late = Q(last__gte=before - apart)
    return last.aggregate(wait=Count("person"), too_late=Count("person", filter=late))


def note(delivery, turns, now):
    """Whoever had a letter to many in this batch waits for the next one too."""
    if delivery.lane_rank == BULK and delivery.state == DeliveryState.HANDING and settings.BULK_DAYS_APART:
        turns[delivery.person_id] = now + dt.timedelta(days=settings.BULK_DAYS_APART)
