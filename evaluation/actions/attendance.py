"""Who came: ticks at the door, the headcount, the end of the register."""

from django.db import transaction
from django.utils import timezone

from evaluation.disclosure import rounded
from evaluation.models import Attendance, Register, RoundFigure
from rounds.models import Booking
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused

MOST_PEOPLE = 2000
IN_PROGRESS = (RoundState.PUBLISHED, RoundState.HELD)


@transaction.atomic
def tick_in(*, round, person, now):
    """This person is here. A second tick changes nothing: two tablets may both hold the list."""
    _open_register(round, now)
    if not Booking.objects.with_a_place().filter(round=round, person=person).exists():
        raise Refused("They have no place any more. They are welcome all the same: count them in the headcount.")
    attendance, _ = Attendance.objects.get_or_create(round=round, person=person)
    return attendance


@transaction.atomic
def undo_tick(*, round, person, now):
    _open_register(round, now)
    Attendance.objects.filter(round=round, person=person).delete()


@transaction.atomic
def close_register(*, round, headcount, now):
    """The headcount is entered once. What figures know of it is fixed here, rounded, and never changes."""
    register = _open_register(round, now)
    if now < round.starts_at:
        raise Refused("The register can be closed once the Round has begun.")
    ticked = Attendance.objects.filter(round=round).count()
    if headcount < ticked:
        raise Refused(f"{ticked} people are ticked in, so at least {ticked} were there.")
    if headcount > MOST_PEOPLE:
        raise Refused(f"Enter a number up to {MOST_PEOPLE:,}.")
    register.headcount, register.closed_at = headcount, now
    register.save(update_fields=["headcount", "closed_at"])
    figure, _ = RoundFigure.objects.get_or_create(round=round)
    figure.headcount, figure.headcount_entered_at = rounded(headcount), now
    figure.save(update_fields=["headcount", "headcount_entered_at"])
    return register


def people_present(round) -> int:
    """The larger of headcount and ticks; until the headcount stands, the places of the Round."""
    register = Register.objects.filter(round=round).first()
    if register is None or register.headcount is None:
        return (round.places or 0) + (round.online_places or 0)
    return max(register.headcount, Attendance.objects.filter(round=round).count())


def _open_register(round, now):
    """The register under its lock, so that no tick slips in while it is being closed."""
    if round.state not in IN_PROGRESS:
        raise Refused("There is no list at the door for this Round.")
    if timezone.localdate(now) < timezone.localdate(round.starts_at):
        raise Refused("The list at the door opens on the day of the Round.")
    register, _ = Register.objects.select_for_update().get_or_create(round=round)
    if register.closed_at:
        raise Refused("The register is closed.")
    return register
