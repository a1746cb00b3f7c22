"""When a day begins."""

from datetime import date, datetime, time

from django.utils import timezone


def midnight(day: date) -> datetime:
    """Where the portal is, with its zone."""
    return timezone.make_aware(datetime.combine(day, time()))
