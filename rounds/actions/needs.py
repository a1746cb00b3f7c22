"""Saying what one needs at a Round; the place takes it along when it goes."""

from rounds.access import get_booking
from rounds.models import Needs
from rounds.states import BookingState, RoundState
from rounds_site.kit.acting import acting, for_person
from rounds_site.kit.refusals import Refused

from . import registration


@acting
def say(*, round, person, diet, food, access, now):
    """What they need from now on; nothing at all where all of it is empty. Under the Round's lock, so that nothing
    stays of somebody who gives their place back at the same moment."""
    round = registration.lock(round.pk)
    booking = get_booking(person, round)
    if booking is None or booking.state != BookingState.PLACE:
        raise Refused("Only somebody with a place can say what they need. Book a place first.")
    if round.state != RoundState.PUBLISHED or now >= round.starts_at:
        raise Refused("This Round has begun, or does not take place, so nobody would read it in time.")
    said = {"diet": sorted(diet), "food": food, "access": access}
    if not any(said.values()):
        round.needs.filter(person=person).delete()
        return None
    return Needs.objects.update_or_create(round=round, person=person, defaults=said)[0]


@acting
def forget(person, now):
    """All that somebody said, whose account is erased."""
    for_person(person.pk)
    Needs.objects.filter(person=person).delete()
