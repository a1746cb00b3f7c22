"""Whatever people do in whatever order: each gets exactly the letters that a model says, and no other."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

import pytest
from django.core import mail
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from members.actions import correspondence, invitations, leaving, memberships
from rounds import emails
from rounds.actions import registration, scheduling
from rounds.models import Round
from rounds.states import BookingState, Way
from tests.factories.members import OrganisationFactory, PersonFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON

from .mailbox import told_by

PEOPLE, PLACES = 5, 2
SOMEBODY = st.integers(0, PEOPLE - 1)
A_ROUND = st.integers(0, 1)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@dataclass
class Told:
    """What a model knows of one Round: who works, waits and was written to, by numbers of people."""

    open: bool = True
    version: int = 0
    # Who holds a place or waits, first come first: {person: number of the booking}
    queue: dict = field(default_factory=dict)
    with_a_place: set = field(default_factory=set)
    invited: set = field(default_factory=set)
    asked: set = field(default_factory=set)
    # What is written and has not left: (person, what, a number that tells the reason apart)
    waits: list = field(default_factory=list)

    def concerned(self):
        return self.invited | set(self.queue)

    def tell(self, what):
        self.waits += [(person, what, self.version) for person in self.concerned()]

    def leave_queue(self, person):
        """Their place goes to the next in line."""
        number = self.queue.pop(person)
        if number in self.with_a_place:
            self.with_a_place.remove(number)
            self.fill()

    def fill(self):
        for person, number in self.queue.items():
            if self.open and len(self.with_a_place) < PLACES and number not in self.with_a_place:
                self.with_a_place.add(number)
                self.waits.append((person, "freed", number))

    def goes(self, person, what, reason, model):
        """Whether a letter that was written is still wanted."""
        if what == "invitation":
            return self.open and person in model.working and person not in model.stopped
        if what == "cancelled":
            return True
        if what == "moved":
            return self.open and reason == self.version
        stands = self.queue.get(person) == reason
        return self.open and stands and (what == "waiting") == (reason not in self.with_a_place)


class People(RuleBasedStateMachine):
    """Two Rounds of one partner, five people, and a dispatcher that comes when it comes."""

    def __init__(self):
        super().__init__()
        self.before = transaction.savepoint()
        self.partner = OrganisationFactory()
        self.people = [PersonFactory(works_for=self.partner) for _ in range(PEOPLE)]
        self.by = PersonFactory()
        fields = {"partners": [self.partner], "facilitators": [self.by], "places": PLACES, "gives_outright": True}
        self.keys = [RoundFactory(invitations_released_at=NOON, **fields).pk for _ in range(2)]
        self.told = [Told() for _ in self.keys]
        self.working, self.stopped = set(range(PEOPLE)), set()
        self.minutes, self.bookings = count(), count()
        mail.outbox.clear()

    def teardown(self):
        try:
            self.dispatch()
        finally:
            transaction.savepoint_rollback(self.before)

    def now(self):
        return NOON + next(self.minutes) * MINUTE

    def round(self, number):
        return Round.objects.get(pk=self.keys[number])

    @rule(who=SOMEBODY, which=A_ROUND)
    def book(self, who, which):
        told = self.told[which]
        if not told.open or who in told.queue or who not in self.working:
            return
        booking = registration.book(round=self.round(which), person=self.people[who], way=Way.IN_PERSON, now=self.now())
        number = told.queue[who] = next(self.bookings)
        has_place = len(told.with_a_place) < PLACES
        if has_place:
            told.with_a_place.add(number)
        assert (booking.state == BookingState.PLACE) == has_place
        told.waits.append((who, "place" if has_place else "waiting", number))

    @rule(who=SOMEBODY, which=A_ROUND)
    def give_back(self, who, which):
        registration.cancel(round=self.round(which), person=self.people[who], now=self.now())
        if who in self.told[which].queue:
            self.told[which].leave_queue(who)

    @rule(which=A_ROUND)
    def fan_out(self, which):
        emails.invite(self.round(which), now=self.now())
        told = self.told[which]
        if told.open:
            missing = self.working - self.stopped - told.asked
            told.asked |= missing
            told.waits += [(who, "invitation", 0) for who in missing]

    @rule(which=A_ROUND, days=st.integers(1, 9))
    def move(self, which, days):
        told, round = self.told[which], self.round(which)
        if not told.open:
            return
        changes = {"starts_at": round.starts_at + days * DAY, "ends_at": round.ends_at + days * DAY}
        scheduling.move(round=round, changes=changes, seen_version=round.version, by=self.by, now=self.now())
        told.version += 1
        told.tell("moved")

    @rule(which=A_ROUND, really=st.sampled_from([False, False, True]))
    def call_off(self, which, really):
        told, round = self.told[which], self.round(which)
        if not told.open or not really:
            return
        scheduling.cancel_round(round=round, seen_version=round.version, by=self.by, now=self.now())
        told.tell("cancelled")
        told.open = False

    @rule(who=SOMEBODY)
    def unsubscribe(self, who):
        invitations.stop(person=self.again(who), now=self.now())
        self.stopped.add(who)

    @rule(who=SOMEBODY)
    def subscribe(self, who):
        invitations.resume(person=self.again(who))
        self.stopped.discard(who)

    @precondition(lambda self: self.working)
    @rule(who=SOMEBODY)
    def leave(self, who):
        if who not in self.working:
            return
        membership = self.people[who].memberships.get(organisation=self.partner, ends_on=None)
        leaving.leave(membership=membership, by=self.people[who], now=self.now())
        self.working.discard(who)
        for told in self.told:
            if told.open and who in told.queue:
                told.leave_queue(who)

    @rule(who=SOMEBODY)
    def join(self, who):
        memberships.employ(
            person=self.people[who], organisation=self.partner, staff_group="nursing", source="list", now=self.now()
        )
        self.working.add(who)

    @rule()
    def dispatch(self):
        mail.outbox.clear()
        now = self.now()
        while correspondence.dispatch(now=now):
            pass
        wanted = []
        for key, told in zip(self.keys, self.told, strict=True):
            going = [(who, what) for who, what, reason in told.waits if told.goes(who, what, reason, self)]
            told.invited |= {who for who, what in going if what == "invitation"}
            # What is dropped is taken up again once they are back.
            told.asked -= {who for who, what, _ in told.waits if what == "invitation"} - told.invited
            told.waits.clear()
            wanted += [(self.people[who].email, what, str(key)) for who, what in going]
        assert Counter(told_by(mail.outbox)) == Counter(wanted)

    @invariant()
    def no_more_places_than_there_are(self):
        for number, told in enumerate(self.told):
            assert self.round(number).bookings.with_a_place().count() == len(told.with_a_place) <= PLACES

    def again(self, who):
        person = self.people[who]
        person.refresh_from_db()
        return person


@pytest.mark.django_db
def test_each_gets_what_a_model_says_and_nothing_else():
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        People, settings=settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=checks)
    )
