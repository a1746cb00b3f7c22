"""What lapses at a Round to come, on the desk while there is time: evaluation/reports/early.py."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from rounds.states import PREPARED_BY, RoundState, Step
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import RoundFactory, StorytellerFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
RULES, PANEL = "What makes it a Round", "Prepare the panel"
READY = [Step.AGREED, *PREPARED_BY]


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        world.eve = PersonFactory()
        world.ann = RoleGrantFactory(person=PersonFactory(), role="administrator", system=world.system).person
        yield world


def a_round(world, **fields):
    usual = {
        "system": world.system,
        "facilitators": [world.ada, world.eve],
        "food": "Soup",
        "affirmed": ["senior", "own"],
        "starts_at": NOON + 14 * DAY,
        "created_at": NOON - 30 * DAY,
    }
    return RoundFactory(**usual | fields)


def signs(client, person):
    client.force_login(person)
    return {each["task"]["title"]: each["task"]["note"] for each in client.get(reverse("organise")).context["early"]}


def ready(round):
    for _ in range(2):
        StorytellerFactory(round=round, done=READY)


def test_a_round_with_all_of_it_shows_nothing(client, world):
    ready(a_round(world))
    assert signs(client, world.ada) == {}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"food": ""}, "No food is offered. It brings people together before the hour."),
        ({"affirmed": ["senior"]}, "Nobody has confirmed yet that it is a separate meeting, and no part of another."),
        ({"ends_at": NOON + 14 * DAY + dt.timedelta(minutes=30)}, "It lasts less than an hour."),
    ],
)
def test_what_makes_it_a_round(client, world, fields, says):
    ready(a_round(world, **fields))
    for person in (world.ada, world.ann):
        found = signs(client, person)
        assert list(found) == [RULES]
        assert found[RULES].startswith(says)


def test_one_facilitator_alone_and_how_many_more(client, world):
    ready(a_round(world, facilitators=[world.ada], food="", affirmed=[]))
    assert signs(client, world.ada)[RULES] == (
        "Only one facilitator is named. No food is offered. It brings people together before the hour. And 2 more."
    )


def test_where_it_is_said_why_there_is_no_sign(client, world):
    ready(a_round(world, food="", overruled={"food": "Ramadan"}))
    assert signs(client, world.ada) == {}


@pytest.mark.parametrize("done", [[], [[Step.AGREED], READY], [READY]])
def test_a_panel_that_is_not_prepared_is_its_teams_to_know(client, world, done):
    round = a_round(world)
    for steps in done:
        StorytellerFactory(round=round, done=steps)
    assert list(signs(client, world.ada)) == [PANEL]
    assert signs(client, world.ann) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": NOON + 14 * DAY + dt.timedelta(minutes=1)},
        {"starts_at": NOON - DAY, "booking_opens_at": NOON - 9 * DAY, "state": RoundState.HELD},
        {"state": RoundState.POSTPONED},
        {"state": RoundState.CANCELLED},
    ],
)
def test_only_of_rounds_within_two_weeks(client, world, fields):
    a_round(world, affirmed=[], **fields)
    assert signs(client, world.ada) == {}
