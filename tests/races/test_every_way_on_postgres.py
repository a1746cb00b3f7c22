"""Every way to get or free a place, many at once, on the database of production: what holds after any one of them holds
after all of them together (tests/rounds/test_places_machine.py tries their orders)."""

import datetime as dt
import random

import pytest

from members.models import Person
from rounds.actions import keeping, registration, scheduling, waiting
from rounds.models import Round
from rounds.states import BookingState, Jump, Way
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PersonFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON

from .together import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PEOPLE, ACTS, PLACES = 24, 160, 8
LATER = NOON + dt.timedelta(days=3)
# How often each is tried.
WAYS = {
    "book": 8,
    "take": 4,
    "cancel": 3,
    **dict.fromkeys(["leave", "lapse", "release_due", "reserve", "give", "put_first", "release", "resize"], 1),
}


class Scene:
    """One Round with a few places, people of a trust and of a care home, and whoever runs it."""

    def __init__(self):
        system = SystemFactory()
        self.trust = OrganisationFactory(system=system, sector="acute")
        home = OrganisationFactory(system=system, sector="social_care")
        self.ada = PersonFactory(works_for=self.trust)
        partners = [self.trust, home]
        self.key = RoundFactory(system=system, places=PLACES, facilitators=[self.ada], partners=partners).pk
        self.people = [PersonFactory(works_for=home if n % 3 == 0 else self.trust).pk for n in range(PEOPLE)]

    @property
    def round(self):
        return Round.objects.get(pk=self.key)

    def theirs(self, chance):
        return {"round": self.round, "person": Person.objects.get(pk=chance.choice(self.people))}

    def book(self, chance, now):
        registration.book(**self.theirs(chance), way=Way.IN_PERSON, now=now)

    def take(self, chance, now):
        registration.take_place(**self.theirs(chance), now=now)

    def cancel(self, chance, now):
        registration.cancel(**self.theirs(chance), now=now)

    def leave(self, chance, now):
        registration.leave_the_list(**self.theirs(chance), now=now)

    def lapse(self, chance, now):
        waiting.lapse_offers(now=now)

    def release_due(self, chance, now):
        keeping.release_due(now=now)

    def reserve(self, chance, now):
        whom = {"sector": "social_care", "days_before": 9}
        keeping.reserve(round=self.round, way=Way.IN_PERSON, places=2, **whom, by=self.ada, now=now)

    def give(self, chance, now):
        room = {"way": Way.IN_PERSON, "places": 2}
        keeping.give_to_group(round=self.round, **room, organisation=self.trust, by=self.ada, now=now)

    def put_first(self, chance, now):
        if last := list(self.round.bookings.waiting())[-1:]:
            waiting.put_first(round=self.round, booking=last[0], reason=Jump.MISTAKE, by=self.ada, now=now)

    def release(self, chance, now):
        if kept := self.round.kept_places.open().first():
            keeping.release(kept_id=kept.pk, round=self.round, by=self.ada, now=now)

    def resize(self, chance, now):
        changes = {"places": PLACES + chance.randrange(3)}
        scheduling.move(round=self.round, changes=changes, seen_version=self.round.version, by=self.ada, now=now)


@pytest.mark.parametrize("seed", [1, 2])
def test_all_at_once(seed):
    scene, chance = Scene(), random.Random(seed)
    ways = chance.choices(list(WAYS), weights=WAYS.values(), k=ACTS)

    def act(n):
        try:
            getattr(scene, ways[n])(random.Random(seed * ACTS + n), NOON if n < ACTS * 2 // 3 else LATER)
        except Refused:
            """Somebody else was faster; a deadlock or a broken constraint is an error of the test."""

    together(ACTS, act)
    holds(scene.round)


def holds(round):
    bookings = list(round.bookings.order_by("queue_number"))
    held = [each for each in bookings if each.state in (BookingState.PLACE, BookingState.OFFERED)]
    grouped = sum(each.places for each in round.kept_places.groups())
    assert held
    assert len(held) + grouped <= round.places
    assert len({each.queue_number for each in bookings}) == len(bookings)
    for booking in held:
        waits = [e for e in bookings if e.state == BookingState.WAITING and e.queue_number < booking.queue_number]
        assert booking.why_before or not waits
    reserved = sum(max(each.places - each.used, 0) for each in round.kept_places.reserves().with_used())
    if any(each.state == BookingState.WAITING for each in bookings):
        assert len(held) + grouped + reserved >= round.places
