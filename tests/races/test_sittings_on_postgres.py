"""One Round at three times of a day, and everybody who books, changes, answers and gives back at once: nobody has two
places, no time gives more than it has, nobody loses a place without getting another, and no two block each other."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from members.models import Person
from rounds.actions import registration, sittings, waiting
from rounds.models import Booking, Round
from rounds.states import HOLDING, BookingState, Way
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PersonFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON

from .test_every_way_on_postgres import LATER
from .together import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)
PEOPLE, ACTS, PLACES, TIMES = 16, 200, 3, 3
WAYS = {"book": 4, "change": 8, "take": 5, "cancel": 2, "leave": 1, "lapse": 1}


class Scene:
    def __init__(self):
        system = SystemFactory()
        trust = OrganisationFactory(system=system)
        ada = PersonFactory(works_for=trust)
        first = RoundFactory(system=system, places=PLACES, facilitators=[ada], partners=[trust])
        for hours in range(2, 2 * TIMES, 2):
            more = sittings.add(round=first, starts_at=first.starts_at + hours * HOUR, by=ada, now=NOON)
            Round.objects.filter(pk=more.pk).update(state="published", published_at=NOON)
        self.keys = list(Round.objects.values_list("pk", flat=True))
        self.people = [PersonFactory(works_for=trust).pk for _ in range(PEOPLE)]

    def theirs(self, chance, now):
        round = Round.objects.get(pk=chance.choice(self.keys))
        return {"round": round, "person": Person.objects.get(pk=chance.choice(self.people)), "now": now}

    def book(self, chance, now):
        registration.book(**self.theirs(chance, now), way=Way.IN_PERSON)

    def change(self, chance, now):
        registration.book(**self.theirs(chance, now), way=Way.IN_PERSON, instead=True)

    def take(self, chance, now):
        registration.take_place(**self.theirs(chance, now))

    def cancel(self, chance, now):
        registration.cancel(**self.theirs(chance, now))

    def leave(self, chance, now):
        registration.leave_the_list(**self.theirs(chance, now))

    def lapse(self, chance, now):
        waiting.lapse_offers(now=now)


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
    for round in Round.objects.all():
        assert round.bookings.filter(state__in=HOLDING).count() <= PLACES
    having = Counter(Booking.objects.with_a_place().values_list("person", flat=True))
    assert having
    assert set(having.values()) == {1}


def test_two_who_change_places_with_each_other():
    """Each wants what the other has, and both times are full: neither may lose what they have, or block the other."""
    scene = Scene()
    one, other = Round.objects.order_by("pk")[:2]
    for round in (one, other):
        for person in scene.people[:PLACES] if round == one else scene.people[PLACES : 2 * PLACES]:
            registration.book(round=round, person=Person.objects.get(pk=person), way=Way.IN_PERSON, now=NOON)

    def change(n):
        there, person = (other, scene.people[n]) if n < PLACES else (one, scene.people[n])
        try:
            who = Person.objects.get(pk=person)
            registration.book(round=there, person=who, way=Way.IN_PERSON, instead=True, or_wait=False, now=NOON)
        except Refused:
            """Full: they keep what they have."""

    together(2 * PLACES, change)
    assert Booking.objects.filter(state=BookingState.PLACE).count() == 2 * PLACES
