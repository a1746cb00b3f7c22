"""What is forgotten of letters, and when. Their rows name people, and many of them a Round; and as long as one is there
no second letter of its key can be written, so none goes before nobody could ask for it any more."""

import datetime as dt
from collections import defaultdict

from django.db import transaction

from members.models import Delivery
from members.models.delivery import DeliveryState
from members.registry import letters

KEPT = dt.timedelta(days=30)
HELD = (DeliveryState.CLAIMED, DeliveryState.HANDING)


def due(now):
    """Each kind's own rows; those of kinds that say nothing of it 30 days after they were finished. One that a
    dispatcher holds stays until it is finished."""
    keys = []
    for rows in _old(now, letters):
        keys += rows.exclude(state__in=HELD).order_by("pk").values_list("pk", flat=True)
    return keys


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
