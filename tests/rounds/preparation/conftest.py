"""Dev, who was asked to tell a story, at noon of 3 March 2027."""

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
def dev(client, found):
    client.force_login(found.dev)
    return client
