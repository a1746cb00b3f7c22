"""A Round that is planned, and one that is published."""

import pytest

from rounds.actions import scheduling
from rounds.states import Format
from tests.factories.rounds import RoundFactory, VenueFactory
from tests.worlds import NOON, small_world

from .arranging import DAY, HOUR, WEDNESDAY


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def planned(world):
    """Plans Ada's Round; a value given stands in for the usual one."""

    def planned(**changes):
        fields = {
            "system": world.system,
            "title": "Thrown in at the deep end",
            "format": Format.IN_PERSON,
            "starts_at": WEDNESDAY,
            "ends_at": WEDNESDAY + HOUR,
            "venue": VenueFactory(organisation=world.elmbridge, room_limit=80),
            "places": 60,
            "booking_opens_at": NOON,
            "booking_closes_at": WEDNESDAY - DAY,
            "reminder_days": [7, 1],
            "partners": [world.elmbridge, world.quarry_lane],
            "facilitators": [world.ada],
            "by": world.ada,
            "now": NOON,
        }
        return scheduling.plan(**fields | changes)

    return planned


@pytest.fixture
def published(world):
    def published(**fields):
        partners = [world.elmbridge, world.quarry_lane]
        return RoundFactory(
            **{"system": world.system, "facilitators": [world.ada], "partners": partners, "starts_at": WEDNESDAY}
            | fields
        )

    return published
