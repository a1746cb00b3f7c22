"""Rooms: adding one, putting right what is known of it, ending it."""

from django.db import IntegrityError, transaction

from members.access import today
from rounds.models import Venue
from rounds_site.kit.formats import thousands
from rounds_site.kit.refusals import Refused

from .successions import coming


class NameTaken(Refused):
    """The partner has, or had, a room of that name."""


def add(*, organisation, facts):
    """`facts`: {name of a field: value}."""
    venue = Venue(organisation=organisation, **facts)
    return _save(venue, force_insert=True)


def change(*, venue, facts):
    """Whoever looks at a Round that meets there reads it from now on. Nobody is written to."""
    for name, value in facts.items():
        setattr(venue, name, value)
    return _save(venue)


def _save(venue, **how):
    try:
        with transaction.atomic():
            venue.save(**how)
    except IntegrityError:
        raise NameTaken(f"{venue.organisation} has, or had, a room of that name. Choose another name.") from None
    return venue


@transaction.atomic
def end(*, venue, now):
    """From today nobody can choose it. Refused as long as a Round is still to meet there."""
    venue = Venue.objects.select_for_update().get(pk=venue.pk)
    if number := coming(now).filter(venue=venue).count():
        rounds = "A Round is" if number == 1 else f"{thousands(number)} Rounds are"
        raise Refused(f"{rounds} still to meet here. Choose another room for {'it' if number == 1 else 'them'} first.")
    venue.ended_on = today(now)
    venue.save(update_fields=["ended_on"])
    return venue


def take_up_again(*, venue):
    venue.ended_on = None
    venue.save(update_fields=["ended_on"])
    return venue
