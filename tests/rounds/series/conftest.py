"""Ada, who plans a series at noon of 3 March 2027: every second Tuesday, not in August."""

import datetime as dt
from uuid import UUID

import pytest

from rounds.actions import series
from rounds.actions.series import Booking
from rounds.days import Rule
from rounds.states import Format
from tests.factories.rounds import VenueFactory
from tests.worlds import NOON, small_world


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def world():
    world = small_world()
    world.room = VenueFactory(organisation=world.elmbridge, name="Lecture theatre", room_limit=80)
    return world


@pytest.fixture
def rule():
    return Rule(
        week=2,
        weekday=1,
        every=1,
        first_on=dt.date(2027, 7, 1),
        number=4,
        starts=dt.time(12, 30),
        ends=dt.time(13, 30),
        months_off=(8,),
    )


@pytest.fixture
def make_series(world, rule):
    def made(**changes):
        facts = {
            "draft": UUID("6a1fcb62-9a63-4a1c-93c3-c9bb2b1d5a11"),
            "system": world.system,
            "rule": rule,
            "days": [each.day for each in rule.considered(until=dt.date(2028, 3, 1)) if not each.why],
            "booking": Booking(opens_days=42, closes="day"),
            "reminder_days": [7, 1],
            "title": "Schwartz Round in [month]",
            "format": Format.IN_PERSON,
            "venue": world.room,
            "places": 60,
            "partners": [world.elmbridge, world.quarry_lane],
            "facilitators": [world.ada],
            "by": world.ada,
            "now": NOON,
        }
        return series.plan(**facts | changes)

    return made


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client
