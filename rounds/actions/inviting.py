"""Letting the invitations of a Round go, and stopping those that have not gone. Both under the Round's lock, which the
fan-out shares: whoever comes second finds what the first has done."""

from members import postbox
from members.actions import audit
from members.models.audit import Act
from rounds import emails
from rounds.states import RoundState
from rounds_site.kit.acting import acting
from rounds_site.kit.formats import thousands
from rounds_site.kit.refusals import Refused

from . import registration
from .scheduling import Stale


class MoreThanSeen(Stale):
    """More people would get the letter now than the person agreed to."""


@acting
def release_invitations(*, round, expected, by, now):
    """Let the letters go, or go on once they were stopped. `expected` is the number the person saw: never are more
    people written to than that."""
    round = registration.lock(round.pk)
    if round.invitations_released_at and not round.invitations_stopped_at:
        return round
    if round.state != RoundState.PUBLISHED:
        raise Refused("Publish the Round first: the letter leads to its page.")
    if round.booking_closes_at <= now:
        raise Refused("Booking has closed, so there is nothing to invite people to.")
    number = emails.still_to_invite(round, now=now).count()
    if number > expected:
        more = thousands(number - expected)
        raise MoreThanSeen(
            f"{thousands(number)} people would get the letter now, {more} more than you saw. Look again."
        )
    round.invitations_released_at, round.invitations_released_by, round.invitations_stopped_at = now, by, None
    round.save(update_fields=["invitations_released_at", "invitations_released_by", "invitations_stopped_at"])
    emails.invite_again(round, now=now)
    emails.pass_on_letters(round, now=now)
    _record(Act.INVITATIONS_RELEASED, round, number, by, now)
    postbox.ring("rounds.tasks.fan_out", str(round.pk))
    return round


@acting
def stop_invitations(*, round, by, now):
    """No further letter goes and none is written, until they are released again; what has gone has gone. A second press
    changes nothing."""
    round = registration.lock(round.pk)
    if not round.invitations_released_at or round.invitations_stopped_at:
        return round
    round.invitations_stopped_at = now
    round.save(update_fields=["invitations_stopped_at"])
    number = emails.stop_inviting(round, now=now)
    _record(Act.INVITATIONS_STOPPED, round, number, by, now)
    return round


def _record(act, round, number, by, now):
    audit.record(act, by=by, now=now, about=round.pk, where=round.host, letters=number)
