"""The letters about Rounds: who gets which, and when not. All of it is decided at hand-over, from the live rows.

* invitation: everyone active who works for an invited partner and has not stopped invitations. Not once booking has
  closed or the Round is not published; not before booking opens.
* pass_on: the named contact of each invited partner without a staff list. Not when, as above; not to a former contact.
* place_confirmed, place_freed: the person who has the place. Not once they have it no more or the Round has begun.
* on_waiting_list: the person who waits. Not once they wait no more or the Round has begun.
* reminder: the person who has a place, some days before. Not for a day the Round has left; not once a later one is due.
* diary_entry: the person who tapped "Add to my diary". Not when, as place_confirmed.
* place_given_back: the person whose diary holds the entry of a place given back. Not once the Round has begun.
* round_moved: everyone already written an invitation, everyone with a place or waiting. Not once it has moved again or
  begun.
* round_cancelled: the same people. Not once the Round would be over.
* question: a person who was asked onto the panel. Not once they have answered, are off it or the Round has begun.
* news: everyone on the panel, when the Round moves or is cancelled. Not once there is newer news or the Round is over.

The one letter after a Round is ``evaluation.emails``'s.

Nobody is written to because they came. Invitations go to those with a place too, and moved and cancelled to everyone in
the same words: neither who gets a letter nor what it says tells who booked. Only the diary entry of a person who asked
for one goes beside it.

A letter to the panel says that a facilitator has a question or news, and nothing else: not which Round, nor what for.
Its row is about the storyteller's own row and not about the Round, and goes with it.
"""

from members.registry import Letter, letters

from . import reading
from .writing import (
    diary_entry,
    invitation_audience,
    invite,
    on_waiting_list,
    pass_on_letters,
    place_confirmed,
    place_freed,
    place_given_back,
    question,
    reminders,
    reschedule_reminders,
    round_cancelled,
    round_moved,
    told_of_changes,
)

__all__ = [
    "diary_entry",
    "invitation_audience",
    "invite",
    "on_waiting_list",
    "pass_on_letters",
    "place_confirmed",
    "place_freed",
    "place_given_back",
    "question",
    "register_letters",
    "reminders",
    "reschedule_reminders",
    "round_cancelled",
    "round_moved",
    "told_of_changes",
]

PERSONAL, BULK = 0, 1


def register_letters():
    """Called once, when the app is ready."""
    for kind, read, lock, lane_rank in [
        ("invitation", reading.invitation, reading.lock_round, BULK),
        ("pass_on", reading.pass_on, reading.lock_round, PERSONAL),
        ("place_confirmed", reading.place, reading.lock_booking, PERSONAL),
        ("place_freed", reading.place, reading.lock_booking, PERSONAL),
        ("on_waiting_list", reading.waiting, reading.lock_booking, PERSONAL),
        ("reminder", reading.reminder, reading.lock_booking, PERSONAL),
        ("diary_entry", reading.diary_entry, reading.lock_booking, PERSONAL),
        ("place_given_back", reading.place_given_back, reading.lock_booking, PERSONAL),
        ("round_moved", reading.round_moved, reading.lock_round_and_diary, PERSONAL),
        ("round_cancelled", reading.round_cancelled, reading.lock_round_and_diary, PERSONAL),
        ("question", reading.question, reading.lock_storyteller, PERSONAL),
        ("news", reading.news, reading.lock_storyteller, PERSONAL),
    ]:
        letters.register(Letter(kind=kind, template=f"rounds/{kind}", read=read, lock=lock, lane_rank=lane_rank))
