"""The waiting list: where somebody stands in it and why, offers that end by the clock, and who is put first.

Places are offered in the order in which people joined. Whoever is put before others is so with a reason, and these
read it.
"""

from dataclasses import dataclass

from members.actions import audit
from members.models.audit import Act
from rounds import emails
from rounds.models import Booking
from rounds.states import BookingState, Jump, RoundState, last_minute, renewed_answer_by
from rounds_site.kit.acting import acting, counting, on_round
from rounds_site.kit.refusals import Refused

from .places import fill_free_places, lock
from .team import refuse_unless_facilitator


def lapse_offers(*, now):
    """For the clock: who did not answer in time is on the list no more, and the place goes to the next. Returns how
    many. A Round at a time, and looked at anew under its lock, so that it may be killed anywhere and run twice."""
    due = Booking.objects.offered().filter(offer_ends_at__lte=now, round__state=RoundState.PUBLISHED)
    rounds = sorted(set(due.values_list("round", flat=True)))
    return sum(_lapse(key, now) for key in rounds)


@acting
def _lapse(key, now):
    round = lock(key)
    due = round.bookings.offered().filter(offer_ends_at__lte=now) if round.state == RoundState.PUBLISHED else []
    due = list(due)
    for booking in due:
        _end_offer(booking, now)
    if due:
        fill_free_places(round=round, now=now)
    return len(due)


def renew_offers(round, *, now):
    """After a move: another end (``states.renewed_answer_by``), and whoever holds an offer has a letter that says it,
    since the letter of the move says the same to everyone. Where nobody could answer in time it ends at once, with the
    letter of one that has ended. The caller holds the Round's lock, has saved the Round and fills free places."""
    for booking in round.bookings.offered():
        booking.offer_ends_at = renewed_answer_by(round.starts_at, booking.offer_ends_at, now) or now
        booking.save(update_fields=["offer_ends_at"])
        if booking.offer_ends_at > now:
            emails.place_offered(booking, now=now)
        else:
            _end_offer(booking, now)


def _end_offer(booking, now):
    booking.state, booking.changed_at = BookingState.LAPSED, now
    booking.save(update_fields=["state", "changed_at"])
    emails.offer_lapsed(booking, now=now)


@acting
def put_first(*, round, booking, reason, by, now):
    """Out of turn: the next place is offered to this person, at once where one is free. Those who come after them now
    read why, never who. Comes after others who were put first before.

    The log says that `by` did it and why, of no Round and no person: who waits where is nobody's but the team's.
    """
    round = lock(round.pk)
    refuse_unless_facilitator(round, by)
    booking = round.bookings.waiting().filter(pk=booking.pk).first()
    _refuse_jump(round, booking, reason, now)
    booking.jumped_at, booking.jump_reason, booking.changed_at = now, reason, now
    booking.save(update_fields=["jumped_at", "jump_reason", "changed_at"])
    audit.record(Act.PUT_FIRST, by=by, where=round.host, reason=reason, now=now)
    fill_free_places(round=round, now=now)
    booking.refresh_from_db()
    return booking


def _refuse_jump(round, booking, reason, now):
    if booking is None:
        raise Refused("They are not on the waiting list any more.")
    if round.state != RoundState.PUBLISHED or last_minute(round.starts_at, now):
        raise Refused(
            "In the last 48 hours no place is offered any more: whoever looks first takes it. Tell them, or let them"
            " come without a place."
        )
    if not Booking.objects.before(booking).exists():
        raise Refused("They are first already, so the next place is offered to them.")
    if booking.jumped_at is not None:
        raise Refused("They were put first already, and come after those who were before them.")
    if reason not in Jump.values:
        raise Refused("Choose why they come before those who joined earlier.")


@dataclass(frozen=True)
class Turn:
    """Where somebody stands in the queue of their way, 1 for whoever is next; and why others came before them:
    `reason` or "". `was` is where they stood before that, or None where they stand as they did."""

    position: int
    reason: str = ""
    was: int | None = None


@counting
def turn(booking) -> Turn:
    """Counts people whom the asker may not see."""
    on_round(booking.round_id)
    position = Booking.objects.before(booking).count() + 1
    overtaker = Booking.objects.overtaking(booking).order_by("-changed_at", "-queue_number").first()
    if overtaker is None:
        return Turn(position)
    is_still_before = overtaker.state == BookingState.WAITING
    return Turn(position, overtaker.why_before, position - 1 if is_still_before else None)
