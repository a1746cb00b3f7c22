"""Writing the two logs."""

from datetime import UTC

from django.db import transaction

from members.models import CareEntry, SecurityEvent
from members.models.audit import Act, Opened


def record(act, *, by, now, about="", where=None, **said):
    """One row of the security log, committed or undone with the act itself: call it inside the act's transaction.

    `by` is who did it, None for the service itself; `about` an id or a code; `said` small plain facts. Never the name
    or address of anybody, and never a booking, an attendance, feedback or a story.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An act and its row in the log are one transaction.")
    return SecurityEvent.objects.create(
        act=Act(act),
        by=by.pk if by else None,
        at=now,
        about=str(about),
        where=where.pk if where else None,
        said=said,
    )


@transaction.atomic
def downloaded(*, what, by, now, where=None, **said):
    """Somebody took a file along; call it before the file is handed over."""
    return record(Act.EXPORT_DOWNLOADED, by=by, now=now, where=where, what=what, **said)


def opened(what, *, by, about, now, where=None):
    """`by` opened the register, list of places, panel or story of the Round `about` (an id): once for each hour.

    Only the hour is kept, so that the log does not say who looked at what in which order. `where` is the id of the
    system, Place or organisation whose Round it is.
    """
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    CareEntry.objects.bulk_create(
        [CareEntry(what=Opened(what), by=by.pk, about=about, hour=hour, where=where)],
        ignore_conflicts=True,
    )
