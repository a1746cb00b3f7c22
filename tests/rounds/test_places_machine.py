"""Every way to get or free a place, in any order: never more places given than there are, and nobody overtaken without
a reason that they can read."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from rounds.actions import keeping, registration, scheduling, sittings, waiting
from rounds.models import Booking, KeptPlaces, Round
from rounds.states import Availability, BookingState, Format, Jump, Keeping, RoundState, Way, last_minute
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PersonFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
PEOPLE = 7
anybody = st.integers(0, PEOPLE - 1)
ways = st.sampled_from(list(Way))
few = st.integers(1, 3)


class Places(RuleBasedStateMachine):
    """A Round in two ways with a few places, people of a trust and of a care home, and a clock that only goes on."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        system = SystemFactory()
        self.trust, self.home = (OrganisationFactory(system=system, sector=s) for s in ("acute", "social_care"))
        self.people = [PersonFactory(works_for=[self.trust, self.home][n % 3 == 0]) for n in range(PEOPLE)]
        self.ada = PersonFactory(works_for=self.trust)
        made = RoundFactory(
            system=system,
            format=Format.HYBRID,
            places=3,
            online_places=2,
            facilitators=[self.ada],
            partners=[self.trust, self.home],
        )
        self.key, self.now, self.looked_first = made.pk, NOON, set()

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @property
    def round(self):
        return Round.objects.get(pk=self.key)

    @property
    def bookings(self):
        return list(self.round.bookings.order_by("queue_number"))

    @property
    def is_late(self):
        return last_minute(self.round.starts_at, self.now)

    def tries(self, verb, **said):
        try:
            return verb(round=self.round, now=self.now, **said)
        except Refused:
            return None

    @rule(who=anybody, way=ways, either=st.booleans(), or_wait=st.booleans())
    def book(self, who, way, either, or_wait):
        booking = self.tries(registration.book, person=self.people[who], way=way, either=either, or_wait=or_wait)
        self.looked(booking)

    @rule(who=anybody)
    def take(self, who):
        self.looked(self.tries(registration.take_place, person=self.people[who]))

    def looked(self, booking):
        """In the last 48 hours a place belongs to whoever looks first, and every page says so."""
        if booking and self.is_late:
            self.looked_first.add(booking.pk)

    @rule(who=anybody, either=st.booleans())
    def come_either_way(self, who, either):
        self.tries(registration.come_either_way, person=self.people[who], either=either)

    @rule(who=anybody)
    def cancel(self, who):
        self.tries(registration.cancel, person=self.people[who])

    @rule(who=anybody)
    def decline_or_leave(self, who):
        had = self.round.bookings.with_a_place().filter(person=self.people[who]).exists()
        self.tries(registration.leave_the_list, person=self.people[who])
        assert self.round.bookings.with_a_place().filter(person=self.people[who]).exists() == had

    @rule(hours=st.sampled_from([1, 7, 30, 75]))
    def time_passes(self, hours):
        self.now += hours * HOUR
        waiting.lapse_offers(now=self.now)
        keeping.release_due(now=self.now)

    @rule(who=anybody, reason=st.sampled_from(list(Jump)))
    def put_first(self, who, reason):
        booking = self.round.bookings.filter(person=self.people[who]).last()
        if booking:
            self.tries(waiting.put_first, booking=booking, reason=reason, by=self.ada)

    @rule(way=ways, places=few, days=st.integers(2, 9), sector=st.booleans())
    def reserve(self, way, places, days, sector):
        whom = {"sector": "social_care"} if sector else {"organisation": self.home}
        self.tries(keeping.reserve, way=way, places=places, days_before=days, by=self.ada, **whom)

    @rule(way=ways, places=few, home=st.booleans())
    def give_to_group(self, way, places, home):
        partner = self.home if home else self.trust
        self.tries(keeping.give_to_group, way=way, places=places, organisation=partner, by=self.ada)

    @precondition(lambda self: self.round.kept_places.exists())
    @rule(data=st.data())
    def release(self, data):
        keys = list(self.round.kept_places.order_by("created_at", "pk").values_list("pk", flat=True))
        self.tries(keeping.release, kept_id=keys[data.draw(st.integers(0, len(keys) - 1))], by=self.ada)

    @rule(room=st.integers(1, 5), online=st.integers(1, 4))
    def another_size(self, room, online):
        self.change({"places": room, "online_places": online})

    @rule(days=st.integers(-3, 3))
    def move(self, days):
        round = self.round
        self.change({name: getattr(round, name) + days * 24 * HOUR for name in ("starts_at", "ends_at")})

    @rule(outright=st.booleans())
    def another_rule(self, outright):
        self.change({"gives_outright": outright})

    def change(self, changes):
        self.tries(scheduling.move, changes=changes, seen_version=self.round.version, by=self.ada)

    @invariant()
    def never_more_places_given_than_there_are(self):
        round, bookings = self.round, self.bookings
        for way in Way:
            held = [each for each in bookings if each.way == way and each.state in ("place", "offered")]
            grouped = sum(each.places for each in round.kept_places.groups().filter(way=way))
            assert len(held) + grouped <= round.places_for(way)
        for kept in KeptPlaces.objects.filter(kind=Keeping.RESERVE, round=round):
            mine = [each for each in bookings if each.reserve_id == kept.pk and each.state in ("place", "offered")]
            assert {each.person_id for each in mine} <= {p.pk for n, p in enumerate(self.people) if n % 3 == 0}

    @invariant()
    def one_booking_each(self):
        standing = [each.person_id for each in self.bookings if each.state not in ("cancelled", "lapsed")]
        assert len(standing) == len(set(standing))

    @invariant()
    def nobody_is_overtaken_without_a_reason(self):
        bookings = self.bookings
        for late in bookings:
            if late.state not in ("place", "offered") or late.why_before or late.pk in self.looked_first:
                continue
            waits = [e for e in bookings if e.state == BookingState.WAITING and e.queue_number < late.queue_number]
            assert not [each for each in waits if each.way == late.way or each.either]

    @invariant()
    def whoever_was_overtaken_reads_why(self):
        for booking in self.bookings:
            if booking.state != BookingState.WAITING or booking.jumped_at:
                continue
            later = [e for e in self.bookings if e.queue_number > booking.queue_number and e.way == booking.way]
            before = [
                e for e in later if (e.jumped_at and e.state == "waiting") or (e.why_before and e.state == "place")
            ]
            assert bool(waiting.turn(booking).reason) >= bool(before)

    @invariant()
    def no_place_stands_empty_while_somebody_waits_for_it(self):
        if self.is_late or self.round.state != RoundState.PUBLISHED:
            return
        for way in Way:
            line = [each for each in self.bookings if each.state == BookingState.WAITING]
            waits = [each for each in line if each.way == way or each.either]
            assert not waits or self.open_to_all(way) <= 0

    @invariant()
    def the_word_is_full_where_nothing_is_open_to_all(self):
        round = self.round
        for way in Way:
            assert (round.availability_for(way) == Availability.FULL) == (self.open_to_all(way) <= 0)

    @invariant()
    def an_offer_ends_before_the_round_and_is_not_forgotten(self):
        for booking in self.bookings:
            if booking.state == BookingState.OFFERED:
                assert self.now < booking.offer_ends_at <= self.round.starts_at or self.now >= self.round.starts_at

    def open_to_all(self, way):
        """Counted in another way than the action does."""
        round = self.round
        gone = round.bookings.filter(way=way, state__in=["place", "offered"]).count()
        for kept in round.kept_places.filter(way=way, released_at=None):
            used = kept.bookings.filter(state__in=["place", "offered"]).count()
            gone += kept.places if kept.kind == "group" else max(kept.places - used, 0)
        return round.places_for(way) - gone


class Sittings(Places):
    """The same of a Round at two times of a day, between which people change. The rules and the invariants are about
    the one of the two that is turned to."""

    def __init__(self):
        super().__init__()
        who = {"by": self.ada, "now": NOON}
        later = sittings.add(round=self.round, starts_at=self.round.starts_at + 3 * HOUR, **who)
        scheduling.publish(round=later, **who)
        self.both = [self.key, later.pk]

    @rule(which=st.integers(0, 1))
    def turn_to(self, which):
        self.key = self.both[which]

    @rule(who=anybody, way=ways, or_wait=st.booleans())
    def book_instead(self, who, way, or_wait):
        self.looked(self.tries(registration.book, person=self.people[who], way=way, or_wait=or_wait, instead=True))

    @invariant()
    def a_place_at_one_of_them_at_most(self):
        held = list(Booking.objects.with_a_place().values_list("person_id", flat=True))
        assert len(held) == len(set(held))


@pytest.mark.parametrize("machine", [Places, Sittings])
def test_in_any_order(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
