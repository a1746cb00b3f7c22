"""Who is on the list at the door and who is in: names and employers, never an address or where anybody was before."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from evaluation.models import Attendance
from members.models import Membership
from rounds.models import Booking
from rounds.states import BookingState


@dataclass(frozen=True)
class Guest:
    """Somebody with a place, or a walk-in (then `person` is None). `attendance` is None until they are in."""

    person: UUID | None
    attendance: UUID | None
    name: str
    about: str
    first_round: bool = False

    @property
    def key(self):
        return self.person or self.attendance


@dataclass(frozen=True)
class Door:
    """`heads` counts everyone ticked in."""

    on_the_list: list[Guest]
    walk_ins: list[Guest]
    heads: int


def with_a_place(round):
    return Booking.objects.with_a_place().filter(round=round).select_related("person")


def on_the_list(round):
    """The booking of each person with a place, and of those who are in but have given theirs back since: else nobody
    could undo their tick."""
    is_in = Attendance.objects.filter(round=round, person=OuterRef("person"))
    listed = Booking.objects.filter(Q(state=BookingState.PLACE) | Exists(is_in), round=round).select_related("person")
    return {booking.person_id: booking for booking in sorted(listed, key=_has_a_place)}


def _has_a_place(booking):
    return booking.state == BookingState.PLACE


def door_of(round, *, now) -> Door:
    """In the order of names, which says nothing of the order in which people came."""
    attendances = list(Attendance.objects.filter(round=round).select_related("organisation").order_by("id"))
    ticked = {attendance.person_id: attendance for attendance in attendances if attendance.person_id}
    bookings = on_the_list(round)
    employers = _employers(list(bookings), now)
    guests = [
        _guest(booking, ticked.get(person), employers.get(person, ""), round) for person, booking in bookings.items()
    ]
    walk_ins = [_walk_in(attendance) for attendance in attendances if attendance.person_id is None]
    return Door(sorted(guests, key=_by_name), sorted(walk_ins, key=_by_name), len(attendances))


def _employers(people, now):
    at_work = Membership.objects.in_force(timezone.localdate(now)).filter(person__in=people)
    return dict(at_work.order_by("starts_on", "id").values_list("person_id", "organisation__name"))


def _guest(booking, attendance, employer, round):
    online = "online" if len(round.ways) > 1 and booking.way == "online" else ""
    return Guest(
        person=booking.person_id,
        attendance=attendance and attendance.pk,
        name=booking.person.name or "Name not given",
        about=", ".join(part for part in (employer, online) if part),
        first_round=bool(attendance and attendance.first_round),
    )


def _walk_in(attendance):
    parts = [attendance.organisation.name if attendance.organisation else "", attendance.get_staff_group_display()]
    return Guest(
        person=None,
        attendance=attendance.pk,
        name=attendance.name or "Name not given",
        about=", ".join(part for part in parts if part),
        first_round=attendance.first_round,
    )


def _by_name(guest):
    return guest.name.split()[-1].lower(), guest.name.lower(), str(guest.key)
