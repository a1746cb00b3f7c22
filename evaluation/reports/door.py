"""Who is on the list at the door and who is in: names and employers, never an address or where anybody was before."""

from collections import Counter
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from evaluation.models import Attendance
from evaluation.states import BoxState
from members.models import Membership
from rounds.codes import place_code, plain
from rounds.models import Booking
from rounds.states import BookingState, Way

NO_NAME = "Name not given"


@dataclass(frozen=True)
class Guest:
    """Somebody with a place, or a walk-in (then `person` is None). `attendance` is None until they are in."""

    person: UUID | None
    attendance: UUID | None
    name: str
    about: str
    first_round: bool = False
    has_namesake: bool = False

    @property
    def key(self):
        return self.person or self.attendance

    @property
    def state(self):
        if self.attendance is None:
            return "out"
        return "first" if self.first_round else "in"

    @property
    def listed(self):
        """As it stands in a list: what is written last is taken for the surname."""
        given, _, surname = self.name.rpartition(" ")
        return f"{surname}, {given}" if given and self.name != NO_NAME else self.name

    def has_words(self, search) -> bool:
        """Whether each word of the search is in the name, in whichever order."""
        return all(word in self.name.lower() for word in search.lower().replace(",", " ").split())


@dataclass(frozen=True)
class Door:
    """`heads` counts everyone ticked in, `in_room` those of them who are not there by a link."""

    on_the_list: list[Guest]
    walk_ins: list[Guest]
    heads: int
    in_room: int


def headcount_due(round, now):
    """When the box of a Round that is over is counted; None before its end, and once that has passed."""
    box = getattr(round, "feedback_box", None)
    waits = box and box.state == BoxState.OPEN and round.ends_at <= now < box.closes_at
    return box.closes_at if waits else None


def booked(round, person):
    """What this person booked here last, a place or not any more; None for whoever never did."""
    bookings = Booking.objects.filter(round=round, person=person).select_related("person")
    return bookings.order_by("-queue_number").first()


def on_the_list(round):
    """The booking of each person with a place, and of those who are in but have given theirs back since: else nobody
    could undo their tick."""
    is_in = Attendance.objects.filter(round=round, person=OuterRef("person"))
    listed = Booking.objects.filter(Q(state=BookingState.PLACE) | Exists(is_in), round=round).select_related("person")
    return {booking.person_id: booking for booking in sorted(listed, key=_has_a_place)}


def _has_a_place(booking):
    return booking.state == BookingState.PLACE


def door_of(round, *, now) -> Door:
    """In the order of surnames, which says nothing of the order in which people came."""
    attendances = list(Attendance.objects.filter(round=round).select_related("organisation").order_by("id"))
    ticked = {attendance.person_id: attendance for attendance in attendances if attendance.person_id}
    bookings = on_the_list(round)
    employers = _employers(round, list(bookings), now)
    guests = [
        _guest(booking, ticked.get(person), employers.get(person, ""), round) for person, booking in bookings.items()
    ]
    walk_ins = [_walk_in(attendance) for attendance in attendances if attendance.person_id is None]
    joined = [person for person in ticked if person in bookings and bookings[person].way == Way.ONLINE]
    walk_ins, heads = _with_namesakes(walk_ins, guests), len(attendances)
    return Door(sorted(guests, key=_by_name), sorted(walk_ins, key=_by_name), heads, heads - len(joined))


def _with_namesakes(walk_ins, guests):
    """Each walk-in knows whether somebody of the same name is in too: it may be the same person, noted twice."""
    names = Counter(_plain(each.name) for each in (*walk_ins, *guests) if each.attendance and each.name != NO_NAME)
    return [replace(each, has_namesake=names[_plain(each.name)] > 1) for each in walk_ins]


def _plain(name):
    return name.casefold()


def bearer_of(round, code):
    """Who has the place whose code this is, however it was typed; None where it is nobody's here."""
    places = Booking.objects.with_a_place().filter(round=round).values_list("pk", "person")
    codes = {plain(place_code(key)): person for key, person in places}
    return codes.get(plain(code))


def _employers(round, people, now):
    on = timezone.localdate(now)
    at_work = Membership.objects.in_force(on).within(round.system, on=on).filter(person__in=people)
    return dict(at_work.order_by("starts_on", "id").values_list("person_id", "organisation__name"))


def _guest(booking, attendance, employer, round):
    online = "online" if len(round.ways) > 1 and booking.way == "online" else ""
    return Guest(
        person=booking.person_id,
        attendance=attendance and attendance.pk,
        name=" ".join(booking.person.name.split()) or NO_NAME,
        about=", ".join(part for part in (employer, online) if part),
        first_round=bool(attendance and attendance.first_round),
    )


def _walk_in(attendance):
    parts = [attendance.organisation.name if attendance.organisation else "", attendance.get_staff_group_display()]
    return Guest(
        person=None,
        attendance=attendance.pk,
        name=" ".join(attendance.name.split()) or NO_NAME,
        about=", ".join(part for part in parts if part),
        first_round=attendance.first_round,
    )


def _by_name(guest):
    return guest.name == NO_NAME, guest.listed.lower(), str(guest.key)
