"""What a Round means to one person who looks at it: the one answer that its page and its cards show."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.urls import reverse

from rounds.access import rounds_to_attend
from rounds.models import Booking, Round
from rounds.states import Availability, BookingState, Format, RoundState, Way, last_minute
from rounds_site.kit.formats import nhs_date, nhs_time

REMEMBERED_FOR = timedelta(days=30)
CALLED_OFF = {RoundState.CANCELLED, RoundState.POSTPONED}


class Standing(StrEnum):
    """How a person stands to a Round; every Round that they may see has exactly one."""

    CANCELLED = "cancelled"
    POSTPONED = "postponed"
    HELD = "held"
    PLACE = "place"
    WAITING = "waiting"
    PLACE_FREE = "place_free"
    BEGUN = "begun"
    NOT_OPEN = "not_open"
    BOOKING_CLOSED = "booking_closed"
    FULL = "full"
    OPEN = "open"


WORDS = {
    Standing.CANCELLED: "Cancelled",
    Standing.POSTPONED: "Postponed: a new date will be set",
    Standing.HELD: "This Round is over",
    Standing.PLACE: "You have a place",
    Standing.WAITING: "You are on the waiting list",
    Standing.PLACE_FREE: "A place is free",
    Standing.BEGUN: "This Round has begun",
    Standing.BOOKING_CLOSED: "Booking has closed",
}


@dataclass(frozen=True)
class Seen:
    """A Round as one person sees it at one moment: what its page and a ``components/round_card.html`` show.

    `booking` is theirs, or None.
    """

    round: Round
    booking: Booking | None
    standing: Standing
    now: datetime

    @property
    def last_minute(self) -> bool:
        return last_minute(self.round.starts_at, self.now)

    @property
    def takes_bookings(self) -> bool:
        return self.now < self.round.booking_closes_at

    @property
    def has_begun(self) -> bool:
        return self.now >= self.round.starts_at

    @property
    def state_words(self) -> str:
        if self.standing == Standing.NOT_OPEN:
            opens = self.round.booking_opens_at
            return f"Booking opens on {nhs_date(opens, year=False)} at {nhs_time(opens)}"
        return WORDS.get(self.standing) or self.word.label

    @property
    def word(self) -> Availability:
        """The best that any way of coming has to offer."""
        words = [self.round.availability_for(way) for way in self.round.ways]
        return next((word for word in Availability if word in words), Availability.FULL)

    @property
    def settled(self) -> bool:
        return self.standing == Standing.PLACE

    @property
    def needs(self) -> bool:
        return self.standing == Standing.PLACE_FREE

    @property
    def title(self):
        return self.round.title

    @property
    def url(self):
        return reverse("round_page", args=[self.round.pk])

    @property
    def starts_at(self):
        return self.round.starts_at

    @property
    def ends_at(self):
        return self.round.ends_at

    @property
    def where(self) -> str:
        """In one line; for whoever has a place, only where they themselves will be."""
        if self.comes_online or self.round.format == Format.ONLINE:
            return "Online"
        room = str(self.round.venue or "Room to be announced")
        return f"{room}, or online" if self.has_two_ways and not self.booking else room

    @property
    def comes_online(self) -> bool:
        return self.booking is not None and self.booking.way == Way.ONLINE

    @property
    def has_two_ways(self) -> bool:
        return self.round.format == Format.HYBRID

    @property
    def other_way_is_free(self) -> bool:
        """For someone waiting: the other way of coming still has places."""
        others = [way for way in self.round.ways if self.booking and way != self.booking.way]
        return any(self.round.availability_for(way) != Availability.FULL for way in others)

    @property
    def has_moved(self) -> bool:
        return self.round.moved_at is not None and self.standing not in (Standing.CANCELLED, Standing.HELD)


def seen(round, booking, *, now) -> Seen:
    return Seen(round, booking, _standing(round, booking, now), now)


def _standing(round, booking, now) -> Standing:
    if round.state in CALLED_OFF:
        return Standing(round.state)
    if round.state != RoundState.PUBLISHED or now >= round.ends_at:
        return Standing.HELD
    if booking and booking.state == BookingState.PLACE:
        return Standing.PLACE
    if now >= round.starts_at:
        return Standing.BEGUN
    return _standing_in_queue(round, booking, now) if booking else _standing_outside(round, now)


def _standing_in_queue(round, booking, now):
    is_free = round.availability_for(booking.way) != Availability.FULL
    takeable = is_free and last_minute(round.starts_at, now) and now < round.booking_closes_at
    return Standing.PLACE_FREE if takeable else Standing.WAITING


def _standing_outside(round, now):
    if now < round.booking_opens_at:
        return Standing.NOT_OPEN
    if now >= round.booking_closes_at:
        return Standing.BOOKING_CLOSED
    has_some = any(round.availability_for(way) != Availability.FULL for way in round.ways)
    return Standing.OPEN if has_some else Standing.FULL


def rounds_ahead(person, *, now):
    """The Rounds that a person may come to, as they see them, the next one first."""
    return as_seen_by(person, rounds_to_attend(person, now=now).upcoming(now), now=now)


def as_seen_by(person, rounds, *, now) -> list[Seen]:
    """Two queries, however many Rounds there are."""
    found = rounds.select_related("venue").with_booking_of(person)
    return [seen(round, next(iter(round.own_bookings), None), now=now) for round in found]


@dataclass(frozen=True)
class OwnRounds:
    places: list[Seen]
    waiting: list[Seen]
    called_off: list[Seen]
    past: list[Seen]


def own_rounds(person, *, now) -> OwnRounds:
    """A person's bookings that stand, for Rounds ahead and those of the last 30 days; nothing older is shown."""
    bookings = Booking.objects.active().filter(person=person, round__ends_at__gt=now - REMEMBERED_FOR)
    bookings = bookings.select_related("round", "round__venue").order_by("round__starts_at", "round_id")
    own = [seen(booking.round, booking, now=now) for booking in bookings]

    def standing(*these):
        return [each for each in own if each.standing in these]

    held = [each for each in standing(Standing.HELD) if each.booking.state == BookingState.PLACE]
    return OwnRounds(
        places=standing(Standing.PLACE),
        waiting=standing(Standing.WAITING, Standing.PLACE_FREE),
        called_off=[each for each in standing(Standing.CANCELLED, Standing.POSTPONED) if each.round.ends_at > now],
        past=held[::-1],
    )
