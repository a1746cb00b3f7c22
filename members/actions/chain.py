"""Sealing the security log, showing its head to the world outside the database, and forgetting its oldest rows."""

import os

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from members import emails
from members.access import today
from members.chain import digest_of, head_line
from members.models import ChainAnchor, HeadExport, SecurityEvent
from members.models.audit import KEPT_FOR

BATCH = 500
HEADS = "heads.jsonl"


def seal_all():
    """What was written since the last minute; returns how many rows."""
    sealed = count = seal()
    while count == BATCH:
        sealed += (count := seal())
    return sealed


@transaction.atomic
def seal():
    """Give the next rows their number and digest. Two sealers at once seal one after the other: each waits for the row
    of the anchor, and reads the end of the chain once it holds it."""
    head = _end_of_chain(_hold_anchor())
    number, previous = head.number, head.digest
    events = list(SecurityEvent.objects.unsealed()[:BATCH])
    for event in events:
        number += 1
        previous = digest_of(event, number=number, previous=previous)
        event.number, event.digest = number, previous
    SecurityEvent.objects.bulk_update(events, ["number", "digest"])
    return len(events)


def _hold_anchor():
    ChainAnchor.objects.get_or_create(pk=1)
    return ChainAnchor.objects.select_for_update().get(pk=1)


def _end_of_chain(anchor):
    return SecurityEvent.objects.sealed().last() or anchor


@transaction.atomic
def export_head(*, now):
    """Once a day: the head of the chain goes into a file outside the database, and to the information-governance leads
    if it has moved. Whoever computes the chain anew has to change their copies too.

    The file is written before the commit: what breaks off between leaves the same head twice, never none.
    """
    end = _end_of_chain(_hold_anchor())
    last = HeadExport.objects.order_by("day").last()
    if last and last.day >= today(now):
        return None
    head = {"number": end.number, "digest": end.digest, "at": getattr(end, "at", None)}
    export = HeadExport.objects.create(day=today(now), exported_at=now, **head)
    append(head_line(export))
    HeadExport.objects.filter(exported_at__lt=now - KEPT_FOR).delete()
    if not last or last.number != end.number:
        emails.log_head(export, now=now)
    return export


def append(line):
    """Only the service's own user reads it, and nothing in it is ever written over."""
    folder = settings.AUDIT_HEADS_DIR
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(folder / HEADS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{line}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)


def due(now):
    """The oldest rows that have had their year, in their order. A row stays while one before it stays."""
    young = SecurityEvent.objects.filter(number__isnull=False, at__gte=now - KEPT_FOR)
    first_kept = young.aggregate(first=Min("number"))["first"]
    sealed = SecurityEvent.objects.sealed()
    return (sealed.filter(number__lt=first_kept) if first_kept else sealed).values_list("pk", flat=True)


@transaction.atomic
def forget(*, keys, now):
    """Rows leave after their year, the oldest first. The anchor takes their place: the rest is checked from there."""
    anchor = _hold_anchor()
    leaving = SecurityEvent.objects.filter(pk__in=keys)
    last = leaving.order_by("number").last()
    if last:
        anchor.number, anchor.digest, anchor.moved_at = last.number, last.digest, now
        anchor.save()
    return leaving.delete()[0]
