"""Somebody who plans, at noon of 3 March 2027."""

import pytest

from tests.factories.rounds import VenueFactory
from tests.worlds import NOON, small_world

from .answering import Tab


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def world():
    world = small_world()
    world.room = VenueFactory(organisation=world.elmbridge, name="Lecture theatre", room_limit=80)
    return world


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client


@pytest.fixture
def tab(ada):
    return Tab(ada)
