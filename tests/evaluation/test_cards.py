"""To print says how many cards of a Round there are."""

import re
import zlib

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.codes import is_card
from evaluation.models import CardDeck
from rounds.codes import plain
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


def test_as_a_pdf_they_are_the_same_cards_ten_a_page_and_kept_nowhere(client, round):
    client.post(reverse("make_cards", args=[round.pk]), {"number": 23})
    on_the_page = client.get(reverse("round_cards", args=[round.pk]), {"number": 23}).content.decode()
    address = reverse("round_cards_file", args=[round.pk])
    assert f'href="{address}?number=23"' in on_the_page
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address, {"number": 23})
    assert not [each for each in asked if each["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    pages = words_on(answer.content)
    assert [len(codes_in(page)) for page in pages] == [10, 10, 3]
    codes = [code for page in pages for code in codes_in(page)]
    assert codes == re.findall(r'rd-cut__code">([^<]+)<', on_the_page)
    key = CardDeck.objects.get().key
    assert all(is_card(key, plain(code)) for code in codes)
    assert (answer["Content-Type"], "no-store" in answer["Cache-Control"]) == ("application/pdf", True)
    assert client.get(address, {"number": 23}).content == answer.content
    assert client.get(address, {"number": 301}).status_code == 302


def words_on(document):
    """Of each page, whatever it writes."""
    drawn = [zlib.decompress(each) for each in re.findall(rb"stream\n(.*?)\nendstream", document, re.DOTALL)]
    return [re.findall(r"\((.*?)\) Tj", each.decode("cp1252")) for each in drawn]


def codes_in(words):
    return [each for each in words if re.fullmatch(r"\w{4}-\w{4}-\w{5}", each)]


def test_no_more_are_said_than_can_be_printed(client, round):
    CardDeck.objects.create(round=round, cards=200)
    round.places = 10
    round.save()
    assert "60 cards exist so far." in to_print(client, round)
