"""A Round whose day does not hold and whose next one is not known yet; and the new date.

Places stand: whoever has one, or waits, is told so and asked to give it back if they cannot come, when it is postponed
and again with the new date. Nothing is booked meanwhile, and nothing that is given back goes to anybody before the new
date. Names are kept no longer than promised, counted from the day that it had: a date found later begins with nobody.
"""

from rounds import emails
from rounds.states import MOVES, RoundState
from rounds_site.kit.acting import acting
from rounds_site.kit.refusals import Refused

from . import entries, moves, registration, scheduling, short_notice, waiting


@acting
def postpone(*, round, reason="", seen_version, seen=None, by, now):
    """Tell everyone that it does not take place then, and that there will be another day. Diary entries come out."""
    round = registration.lock(round.pk)
    scheduling.refuse_stale(round, seen_version, seen)
    refuse_postponing(round, now=now)
    short_notice.note(round, round, {"starts_at"}, now=now)
    moves.enter(round, RoundState.POSTPONED, by=by, now=now)
    round.postponed_at, round.postponed_reason = now, reason
    round.version += 1
    round.save()
    entries.end_with_news(round, now=now)
    emails.round_postponed(round, now=now)
    return round


def refuse_postponing(round, *, now):
    if RoundState.POSTPONED not in MOVES[round.state] or round.starts_at <= now:
        raise Refused("This Round has begun or does not take place, so it can no longer be postponed.")


@acting
def set_new_date(*, round, changes, seen_version, seen=None, by, now):
    """It takes place after all: published again if it had been, else planned. Everyone who was told is told, places
    stay and free ones go to those waiting; invitations that were still to go, go on.

    `changes` as in ``scheduling.move``, with both times of the new date among them.
    """
    round = registration.lock(round.pk)
    scheduling.refuse_stale(round, seen_version, seen)
    keeps = now < round.kept_until
    apply_new_date(round, changes, by=by, now=now)
    entries.end_with_news(round, now=now)
    if not keeps:
        round.bookings.all().delete()
    _enter(round, by, now)
    scheduling.save_room(round)
    round.save()
    # Before any offer ends with it: whoever held one is told of the new date too.
    emails.round_new_date(round, now=now)
    waiting.renew_offers(round, now=now)
    registration.fill_free_places(round=round, now=now)
    emails.reschedule_reminders(round, now=now)
    return round


def _enter(round, by, now):
    moves.enter(round, state_with_a_date(round), by=by, now=now)
    round.postponed_at, round.postponed_reason = None, ""
    round.moved_at, round.start_before = now if round.published_at else None, None
    round.version += 1
    short_notice.note(round, round, {"starts_at"}, now=now)


def apply_new_date(round, changes, *, by, now):
    """On the Round in hand; saves nothing, so a preview may ask too."""
    if round.state != RoundState.POSTPONED:
        raise scheduling.Stale("This Round has a date by now.")
    scheduling.apply_changes(round, changes, by=by, now=now)


def state_with_a_date(round):
    return RoundState.PUBLISHED if round.published_at else RoundState.PLANNED
