"""Rounds that were held before the portal was there."""

from datetime import timedelta

from django.db import transaction

from rounds.models import Round
from rounds.states import Format, RoundState

LASTED = timedelta(hours=1)
# Where nobody knows any more how many there were: nothing, and never the headcount, which is not for everyone.
NO_PLACES = {
    Format.IN_PERSON: {"places": 0},
    Format.ONLINE: {"online_places": 0},
    Format.HYBRID: {"places": 0, "online_places": 0},
}


def past_round(*, pk, system, title, held, starts_at, host):
    """A closed Round that invites nobody and has no team, not saved yet. `host` is an organisation, a Place or None."""
    hosted_by = {f"host_{type(host).__name__.lower()}": host} if host else {}
    return Round(
        pk=pk,
        system=system,
        title=title,
        format=held,
        starts_at=starts_at,
        ends_at=starts_at + LASTED,
        booking_opens_at=starts_at - timedelta(days=1),
        booking_closes_at=starts_at,
        state=RoundState.CLOSED,
        **NO_PLACES[Format(held)],
        **hosted_by,
    )


@transaction.atomic
def enter(rounds):
    return Round.objects.bulk_create(rounds)
