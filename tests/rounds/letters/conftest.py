"""Two partners, and a Round of theirs."""

import pytest

from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def a_round(world):
    """Inviting Elmbridge, released; a fortnight ahead."""
    return RoundFactory(
        system=world.system, partners=[world.elmbridge], facilitators=[world.ada], invitations_released_at=NOON
    )
