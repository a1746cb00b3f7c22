"""Dates to avoid: typed in, and taken back."""

from datetime import timedelta

from django.db import transaction

from members.actions import audit
from members.models.audit import Act
from rounds.models import AvoidedDates
from rounds_site.kit.refusals import Refused

LONGEST = timedelta(days=366)


def add(*, system, starts_on, ends_on, why, place=None, organisation=None):
    """The same dates typed in twice, as a double click does, stand once."""
    if not why.strip():
        raise Refused("Enter why these dates are to be avoided.")
    if ends_on < starts_on:
        raise Refused("The last day must be the first day or later.")
    if ends_on - starts_on > LONGEST:
        raise Refused("The last day must be within a year of the first.")
    facts = {"place": place, "organisation": organisation, "starts_on": starts_on, "ends_on": ends_on}
    return AvoidedDates.objects.get_or_create(system=system, why=why.strip(), **facts)[0]


@transaction.atomic
def take_back(*, dates, by, now):
    audit.record(Act.DATES_TAKEN_BACK, by=by, about=dates.pk, where=dates.whose, now=now)
    dates.delete()
