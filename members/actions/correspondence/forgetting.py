"""What is forgotten of letters, and when. Their rows name people, and many of them a Round; and as long as one is there
no second letter of its key can be written, so none goes before nobody could ask for it any more."""

import datetime as dt
from collections import defaultdict

from django.db import transaction
from django.db.models import Count

from members.models import Delivery
from members.models.delivery import DeliveryState
from members.registry import letters

KEPT = dt.timedelta(days=30)
STRETCH = 20_000
HELD = (DeliveryState.CLAIMED, DeliveryState.HANDING)


def due(now):
    """Each kind's own rows; those of kinds that say nothing of it 30 days after they were finished. One that a
    dispatcher holds stays until it is finished.

    Their keys are read as they are taken, those of a few Rounds at a time: after a month without a worker millions are
    due. Not in the order of keys with a limit, for which PostgreSQL would walk through all letters there are.
    """
    for rows in _old(now, letters):
        free = rows.exclude(state__in=HELD)
        yield from _keys(free.filter(about=None))
        for some in _stretches(free.exclude(about=None)):
            yield from _keys(free.filter(about__in=some))


def _keys(rows):
    return rows.order_by("pk").values_list("pk", flat=True)


def _stretches(rows):
    """What they are about, as many together as have a stretch of letters."""
    some, number = [], 0
    for about, letters_of_it in rows.order_by("about").values_list("about").annotate(number=Count("*")):
        some.append(about)
        number += letters_of_it
        if number >= STRETCH:
            yield some
            some, number = [], 0
    if some:
        yield some


def _old(now, of):
    """The rows of those kinds, and of all that say nothing of it."""
    others = Delivery.objects.exclude(kind__in=[letter.kind for letter in letters if letter.gone])
    yield others.filter(finished_at__lte=now - KEPT)
    for letter in of:
        if letter.gone:
            yield Delivery.objects.filter(letter.gone(now), kind=letter.kind)


@transaction.atomic
def forget(*, keys, now):
    """Each is looked at again: one may have been taken up since. Nobody waits for a row that a dispatcher holds: it is
    looked at again an hour later."""
    asked = Delivery.objects.filter(pk__in=keys)
    kinds = set(asked.order_by().values_list("kind", flat=True))
    by_kind = defaultdict(list)
    for rows in _old(now, [letter for letter in letters if letter.kind in kinds]):
        free = rows.filter(pk__in=keys).exclude(state__in=HELD)
        for row in free.select_for_update(skip_locked=True, of=("self",)).order_by("pk"):
            by_kind[row.kind].append(row)
    for kind, some in by_kind.items():
        if kind in letters and letters[kind].remains:
            letters[kind].remains(some)
    going = [row.pk for some in by_kind.values() for row in some]
    return Delivery.objects.filter(pk__in=going).delete()[0]
