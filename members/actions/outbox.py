"""What an administrator says of letters: that uncertain ones stay or go again, that those to many wait or go on.

Letters that left in one message are settled together. Who was written to is not looked at, and stands in no log.
"""

from collections import defaultdict

from django.db import transaction
from django.db.models import Q

from members import postbox
from members.models import Delivery, Pace, System
from members.models.audit import Act
from members.models.delivery import DeliveryState, Settled
from members.registry import title_of

from . import audit

# Of these nobody has said anything yet, or nothing that came of it settled them.
OPEN = ("", Settled.GONE)


@transaction.atomic
def leave(letters, *, by, system, now):
    """They may well have arrived: nothing more is done about them. How many messages these were."""
    return _settle(letters, OPEN, Act.LETTERS_LEFT, by, system, now, settled=Settled.LEFT)


@transaction.atomic
def send_again(letters, *, by, system, now):
    """The worker sends the same letters again, where they would still say the same; each once. How many these were."""
    number = _settle(letters, [""], Act.LETTERS_AGAIN, by, system, now, settled=Settled.ASKED, due_at=now)
    if number:
        postbox.ring(postbox.BELL, expires=25)
    return number


def _settle(letters, standing, act, by, system, now, **becomes):
    """Of two who press at once the second finds nothing left to settle."""
    wanted = letters.filter(state=DeliveryState.UNCERTAIN)
    in_one_message = wanted.exclude(message_id="").values("message_id")
    found = Delivery.objects.filter(state=DeliveryState.UNCERTAIN, settled__in=standing)
    found = found.filter(Q(pk__in=wanted.values("pk")) | Q(message_id__in=in_one_message))
    rows = list(found.select_for_update().order_by("pk").values_list("pk", "message_id", "kind"))
    Delivery.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(**becomes)
    messages = defaultdict(set)
    for pk, message_id, kind in rows:
        messages[kind].add(message_id or pk)
    for kind, some in sorted(messages.items()):
        audit.record(act, by=by, where=system, now=now, what=title_of(kind), letters=len(some))
    return sum(map(len, messages.values()))


@transaction.atomic
def hold(*, system, by, now):
    """Letters to many of this system wait until somebody lets them go on. Whether they went until now."""
    held = System.objects.filter(pk=system.pk, letters_held_at=None).update(letters_held_at=now)
    if held:
        audit.record(Act.LETTERS_HELD, by=by, where=system, now=now)
    return bool(held)


@transaction.atomic
def hold_all(*, now):
    """After a database was brought back from a backup: what it takes for waiting may have gone since."""
    for system in System.objects.all():
        hold(system=system, by=None, now=now)


@transaction.atomic
def let_go(*, system, by, now):
    """Whether they were held back."""
    let = System.objects.filter(pk=system.pk, letters_held_at__isnull=False).update(letters_held_at=None)
    return _go_on(let, system, by, now, what="letters to many")


@transaction.atomic
def end_pause(rank, *, system, by, now):
    """A lane that stands still for the clock's or the relay's sake goes on, for every system: the relay and the clock
    are everybody's. Whether it stood."""
    let = Pace.objects.filter(lane_rank=rank, paused_until__gt=now).update(paused_until=None, reason="")
    return _go_on(let, system, by, now, what="letters to many" if rank else "personal letters")


def _go_on(let, system, by, now, **said):
    if let:
        audit.record(Act.LETTERS_LET_GO, by=by, where=system, now=now, **said)
        postbox.ring(postbox.BELL, expires=25)
    return bool(let)
