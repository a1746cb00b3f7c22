"""What planning asks of a Round's team: the room it has, and what is eaten there. evaluation/reports/workspace.py."""

import pytest
from django.urls import reverse

from rounds.models import Venue
from rounds.states import Format
from tests.factories.rounds import RoundFactory, VenueFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def room(world):
    return VenueFactory(organisation=world.elmbridge, room_limit=80)


def tasks(client, world, phase="plan", **fields):
    """{title: (word, note, address)} of the phase, as the facilitator of a Round finds it."""
    round = RoundFactory(system=world.system, partners=[world.elmbridge], facilitators=[world.ada], **fields)
    client.force_login(world.ada)
    context = client.get(reverse("round_workspace", args=[round.pk]), {"phase": phase}).context
    opened = next(each for each in context["phases"] if each["now"])
    return {task["title"]: (task["word"], task["note"], task["url"]) for task in opened["tasks"]}


class TestRoom:
    def test_of_which_all_is_known(self, client, world, room):
        address = reverse("venue", args=[room.pk])
        assert tasks(client, world, venue=room)["Room and access"] == ("Done", "", address)

    def test_of_which_something_is_not_said(self, client, world, room):
        Venue.objects.update(step_free="", quiet_space="")
        word, note, _ = tasks(client, world, venue=room)["Room and access"]
        assert (word, note) == ("In hand", "Nobody has said yet: step-free, quiet space.")

    def test_that_takes_fewer_than_there_are_places(self, client, world, room):
        Venue.objects.update(room_limit=30)
        found = tasks(client, world, venue=room)
        word, note, address = found["The room is too small"]
        assert word == "Needs you"
        assert note == "The room takes 30, and there are 60 places. Fewer places, or another room."
        assert address.endswith("/change/")
        assert "Room and access" not in found

    def test_none_where_people_meet_online(self, client, world):
        assert "Room and access" not in tasks(client, world, format=Format.ONLINE)
