"""A Round of two partners, at noon of 3 March 2027."""

import pytest

from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import VenueFactory
from tests.worlds import NOON, small_world

from .changing import make


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def world():
    world = small_world()
    world.room = VenueFactory(organisation=world.elmbridge, name="Lecture theatre", room_limit=80)
    world.admin = PersonFactory(name="Ann Administrator", works_for=world.elmbridge)
    RoleGrantFactory(person=world.admin, role="administrator", system=world.system)
    return world


@pytest.fixture
def round(world):
    return make(world)


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client
