"""A Round for a portal whose processes go by the clock of the machine."""

import datetime as dt

from django.utils import timezone

from tests.factories.rounds import RoundFactory

DAY = dt.timedelta(days=1)


def bookable_round(world, **fields):
    """Of Ada's, a fortnight ahead; whoever works where Ben does can book it since yesterday."""
    now = timezone.now()
    when = {"starts_at": now + 14 * DAY, "booking_opens_at": now - DAY, "published_at": now - DAY}
    return RoundFactory(system=world.system, partners=[world.elmbridge], facilitators=[world.ada], **when, **fields)
