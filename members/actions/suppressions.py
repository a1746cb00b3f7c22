"""Addresses that are written to no more. Asked at hand-over; a code for signing in is sent all the same, since whoever
asks for one is there."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from members.models import Suppression
from members.models.audit import Act
from members.models.lane import Why, print_of

from . import audit

# After a year a mailbox may belong to somebody else.
KEPT = dt.timedelta(days=365)


@transaction.atomic
def refused(address, *, now):
    """Its relay says that there is no such mailbox."""
    _suppress(address, None, Why.REFUSED, now)


@transaction.atomic
def stop(address, *, now, system=None, by=None):
    """An administrator says so, for the letters of their system; without one for all. The log has the key of the row,
    which leads to a print alone."""
    row = _suppress(address, system, Why.STOPPED, now)
    Suppression.objects.filter(pk=row.pk).update(why=Why.STOPPED)
    if by:
        audit.record(Act.ADDRESS_STOPPED, by=by, about=row.pk, where=system, now=now)


@transaction.atomic
def end(address, *, now=None, system=None, by=None):
    """Letters may go there again, those of that system. Whether there was anything to end.

    What was said for all systems is not one administrator's to take back; that a mailbox was not there is, since it may
    be there again.
    """
    rows = Suppression.objects.of(address)
    if system:
        rows = rows.filter(Q(system=system) | Q(system=None, why=Why.REFUSED))
    ended = list(rows.order_by("pk").values_list("pk", flat=True))
    if ended and by:
        audit.record(Act.ADDRESS_ALLOWED, by=by, about=ended[0], where=system, now=now)
    return bool(rows.delete()[0])


def _suppress(address, system, why, now):
    row = Suppression(created_at=now, print=print_of(address), system=system, why=why)
    Suppression.objects.bulk_create([row], ignore_conflicts=True)
    return Suppression.objects.get(print=row.print, system=system)
