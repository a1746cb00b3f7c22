"""Places and waiting lists: who has a place at a Round, in the order in which the Round's row was locked.

Every verb locks the Round first, so that two people never get the same last place. Nobody's own booking is audited.
"""

from django.db import transaction
from django.db.models import Count, Max, Q

from rounds import emails
from rounds.access import get_booking
from rounds.models import Booking, Round
from rounds.states import BookingState, RoundState, Way, availability, last_minute
from rounds_site.kit.formats import nhs_moment
from rounds_site.kit.refusals import Refused


class NotOpen(Refused):
    """Booking has not opened yet, is closed, or the Round is not taking place as planned."""


class LastPlaceGone(Refused):
    """A place was shown as free, and somebody else was faster."""


def lock(round_pk):
    """The Round's row, held until the transaction ends. On SQLite the transaction itself holds the whole database."""
    return Round.objects.select_for_update().get(pk=round_pk)


@transaction.atomic
def book(*, round, person, way, now, or_wait=True):
    """A place, or a turn in the waiting list of that way; the booking that stands, if there is one already.

    With `or_wait` false a full Round is refused: the person was shown a free place and should be asked again.
    """
    round = lock(round.pk)
    booking = get_booking(person, round)
    if booking:
        return booking
    _refuse_unless_open(round, now)
    if way not in round.ways:
        raise Refused("Choose how you will come.")
    fill_free_places(round=round, now=now)
    has_place = _taken(round)[way] < round.places_for(way)
    if not has_place and not or_wait:
        raise LastPlaceGone("The last place went while you were reading. You can join the waiting list.")
    return _enter(round, person, way, BookingState.PLACE if has_place else BookingState.WAITING, now)


def _enter(round, person, way, state, now):
    last = round.bookings.aggregate(last=Max("queue_number"))["last"] or 0
    booking = Booking.objects.create(
        round=round, person=person, way=way, state=state, queue_number=last + 1, changed_at=now
    )
    _update_words(round)
    if state == BookingState.PLACE:
        emails.place_confirmed(booking, now=now)
        emails.reminders(booking, now=now)
    else:
        emails.on_waiting_list(booking, now=now)
    return booking


@transaction.atomic
def cancel(*, round, person, now):
    """Give back a place, or leave the waiting list; None where there is nothing to give back (any more).

    A freed place goes to the first person waiting in this same transaction. The booking's `had_place` says which it
    was.
    """
    round = lock(round.pk)
    booking = get_booking(person, round)
    if booking is None:
        return None
    if now >= round.starts_at:
        raise Refused("This Round has begun, so there is nothing left to cancel.")
    booking.had_place = booking.state == BookingState.PLACE
    booking.state, booking.changed_at = BookingState.CANCELLED, now
    booking.save(update_fields=["state", "changed_at"])
    if booking.had_place and booking.in_diary:
        emails.place_given_back(booking, now=now)
    fill_free_places(round=round, now=now)
    return booking


@transaction.atomic
def take_freed_place(*, round, person, now):
    """Within the last 48 hours: a person in the waiting list takes a place that somebody gave back."""
    round = lock(round.pk)
    booking = get_booking(person, round)
    if booking and booking.state == BookingState.PLACE:
        return booking
    _refuse_unless_open(round, now)
    if booking is None:
        raise Refused("You are not on the waiting list of this Round.")
    fill_free_places(round=round, now=now)
    booking.refresh_from_db()
    if booking.state == BookingState.WAITING:
        _take(round, booking, now)
    return booking


def _take(round, booking, now):
    if _taken(round)[booking.way] >= round.places_for(booking.way):
        raise LastPlaceGone("The last place went while you were reading. You are still on the waiting list.")
    _give_place(booking, now)
    _update_words(round)
    emails.place_confirmed(booking, now=now)
    emails.reminders(booking, now=now)


@transaction.atomic
def keep_in_diary(*, booking, now):
    """From one tap of the person on: their letters about this booking carry a calendar entry."""
    round = lock(booking.round_id)
    booking = get_booking(booking.person, round)
    if booking is None or booking.state != BookingState.PLACE:
        raise Refused("Only a place can go into your diary.")
    if not booking.in_diary:
        booking.in_diary = True
        booking.save(update_fields=["in_diary"])
        emails.diary_entry(booking, now=now)
    return booking


def fill_free_places(*, round, now):
    """Give free places to the first in each queue, outright, until 48 hours before; the bookings that got one.

    `round` must be locked by the caller. Call it whenever places may have become free: it also keeps the words.
    """
    promoted = []
    if round.state == RoundState.PUBLISHED and not last_minute(round.starts_at, now):
        taken = _taken(round)
        for way in round.ways:
            promoted += _first_waiting(round, way, round.places_for(way) - taken[way])
    for booking in promoted:
        _give_place(booking, now)
        emails.place_freed(booking, now=now)
        emails.reminders(booking, now=now)
    _update_words(round)
    return promoted


def queue_position(booking):
    """1 for whoever is next in the queue of that way."""
    ahead = Booking.objects.waiting().filter(
        round=booking.round_id, way=booking.way, queue_number__lt=booking.queue_number
    )
    return ahead.count() + 1


def _refuse_unless_open(round, now):
    if round.state == RoundState.CANCELLED:
        raise NotOpen("This Round is cancelled.")
    if round.state != RoundState.PUBLISHED or now >= round.starts_at:
        raise NotOpen("This Round is not open for booking.")
    if now < round.booking_opens_at:
        raise NotOpen(f"Booking opens at {nhs_moment(round.booking_opens_at)}.")
    if now >= round.booking_closes_at:
        raise NotOpen(f"Booking closed at {nhs_moment(round.booking_closes_at)}.")


def _taken(round):
    """How many places are given, per way."""
    places = round.bookings.with_a_place()
    return places.aggregate(**{way.value: Count("pk", filter=Q(way=way)) for way in Way})


def _first_waiting(round, way, free):
    return list(round.bookings.waiting().filter(way=way)[:free]) if free > 0 else []


def _give_place(booking, now):
    booking.state, booking.changed_at = BookingState.PLACE, now
    booking.save(update_fields=["state", "changed_at"])


def _update_words(round):
    """What people outside the team read about places: a word per way, written only when it changes."""
    taken, fields = _taken(round), {Way.IN_PERSON: "availability", Way.ONLINE: "online_availability"}
    words = {
        fields[way]: availability(round.availability_for(way), places=round.places_for(way), taken=taken[way])
        for way in round.ways
    }
    changed = [name for name, word in words.items() if getattr(round, name) != word]
    for name in changed:
        setattr(round, name, words[name])
    if changed:
        round.save(update_fields=changed)
