"""What a Round means to one person who looks at it: the one answer that its page and its cards show."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef
from django.urls import reverse

from members.access import today
from rounds.access import rounds_to_attend
from rounds.days import time_of
from rounds.models import Booking, Round
from rounds.states import CALLED_OFF, ENDED, Availability, BookingState, Format, RoundState, Way, last_minute
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_time

# A home page shows three that are open: among so many there are, unless hardly any is.
AHEAD = 60


class Standing(StrEnum):
    """How a person stands to a Round; every Round that they may see has exactly one."""

    CANCELLED = "cancelled"
    POSTPONED = "postponed"
    HELD = "held"
    PLACE = "place"
    OFFERED = "offered"
    WAITING = "waiting"
    PLACE_FREE = "place_free"
    BEGUN = "begun"
    JUST_COME = "just_come"
    NOT_OPEN = "not_open"
    BOOKING_CLOSED = "booking_closed"
    LAPSED = "lapsed"
    FULL = "full"
    OPEN = "open"


WORDS = {
    Standing.CANCELLED: "Cancelled",
    Standing.POSTPONED: "Postponed: a new date will be set",
    Standing.HELD: "This Round is over",
    Standing.PLACE: "You have a place",
    Standing.OFFERED: "A place is yours if you want it",
    Standing.WAITING: "You are on the waiting list",
    Standing.LAPSED: "The time to answer has passed",
    Standing.PLACE_FREE: "A place is free",
    Standing.BEGUN: "This Round has begun",
    Standing.JUST_COME: "No need to book: just come",
    Standing.BOOKING_CLOSED: "Booking has closed",
}


# Of a Round that is repeated, the sitting that matters most to somebody.
NEAREST = {Standing.PLACE: 0, Standing.OFFERED: 1, Standing.PLACE_FREE: 2, Standing.WAITING: 3}


@dataclass(frozen=True)
class Seen:
    """A Round as one person sees it at one moment: what its page and a ``components/round_card.html`` show.

    `booking` is theirs: one that stands, or whose offer they did not answer in time; or None. `reserved` are the ways
    in which a place is left that is reserved for their people. `sittings` are all of a Round that is repeated, this one
    among them, where it is shown as one.
    """

    round: Round
    booking: Booking | None
    standing: Standing
    now: datetime
    reserved: frozenset = frozenset()
    sittings: tuple = ()

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
        words = [self.word_for(way) for way in self.round.ways]
        return next((word for word in Availability if word in words), Availability.FULL)

    def word_for(self, way) -> Availability:
        """What they read of that way: where the places open to all are taken and one is reserved for them, that there
        are some."""
        word = self.round.availability_for(way)
        return Availability.SOME if word == Availability.FULL and way in self.reserved else word

    @property
    def beside_the_others(self) -> str:
        """The same behind its time, in a list of sittings."""
        words = "Full" if self.standing == Standing.FULL else self.state_words
        return words[:1].lower() + words[1:]

    @property
    def time(self) -> str:
        """When this sitting begins, beside the others."""
        first = self.sittings[0].round if self.sittings else self.round
        return time_of(self.round, first)

    @property
    def settled(self) -> bool:
        return self.standing == Standing.PLACE

    @property
    def has_place(self) -> bool:
        return self.booking is not None and self.booking.state == BookingState.PLACE

    @property
    def needs(self) -> bool:
        return self.standing in (Standing.PLACE_FREE, Standing.OFFERED)

    @property
    def is_full(self) -> bool:
        return self.word == Availability.FULL

    @property
    def held_until(self) -> str:
        return nhs_moment(self.booking.offer_ends_at, year=False)

    @property
    def has_lapsed(self) -> bool:
        return self.standing == Standing.LAPSED

    @property
    def went_on(self) -> bool:
        """Of an offer that was not answered in time: whether nobody could simply book the place again."""
        return self.round.availability_for(self.booking.way) == Availability.FULL

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
    def date_is_open(self) -> bool:
        return not self.round.has_a_date

    @property
    def for_whom(self) -> str:
        return self.round.for_whom

    @property
    def where(self) -> str:
        """In one line; for whoever has a place, only where they themselves will be."""
        if self.comes_online or self.round.format == Format.ONLINE:
            return "Online"
        room = str(self.round.venue or "Room to be announced")
        comes_one_way = self.booking and self.booking.state not in ENDED
        return f"{room}, or online" if self.has_two_ways and not comes_one_way else room

    @property
    def comes_online(self) -> bool:
        return self.booking is not None and self.booking.way == Way.ONLINE and self.booking.state not in ENDED

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
        return self.round.moved_at is not None and self.standing not in (
            Standing.CANCELLED,
            Standing.HELD,
            Standing.POSTPONED,
        )

    @property
    def changed_at_short_notice(self) -> bool:
        """Until its day is over: whoever came too early or to the wrong room still needs it then."""
        counts = self.round.urgent_until is not None and self.now < self.round.urgent_until
        return counts and self.standing != Standing.HELD


def seen(round, booking, *, now) -> Seen:
    """What is reserved is known of a Round that was asked for ``with_reserves_of`` the person."""
    reserved = frozenset(way for way in round.ways if getattr(round, f"reserved_{way.value}", False))
    return Seen(round, booking, _standing(round, booking, reserved, now), now, reserved)


def _standing(round, booking, reserved, now) -> Standing:
    if round.state in CALLED_OFF:
        return Standing(round.state)
    if round.state != RoundState.PUBLISHED or now >= round.ends_at:
        return Standing.HELD
    if booking and booking.state == BookingState.PLACE:
        return Standing.PLACE
    if now >= round.starts_at:
        return Standing.BEGUN
    if booking and booking.state == BookingState.OFFERED:
        return Standing.OFFERED
    if booking and booking.state == BookingState.WAITING:
        return _standing_in_queue(round, booking, now)
    if not round.needs_booking:
        return Standing.JUST_COME
    outside = _standing_outside(round, reserved, now)
    return Standing.LAPSED if booking and outside in (Standing.OPEN, Standing.FULL) else outside


def _standing_in_queue(round, booking, now):
    wanted = round.ways if booking.either else [booking.way]
    is_free = any(round.availability_for(way) != Availability.FULL for way in wanted)
    takeable = is_free and last_minute(round.starts_at, now) and now < round.booking_closes_at
    return Standing.PLACE_FREE if takeable else Standing.WAITING


def _standing_outside(round, reserved, now):
    if now < round.booking_opens_at:
        return Standing.NOT_OPEN
    if now >= round.booking_closes_at:
        return Standing.BOOKING_CLOSED
    has_some = reserved or any(round.availability_for(way) != Availability.FULL for way in round.ways)
    return Standing.OPEN if has_some else Standing.FULL


def as_one(shown) -> list[Seen]:
    """Sittings of a Round that is repeated are one: the one with a booking of theirs, else the first."""
    groups = defaultdict(list)
    for each in shown:
        groups[each.round.repeat or each.round.pk].append(each)
    return [_one_of(sittings) if len(sittings) > 1 else sittings[0] for sittings in groups.values()]


def _one_of(sittings):
    best = min(sittings, key=lambda each: NEAREST.get(each.standing, len(NEAREST)))
    return replace(best, sittings=tuple(sittings))


def sittings_of(round, person, *, now) -> list[Seen]:
    """All that this person may see of a Round that is repeated, and that were not called off, this one among them;
    nothing where it is not."""
    if round.repeat is None:
        return []
    open_to = rounds_to_attend(person, now=now).sittings(round).exclude(state=RoundState.CANCELLED)
    found = as_seen_by(person, open_to, now=now)
    return found if any(each.round.pk != round.pk for each in found) else []


def place_elsewhere(round, sittings):
    """The other sitting at which they have a place that they would give back for one here; or None."""
    there = (each for each in sittings if each.has_place and each.round.pk != round.pk)
    return next((each for each in there if each.standing in (Standing.PLACE, Standing.POSTPONED)), None)


def rounds_ahead(person, *, now):
    """The Rounds that a person may come to, as they see them, the next one first: all that they booked, and as many of
    the next ones as let a page show some that are open."""
    booked = Exists(Booking.objects.filter(round=OuterRef("pk"), person=person))
    ahead = rounds_to_attend(person, now=now).upcoming(now).alias(booked=booked)
    own_first = with_what_is_seen(ahead, person, now=now).order_by("-booked", "starts_at", "id")
    return sorted(all_seen(own_first[:AHEAD], now=now), key=lambda each: (each.round.starts_at, each.round.pk))


def as_seen_by(person, rounds, *, now) -> list[Seen]:
    """Two queries, however many Rounds there are."""
    return all_seen(with_what_is_seen(rounds, person, now=now), now=now)


def with_what_is_seen(rounds, person, *, now):
    """The rows of ``all_seen``, which may be read a stretch at a time."""
    return rounds.select_related("venue").with_booking_of(person).with_reserves_of(person, on=today(now))


def all_seen(rounds, *, now) -> list[Seen]:
    return [seen(round, _latest(round.own_bookings), now=now) for round in rounds]


def _latest(bookings):
    """The one that stands, or whose offer they did not answer in time, of somebody's own at one Round."""
    return next((each for each in bookings[:1] if each.state != BookingState.CANCELLED), None)


def changed_at_short_notice(person, *, now) -> list[Seen]:
    """For a banner that is the same for everybody who may see these Rounds: nothing in it comes of a booking."""
    rounds = rounds_to_attend(person, now=now).changed_at_short_notice(now).select_related("venue")
    return [each for round in rounds if (each := seen(round, None, now=now)).changed_at_short_notice]
