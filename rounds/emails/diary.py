"""Entries in diaries as letters find them at hand-over: which one a letter carries, and where that lies."""

from members import postbox
from members.models import Delivery
from members.models.person import DiaryStyle
from rounds import calendars
from rounds.models import DiaryEntry

from .writing import HANDED

TAKING_OUT = {"round_postponed", "round_new_date", "round_cancelled"}


def entry_of(delivery):
    """Of a letter that is about an entry and nothing else."""
    return _entries().filter(pk=delivery.part).first()


def entry_beside(delivery):
    """Of a letter to everybody: what it changes in the diary of this reader, if anything.

    News of a move carries the open entry. That a Round is postponed or called off ended the entry in the same moment as
    it wrote the letter, and so did the next such news where that letter had not gone; what ended otherwise has a letter
    of its own.
    """
    entries = _entries().filter(booking__person=delivery.person_id, booking__round=delivery.about)
    if delivery.kind in TAKING_OUT:
        return _one_to_take_out(entries.filter(ended_at=delivery.created_at).order_by("created_at", "pk"))
    return entries.open().first()


def _one_to_take_out(entries):
    """Of several, which are there only where news stood still for long, the one that lies in a diary."""
    return next(filter(_was_handed_over, entries), None) or entries.first()


def _entries():
    return DiaryEntry.objects.select_related("booking__round__venue", "booking__round__system", "booking__person")


def mark_of(entry):
    """All of the entry and its booking that a letter about it says."""
    if entry is None:
        return None
    booking = entry.booking
    said = [entry.pk, entry.sequence, entry.style, entry.ended_at, booking.state, booking.way]
    return [*said, *postbox.wishes(booking.person)]


def request(entry, delivery):
    return ("REQUEST", calendars.request(entry, stamp=delivery.created_at))


def cancellation(entry, delivery):
    return ("CANCEL", calendars.cancellation(entry, stamp=delivery.created_at))


def can_come_out(entry):
    """Whether a letter can take it out: of a mailbox that is no longer theirs it cannot, and where it was never handed
    over there is nothing."""
    return postbox.is_theirs(entry.booking.person, entry.address) and _was_handed_over(entry)


def _was_handed_over(entry):
    """By itself, or beside the news that the Round has moved."""
    carried = Delivery.objects.filter(part=entry.pk, kind__in=["diary_entry", "round_moved"])
    return carried.filter(state__in=HANDED).exists()


def words_of(entry):
    return {"says_which": entry.style == DiaryStyle.PLAIN}
