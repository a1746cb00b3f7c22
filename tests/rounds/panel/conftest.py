"""A Round with a panel, at noon of 3 March 2027."""

import pytest

from tests.rounds.panels import around
from tests.worlds import NOON


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def found():
    return around()


@pytest.fixture
def ada(client, found):
    client.force_login(found.world.ada)
    return client
