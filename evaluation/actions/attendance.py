"""Who came: ticks at the door, walk-ins, first Rounds, the headcount, the end of the register."""

from secrets import SystemRandom

from django.db import transaction
from django.utils import timezone

from evaluation.disclosure import most_forms, most_forms_before_headcount, rounded
from evaluation.models import Attendance, FirstRoundCounted, Register, RoundFigure
from members.models import System
from rounds.models import Booking
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused

MOST_PEOPLE = 2000
IN_PROGRESS = (RoundState.PUBLISHED, RoundState.HELD)


@transaction.atomic
def tick_in(*, round, person, now):
    """This person is here. Returns their attendance and whether it is new: two tablets may both hold the list."""
    _open_register(round, now)
    if not Booking.objects.with_a_place().filter(round=round, person=person).exists():
        raise Refused("They have no place any more. They are welcome all the same: add them below.")
    return Attendance.objects.get_or_create(round=round, person=person)


@transaction.atomic
def undo_tick(*, round, person, now):
    _open_register(round, now)
    Attendance.objects.filter(round=round, person=person).delete()


@transaction.atomic
def add_walk_in(*, round, key, now, name="", organisation=None, staff_group="", first_round=False):
    """Somebody who is not on the list is here, and is not refused for anything. No account is made.

    `key` is random and made when the form is shown: a double tap adds one person.
    """
    _open_register(round, now)
    said = {"name": name, "organisation": organisation, "staff_group": staff_group, "first_round": first_round}
    attendance, made = Attendance.objects.get_or_create(pk=key, defaults={"round": round, **said})
    if not made and attendance.round_id != round.pk:
        raise Refused("Open the list again and add them there.")
    return attendance


@transaction.atomic
def remove_walk_in(*, round, key, now):
    _open_register(round, now)
    Attendance.objects.walk_ins().filter(round=round, pk=key).delete()


@transaction.atomic
def mark_first_round(*, round, key, first, now):
    """What somebody at the door says of themself: this is their first Round, or it is not after all.

    Never refused: a no would tell whoever holds the tablet that the person has been at a Round before. Whether it
    counts is settled when the register is closed.
    """
    _open_register(round, now)
    Attendance.objects.filter(round=round, pk=key).update(first_round=first)


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
    _count_first_rounds(round)
    return register


def people_present(round) -> int:
    """The larger of headcount and ticks; until the headcount stands, the places of the Round."""
    register = Register.objects.filter(round=round).first()
    if register is None or register.headcount is None:
        return (round.places or 0) + (round.online_places or 0)
    return max(register.headcount, Attendance.objects.filter(round=round).count())


def most_forms_of(round) -> int:
    """How many forms the box of this Round takes, on paper or not: 1.2 for each person there, as soon as that is known.

    More may lie in it by then. They stay and are counted: nobody can tell which of them came from the people there.
    """
    register = Register.objects.filter(round=round).first()
    if register is not None and register.headcount is not None:
        return most_forms(people_present(round))
    ticked = Attendance.objects.filter(round=round).count()
    return most_forms_before_headcount(places=people_present(round), ticked=ticked)


def people_seen(round) -> int:
    """How many were there for all that is known when the box is counted. A register that was begun and not closed in
    three days says no more than its ticks; one that nobody began says nothing, and then the places stand for it."""
    register = Register.objects.filter(round=round).first()
    ticked = Attendance.objects.filter(round=round).count()
    return ticked if ticked and register.headcount is None else people_present(round)


def _count_first_rounds(round):
    """Each person with an account counts once in a life: the mark of whoever was counted before is taken back, without
    a word. A walk-in is nobody we could know again, and counts as they said."""
    # One register at a time, or two that close together would each count the same person.
    list(System.objects.select_for_update(no_key=True).order_by("pk"))
    marked = Attendance.objects.filter(round=round, first_round=True, person__isnull=False)
    marked.filter(person__in=FirstRoundCounted.objects.values("person")).update(first_round=False)
    if marked.exists():
        _write_anew(
            {*FirstRoundCounted.objects.values_list("person", flat=True), *marked.values_list("person", flat=True)}
        )


def _write_anew(people):
    """All rows by one transaction and in no order, so that nothing keeps who was counted together."""
    FirstRoundCounted.objects.all().delete()
    rows = [FirstRoundCounted(person_id=person) for person in people]
    SystemRandom().shuffle(rows)
    FirstRoundCounted.objects.bulk_create(rows)


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
