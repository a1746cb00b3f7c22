"""Who came: ticks at the door, walk-ins, first Rounds, the headcount, the end of the register."""

from datetime import timedelta
from functools import lru_cache
from secrets import SystemRandom

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, UUIDField
from django.utils import timezone

from evaluation.disclosure import most_forms, most_forms_before_headcount, rounded
from evaluation.models import Attendance, FirstRoundCounted, Register, RoundFigure
from members.models import System
from rounds.models import Booking
from rounds.states import BookingState, RoundState
from rounds_site.kit.acting import acting, counting, on_round
from rounds_site.kit.prepared import First, Slot
from rounds_site.kit.refusals import Refused

MOST_PEOPLE = 2000
# Times as many as there are places.
SURPRISING = 1.2
A_DAY = timedelta(days=1)
IN_PROGRESS = (RoundState.PUBLISHED, RoundState.HELD)


class NotOnTheList(Exception):
    """Nobody of that key ever booked here."""


@acting
def tick_in(*, round, person, now):
    """The person of that key is here. Returns their attendance, or None where they were in: two tablets may both hold
    the list."""
    _open_register(round, now)
    booking = _last_booking().run(round=round.pk, person=person)
    if booking is None:
        raise NotOnTheList
    if booking.state != BookingState.PLACE:
        raise Refused("They have no place any more. They are welcome all the same: add them below.")
    # Under the register's lock nobody else does the same.
    return None if booking.is_in else Attendance.objects.create(round=round, person_id=person)


@lru_cache(maxsize=1)
def _last_booking():
    """And whether its person is in. Who booked again after giving a place back has two bookings here."""
    is_in = Attendance.objects.filter(round=OuterRef("round"), person=OuterRef("person"))
    bookings = Booking.objects.filter(round=Slot("round", UUIDField()), person=Slot("person", UUIDField()))
    return First(bookings.annotate(is_in=Exists(is_in)).order_by("-queue_number"))


@acting
def undo_tick(*, round, person, now):
    _open_register(round, now)
    Attendance.objects.filter(round=round, person=person).delete()


@acting
def add_walk_in(*, round, key, now, name="", organisation=None, staff_group="", first_round=False):
    """Somebody who is not on the list is here, and is not refused for anything. No account is made.

    `key` is random and made when the form is shown: a double tap adds one person.
    """
    _open_register(round, now)
    said = {"name": name, "organisation": organisation, "staff_group": staff_group, "first_round": first_round}
    try:
        return Attendance.objects.get_or_create(pk=key, round=round, defaults=said)[0]
    except IntegrityError:
        # The key stands in the list of another Round, which need not be seen here.
        raise Refused("Open the list again and add them there.") from None


@acting
def remove_walk_in(*, round, key, now):
    _open_register(round, now)
    Attendance.objects.walk_ins().filter(round=round, pk=key).delete()


@acting
def mark_first_round(*, round, key, first, now):
    """What somebody at the door says of themself: this is their first Round, or it is not after all.

    Never refused: a no would tell whoever holds the tablet that the person has been at a Round before. Whether it
    counts is settled when the register is closed.
    """
    _open_register(round, now)
    Attendance.objects.filter(round=round, pk=key).update(first_round=first)


@acting
def close_register(*, round, headcount, now):
    """The headcount is entered once. What figures know of it is fixed here, rounded, and never changes; of a Round of
    one team they know nothing."""
    register = _open_register(round, now, names=False)
    if now < round.starts_at:
        raise Refused("The register can be closed once the Round has begun.")
    ticked = _ticked_in(round)
    if headcount < ticked:
        raise Refused(f"{ticked} people are ticked in, so at least {ticked} were there.")
    if headcount > MOST_PEOPLE:
        raise Refused(f"Enter a number up to {MOST_PEOPLE:,}.")
    register.headcount, register.closed_at = headcount, now
    register.save(update_fields=["headcount", "closed_at"])
    # First what locks the systems: counting the box does, too, before it writes the Round's figure.
    _count_first_rounds(round)
    if not round.is_of_one_team:
        figure, _ = RoundFigure.objects.get_or_create(round=round)
        figure.headcount, figure.headcount_entered_at = rounded(headcount), now
        figure.save(update_fields=["headcount", "headcount_entered_at"])
    return register


def doubt(*, round, headcount, now):
    """A sentence where the headcount may be a slip, as it can never be mended; "" where nothing speaks against it."""
    if now < round.ends_at:
        return "The Round has not ended yet, so somebody may still come."
    places = (round.places or 0) + (round.online_places or 0)
    if places and headcount > SURPRISING * places:
        return f"{headcount:,} is a good deal more than the {places:,} places."
    return ""


def people_present(round) -> int:
    """The larger of headcount and ticks; until the headcount stands, the places of the Round."""
    register = Register.objects.filter(round=round).first()
    if register is None or register.headcount is None:
        return (round.places or 0) + (round.online_places or 0)
    return max(register.headcount, _ticked_in(round))


def most_forms_of(round) -> int:
    """How many forms the box of this Round takes, on paper or not: 1.2 for each person there, as soon as that is known.

    More may lie in it by then. They stay and are counted: nobody can tell which of them came from the people there.
    """
    register = Register.objects.filter(round=round).first()
    if register is not None and register.headcount is not None:
        return most_forms(people_present(round))
    ticked = _ticked_in(round)
    return most_forms_before_headcount(places=people_present(round), ticked=ticked)


def people_seen(round) -> int:
    """How many were there for all that is known when the box is counted. A register that was begun and not closed in
    three days says no more than its ticks; one that nobody began says nothing, and then the places stand for it."""
    register = Register.objects.filter(round=round).first()
    ticked = _ticked_in(round)
    return ticked if ticked and register.headcount is None else people_present(round)


@counting
def _ticked_in(round):
    """Counts people whom nobody may be there to see: who puts a form into the box is not signed in."""
    on_round(round.pk)
    return Attendance.objects.filter(round=round).count()


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


def _open_register(round, now, *, names=True):
    """The register under its lock, so that no tick slips in while it is being closed. `names`: for whoever enters
    somebody, as long as it is kept who came."""
    if round.state not in IN_PROGRESS:
        raise Refused("There is no list at the door for this Round.")
    if timezone.localdate(now) < timezone.localdate(round.starts_at):
        raise Refused("The list at the door opens on the day of the Round.")
    # A day at least is kept, and on the day itself nobody need ask for how long.
    if names and now >= round.ends_at + A_DAY and now >= round.kept_until:
        raise Refused("We no longer keep who came to this Round. You can still enter the headcount.")
    register = _register().run(round=round.pk) or Register.objects.select_for_update().get_or_create(round=round)[0]
    if register.closed_at:
        raise Refused("The register is closed.")
    on_round(round.pk)
    return register


@lru_cache(maxsize=1)
def _register():
    return First(Register.objects.select_for_update().filter(round=Slot("round", UUIDField())))
