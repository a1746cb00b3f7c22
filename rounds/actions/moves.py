"""The only way to another state: the table says which there are (``states.TABLE``), and the security log is told."""

from members.actions import audit
from rounds.states import RoundState, move_to
from rounds_site.kit.refusals import Refused


def enter(round, state, *, by, now):
    """Set the state on the Round in hand, which the caller holds and saves. `by` is None for the clock."""
    move = move_to(round.state, state)
    if move is None:
        was, would = round.get_state_display().lower(), RoundState(state).label.lower()
        raise Refused(f"This Round is {was}, so it cannot become {would}.")
    round.state = state
    record(move, round, by=by, now=now)


def record(move, round, *, by, now):
    audit.record(move.act, by=by, now=now, about=round.pk, where=round.host)
