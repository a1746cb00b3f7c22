"""What changes so near to a Round that a letter may come too late: noting that it did, and whom to ring then."""

from datetime import UTC, timedelta

from django.utils.timezone import localtime

from rounds.models import Venue
from rounds.states import at_short_notice
from rounds_site.kit.acting import acting

from . import registration

WHEN_AND_WHERE = {"starts_at", "ends_at", "venue", "joining_details"}


def note(round, before, changed, *, now):
    """Set on the Round in hand that it changed at short notice, if it did; whether so. What an earlier such change
    noted stays as long as it counts, so that a second one takes no banner down."""
    starts = at_short_notice(before.starts_at, round.starts_at, now=now) if WHEN_AND_WHERE & set(changed) else []
    if not starts or not round.published_at:
        return False
    until = localtime(max(starts)).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    still_counts = round.urgent_until and round.urgent_until > now
    round.urgent_start = min([*starts, round.urgent_start] if still_counts else starts)
    round.urgent_until = max(until, round.urgent_until) if still_counts else until.astimezone(UTC)
    if "venue" in changed or not still_counts:
        round.room_before = before.venue if "venue" in changed else None
    return True


@acting
def say_whom_to_ring(*, round, caterer, caterer_phone, of_room=None, by, now):
    """About its food; and about its room, which other Rounds may share, for whoever may change that (`of_room`: fields
    of the Venue). Nobody is written to, since nobody else reads it."""
    round = registration.lock(round.pk)
    round.caterer, round.caterer_phone = caterer, caterer_phone
    round.save(update_fields=["caterer", "caterer_phone"])
    if of_room:
        Venue.objects.filter(pk=round.venue_id).update(**of_room)
    return round
