"""To print says how many cards of a Round there are."""

import pytest
import time_machine
from django.urls import reverse

from evaluation.models import CardDeck
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(client):
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        client.force_login(world.ada)
        yield RoundFactory(system=world.system, facilitators=[world.ada])


def to_print(client, round):
    return client.get(reverse("round_prints", args=[round.pk])).content.decode()


def test_the_most_that_were_made_are_said_and_can_be_printed_again(client, round):
    assert "so far" not in to_print(client, round)
    for number, said in [(1, "1 card exists so far."), (12, "12 cards exist so far."), (5, "12 cards exist so far.")]:
        client.post(reverse("make_cards", args=[round.pk]), {"number": number})
        assert said in to_print(client, round)
    again = reverse("round_cards", args=[round.pk]) + "?number=12"
    assert f'href="{again}"' in to_print(client, round)
    assert client.get(again).status_code == 200


def test_no_more_are_said_than_can_be_printed(client, round):
    CardDeck.objects.create(round=round, cards=200)
    round.places = 10
    round.save()
    assert "60 cards exist so far." in to_print(client, round)
