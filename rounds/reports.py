"""What a Round means to one person who looks at it: the one answer that its page and its cards show."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Max, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from members.access import today
from members.models import Membership, SystemEdge
from rounds.access import rounds_to_attend
from rounds.days import time_of
from rounds.models import Booking, KeptPlaces, Meeting, PreparationStep, Round, Storyteller, TeamMember
from rounds.models.keeping import still_kept
from rounds.states import ENDED, Availability, BookingState, Format, RoundState, Step, Way, last_minute
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_time

TOOK_PLACE = {RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED}
CALLED_OFF = {RoundState.CANCELLED, RoundState.POSTPONED}
GOES_ON = TOOK_PLACE | {RoundState.PLANNED}
MEETINGS = [Step.ONE_TO_ONE, Step.GROUP]


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
    """The Rounds that a person may come to, as they see them, the next one first."""
    return as_seen_by(person, rounds_to_attend(person, now=now).upcoming(now), now=now)


def as_seen_by(person, rounds, *, now) -> list[Seen]:
    """Two queries, however many Rounds there are."""
    found = rounds.select_related("venue").with_booking_of(person).with_reserves_of(person, on=today(now))
    return [seen(round, _latest(round.own_bookings), now=now) for round in found]


def _latest(bookings):
    """The one that stands, or whose offer they did not answer in time, of somebody's own at one Round."""
    return next((each for each in bookings[:1] if each.state != BookingState.CANCELLED), None)


def changed_at_short_notice(person, *, now) -> list[Seen]:
    """For a banner that is the same for everybody who may see these Rounds: nothing in it comes of a booking."""
    rounds = rounds_to_attend(person, now=now).changed_at_short_notice(now).select_related("venue")
    return [each for round in rounds if (each := seen(round, None, now=now)).changed_at_short_notice]


@dataclass(frozen=True)
class Call:
    """Somebody to ring: what about, whom, and the number or ""."""

    about: str
    name: str
    number: str

    @property
    def tel(self) -> str:
        """As a link takes it; an extension is dialled by hand."""
        number = re.split("x|ext", self.number, flags=re.IGNORECASE)[0]
        return "".join(sign for sign in number if sign.isdigit() or sign == "+")


def whom_to_ring(round, *, also=None) -> list[Call]:
    """For its team when it changes at short notice: its room and the one it had, or will have (`also`), whoever brings
    the food, and the named contacts of those invited; first of those whose staff no letter of ours reaches."""
    rooms = dict.fromkeys(room for room in (round.venue, also, round.room_before) if room)
    calls = [Call(str(room), room.contact, room.phone) for room in rooms]
    if round.food or round.caterer or round.caterer_phone:
        calls.append(Call("Food", round.caterer, round.caterer_phone))
    partners = round.partners.exclude(contact_name="", contact_phone="").order_by("has_staff_list", "name")
    return calls + [Call(each.name, each.contact_name, each.contact_phone) for each in partners]


@dataclass(frozen=True)
class OwnRounds:
    offers: list[Seen]
    places: list[Seen]
    waiting: list[Seen]
    called_off: list[Seen]
    past: list[Seen]


def own_rounds(person, *, now) -> OwnRounds:
    """A person's bookings that stand or lapsed, of Rounds ahead and of those whose names are still kept; nothing
    older."""
    bookings = Booking.objects.latest_of_each(person).filter(still_kept(now, "round__"))
    bookings = bookings.select_related("round", "round__venue").prefetch_related("diary_entries")
    bookings = bookings.order_by("round__starts_at", "round_id")
    own = [seen(booking.round, booking, now=now) for booking in bookings]

    def standing(*these):
        return [each for each in own if each.standing in these]

    held = [each for each in standing(Standing.HELD) if each.booking.state == BookingState.PLACE]
    return OwnRounds(
        offers=standing(Standing.OFFERED),
        places=standing(Standing.PLACE),
        waiting=standing(Standing.WAITING, Standing.PLACE_FREE, Standing.LAPSED),
        called_off=standing(Standing.POSTPONED) + [each for each in standing(Standing.CANCELLED) if each.ends_at > now],
        past=held[::-1],
    )


def for_the_diary(person, *, now):
    """(bookings, meetings, steps): what a diary of theirs shows that fetches it. Places at Rounds that take place,
    until these are forgotten, the meetings to prepare, and the days on which they prepare without a time yet; all in an
    order that stays."""
    places = Booking.objects.with_a_place().filter(still_kept(now, "round__"), person=person)
    places = places.filter(round__state__in=TOOK_PLACE).order_by("round__starts_at", "pk")
    meetings = Meeting.objects.to_go_to(person).filter(still_kept(now, "round__"), round__state__in=GOES_ON)
    meetings = list(meetings.order_by("fixed_at", "pk"))
    tells = Storyteller.objects.agreed().shown(now).filter(person=person, round__state__in=GOES_ON)
    days = PreparationStep.objects.filter(storyteller__in=tells, kind__in=MEETINGS, due_on__isnull=False)
    days = days.select_related("storyteller").order_by("due_on", "pk")
    at_a_time = {(each.round_id, each.kind) for each in meetings}
    without = [each for each in days if (each.storyteller.round_id, each.kind) not in at_a_time]
    return list(places.select_related("round__venue")), meetings, without


def named_in_a_log(keys):
    """{key: by which day somebody would find the Round again}"""
    found = Round.objects.filter(pk__in=keys)
    return {round.pk: _in_a_log(round) for round in found}


def _in_a_log(round):
    return f"the Round on {nhs_date(round.starts_at, weekday=False)}" if round.starts_at else "an idea for a Round"


def where_they_left(round, members):
    """[(row of its team that rests, names of the partners of its system that they left that day)]"""
    found, people = defaultdict(list), [each.person_id for each in members]
    partners = SystemEdge.objects.filter(system=round.system_id).values("organisation")
    theirs = Membership.objects.filter(person__in=people, organisation__in=partners)
    left = theirs.filter(ends_on__isnull=False).order_by("organisation__name")
    for person, day, name in left.values_list("person", "ends_on", "organisation__name"):
        found[person, day].append(name)
    return [(each, found[each.person_id, timezone.localdate(each.suspended_at)]) for each in members]


def last_facilitated(people, now):
    """{key: the day of the last Round that they facilitated}, of those that took place."""
    held = TeamMember.objects.facilitating().filter(
        person__in=people, round__ends_at__lte=now, round__state__in=TOOK_PLACE
    )
    last = held.values("person").annotate(last=Max("round__starts_at")).order_by().values_list("person", "last")
    return {person: timezone.localdate(moment) for person, moment in last}


def eating(rounds) -> dict:
    """{key of a Round: how many are to eat there}: whoever has a place in the room, and groups. For its team alone."""
    here = {"round": OuterRef("pk"), "way": Way.IN_PERSON}
    places = Booking.objects.with_a_place().filter(**here).order_by().values("round").values(number=Count("pk"))
    groups = KeptPlaces.objects.groups().filter(**here).order_by().values("round").values(number=Sum("places"))
    found = Round.objects.filter(pk__in=[round.pk for round in rounds]).order_by()
    counted = found.values_list("pk", Coalesce(Subquery(places), 0) + Coalesce(Subquery(groups), 0))
    return dict(counted)
