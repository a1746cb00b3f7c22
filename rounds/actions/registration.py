"""Booking a place and giving it back, in the order in which the Round's row was locked.

Every verb locks the Round first, so that two people never get the same last place. Nobody's own booking is audited.
"""

from members import postbox
from rounds import emails
from rounds.access import get_booking, latest_booking
from rounds.days import time_of
from rounds.models import Booking
from rounds.states import BookingState, RoundState
from rounds_site.kit.acting import acting, on_round
from rounds_site.kit.formats import nhs_moment
from rounds_site.kit.refusals import Refused

from . import entries
from .places import (
    count,
    fill_free_places,
    lock,
    lock_with_sittings,
    place_elsewhere,
    place_for,
    serve_the_queue,
    update_words,
)


class NotOpen(Refused):
    """Booking has not opened yet, is closed, or the Round is not taking place as planned."""


class LastPlaceGone(Refused):
    """A place was shown as free, and somebody else was faster."""


@acting
def book(*, round, person, way, now, either=False, or_wait=True, instead=False):
    """A place, or a turn in the waiting list of that way; the booking that stands, if there is one already. Whoever
    would take `either` way has a place of the other one before they wait.

    With `or_wait` false a full Round is refused: the person was shown a free place and should be asked again.

    Of a Round that is repeated, whoever has a place at another sitting changes to this one where they say `instead`: in
    one act, and where none is left here they keep what they have. They may wait here meanwhile.
    """
    round, others = lock_with_sittings(round)
    booking = get_booking(person, round)
    if booking:
        return booking
    _refuse_unless_open(round, now)
    if way not in round.ways:
        raise Refused("Choose how you will come.")
    counted = count(round)
    serve_the_queue(round, counted, now)
    either = either and len(round.ways) > 1
    given, reserve = place_for(round, person, way, either, counted, now)
    has = place_elsewhere(person, round, others, now)
    _refuse_what_was_not_said(given, has, round, or_wait, instead)
    state = BookingState.PLACE if given else BookingState.WAITING
    said = {"way": given or way, "either": either, "state": state, "reserve": reserve}
    booking = Booking(round=round, person=person, **said, changed_at=now)
    _enter(booking, counted, now)
    if given and has:
        _give_back_for(booking, has, now)
    return booking


def _refuse_what_was_not_said(given, has, round, or_wait, instead):
    """Nobody loses a place, or joins a list, without having been told before."""
    there = time_of(has.round, round) if has else ""
    if given and has and not instead:
        raise Refused(f"You have a place at {there}. You can change to this one.")
    if not given and not or_wait:
        keeps = f" You keep your place at {there}." if has else ""
        raise LastPlaceGone(f"The last place went while you were reading.{keeps} You can join the waiting list.")


def _give_back_for(booking, has, now):
    """The place at another sitting, which ends in the transaction in which they get this one. What they need goes
    with them, and so does the entry in their diary."""
    on_round(has.round_id)
    needs, entry = has.round.needs.filter(person=booking.person_id).first(), has.open_entry
    _end(has.round, has, now)
    on_round(booking.round_id)
    if entry:
        entries.put_in(booking, entry.address, now=now)
    if needs:
        needs.round = booking.round
        needs.save(force_insert=True)


def _enter(booking, counted, now):
    booking.queue_number = counted.last + 1
    booking.save(force_insert=True)
    if booking.state == BookingState.PLACE:
        counted.hold(booking.way, booking.reserve)
        emails.place_confirmed(booking, now=now)
    else:
        emails.on_waiting_list(booking, now=now)
    update_words(booking.round, counted)
    return booking


@acting
def cancel(*, round, person, now):
    """Give back a place, decline an offer or leave the waiting list; None where there is nothing to give back (any
    more). The booking's `had_place` says whether it was a place.

    A freed place is offered to the first person waiting in this same transaction; of a Round that is postponed, once it
    has its new date.
    """
    round = lock(round.pk)
    booking = get_booking(person, round, and_what_it_leaves=True)
    if booking is None:
        return None
    if round.has_a_date and now >= round.starts_at:
        raise Refused("This Round has begun, so there is nothing left to cancel.")
    _end(round, booking, now)
    return booking


@acting
def leave_the_list(*, round, person, now):
    """Decline an offer or leave the waiting list; None where they have a place by now, which is not given back by a
    tap that was meant for the list, or nothing at all."""
    round = lock(round.pk)
    booking = get_booking(person, round, and_what_it_leaves=True)
    if booking is None or booking.state == BookingState.PLACE:
        return None
    booking.was_offered = booking.state == BookingState.OFFERED
    _end(round, booking, now)
    return booking


def _end(round, booking, now):
    booking.had_place = booking.state == BookingState.PLACE
    booking.state, booking.changed_at = BookingState.CANCELLED, now
    booking.save(update_fields=["state", "changed_at"])
    if booking.had_place and (booking.leaves_something or _was_changed(round)):
        _clear_up(round, booking, now)
    fill_free_places(round=round, now=now)


def _clear_up(round, booking, now):
    """Their needs, and what lies in their diary: an entry that ended when the Round was postponed too, where no letter
    has taken it out yet, since whoever has no place is not written to about the Round. It ends anew, so that the letter
    to everybody, where they have that too, leaves it alone: it is taken out once."""
    round.needs.filter(person=booking.person_id).delete()
    left = list(entries.not_yet_taken_out(round).filter(booking=booking)) if _was_changed(round) else []
    for entry in filter(None, [booking.open_entry, *left]):
        entries.take_out(entry, now=now)
        emails.place_given_back(entry, now=now)


def _was_changed(round):
    return round.moved_at or not round.has_a_date


@acting
def take_place(*, round, person, now):
    """The place that is offered to somebody; or within the last 48 hours one that somebody gave back, by a person in
    the waiting list. An offer stands until somebody else is offered the place, even where booking has closed. The place
    that they have at another sitting is given back for it."""
    round, others = lock_with_sittings(round)
    booking = get_booking(person, round)
    has = place_elsewhere(person, round, others, now)
    booking = _take(round, booking, person, now)
    if has and booking.state == BookingState.PLACE:
        _give_back_for(booking, has, now)
    return booking


def _take(round, booking, person, now):
    if booking and booking.state == BookingState.PLACE:
        return booking
    if booking and booking.state == BookingState.OFFERED:
        _refuse_unless_ahead(round, now)
        return _have(booking, now)
    _refuse_unless_open(round, now)
    if booking is None:
        raise Refused(_why_there_is_nothing_to_take(round, person))
    fill_free_places(round=round, now=now)
    booking.refresh_from_db()
    if booking.state == BookingState.WAITING:
        _take_freed(round, booking, now)
    elif booking.state == BookingState.OFFERED:
        _have(booking, now)
    return booking


def _why_there_is_nothing_to_take(round, person):
    lapsed = latest_booking(person, round)
    if lapsed and lapsed.state == BookingState.LAPSED:
        return "The time to answer has passed, so the place went on to others. You can join the waiting list again."
    return "You are not on the waiting list of this Round."


def _take_freed(round, booking, now):
    counted = count(round)
    given, booking.reserve = place_for(round, booking.person, booking.way, booking.either, counted, now)
    if not given:
        raise LastPlaceGone("The last place went while you were reading. You are still on the waiting list.")
    booking.way = given
    counted.hold(booking.way, booking.reserve)
    update_words(round, counted)
    _have(booking, now)


def _have(booking, now):
    booking.state, booking.changed_at = BookingState.PLACE, now
    booking.save(update_fields=["state", "changed_at", "way", "reserve"])
    emails.place_confirmed(booking, now=now)
    return booking


@acting
def come_either_way(*, round, person, either, now):
    """Somebody who waits says whether they would take a place of the other way too; where one is free it is offered to
    them at once, in their turn, or theirs in the last 48 hours. None where they do not wait any more."""
    round = lock(round.pk)
    booking = get_booking(person, round)
    if booking is None or booking.state != BookingState.WAITING or len(round.ways) < 2:
        return None
    _refuse_unless_ahead(round, now)
    booking.either = either
    booking.save(update_fields=["either"])
    fill_free_places(round=round, now=now)
    booking.refresh_from_db()
    return booking


@acting
def keep_in_diary(*, booking, now):
    """From one tap of the person on: their letters about this booking carry a calendar entry."""
    round = lock(booking.round_id)
    booking = get_booking(booking.person, round)
    if booking is None or booking.state != BookingState.PLACE:
        raise Refused("Only a place can go into your diary.")
    if not round.has_a_date:
        raise Refused("This Round is postponed, so there is no day to put into your diary yet.")
    if not booking.open_entry:
        address = postbox.address_for_places(booking.person)
        if not address:
            raise Refused("You asked us not to write to you. Download the entry as a file, or say where we may write.")
        entries.put_in(booking, address, now=now)
    return booking


@acting
def take_out_of_diary(*, booking, now):
    """From another tap on no more; their place stays theirs."""
    round = lock(booking.round_id)
    booking = get_booking(booking.person, round)
    if booking and (entry := booking.open_entry):
        entries.take_out(entry, now=now)
        emails.out_of_diary(entry, now=now)
    return booking


def _refuse_unless_ahead(round, now):
    if round.state == RoundState.CANCELLED:
        raise NotOpen("This Round is cancelled.")
    if round.state == RoundState.POSTPONED:
        raise NotOpen("This Round is postponed. You can book once its new date is known.")
    if round.state != RoundState.PUBLISHED or now >= round.starts_at:
        raise NotOpen("This Round is not open for booking.")
    if not round.needs_booking:
        raise NotOpen("There is no need to book this Round: just come.")


def _refuse_unless_open(round, now):
    _refuse_unless_ahead(round, now)
    if now < round.booking_opens_at:
        raise NotOpen(f"Booking opens at {nhs_moment(round.booking_opens_at)}.")
    if now >= round.booking_closes_at:
        raise NotOpen(f"Booking closed at {nhs_moment(round.booking_closes_at)}.")
