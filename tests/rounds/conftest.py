"""Ben, who may come to the Rounds of Elmbridge, and Rounds for him, at noon of 3 March 2027."""

import pytest

from members.actions import people
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def ben(client, world):
    """Signed in, and has said long ago where we may write."""
    people.choose_letters(person=world.ben, letters_to="work", now=NOON)
    client.force_login(world.ben)
    return world.ben


@pytest.fixture
def move_to(client, ben, time_machine):
    """Moves the clock; sessions end after half a day, so Ben signs in again."""

    def moved(moment):
        time_machine.move_to(moment, tick=False)
        client.force_login(ben)

    return moved


@pytest.fixture
def make_round(world):
    def made(**fields):
        return RoundFactory(system=world.system, partners=[world.elmbridge], title="Deep end", **fields)

    return made
