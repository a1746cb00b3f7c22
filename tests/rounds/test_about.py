"""What anyone may read, signed in or not: rounds/views/about.py."""

import pytest
from django.urls import reverse

from rounds.templatetags.words import ordinal
from tests.factories.members import SystemFactory
from tests.worlds import small_world

from .pages import main_of, plain, words_of

pytestmark = pytest.mark.django_db

PAGES = ["what_happens", "release_letter"]
RULES = [
    "No names: not of patients, colleagues, teams or places.",
    "Say how it felt, not what should have been done.",
    "Nobody has to speak. Silence is welcome.",
    "Nothing is recorded, written down or photographed.",
    "What is said here stays here, save one thing: if someone may come to serious harm, a facilitator will act, "
    "and tell you first if that is safe.",
    "Nothing in this portal can open what is closed, not even for safeguarding. If you are worried about someone, "
    "ring:",
]


@pytest.mark.parametrize("name", PAGES)
def test_is_open_to_everyone_and_before_the_portal_has_begun(client, name):
    assert client.get(reverse(name)).status_code == 200
    client.force_login(small_world().ben)
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_shows_the_licensors_notice_and_no_title_of_a_round(client, name):
    SystemFactory(licensor_notice="Schwartz Rounds is a registered mark.")
    assert "Schwartz Rounds is a registered mark." in plain(client.get(reverse(name)).content.decode())


def test_what_happens_gives_all_ground_rules(client):
    SystemFactory()
    words = words_of(client.get(reverse("what_happens")))
    assert [rule for rule in RULES if rule not in words] == []
    assert "Samaritans: 116 123, free, day and night" in words


def test_the_release_letter_names_no_one_and_can_be_printed(client):
    world = small_world()
    client.force_login(world.ben)
    page = client.get(reverse("release_letter"))
    assert "data-rd-print" in main_of(page)
    assert [person.name for person in (world.ada, world.ben, world.cleo) if person.name in words_of(page)] == []
    assert "This letter names no one" in words_of(page)


def test_ordinals():
    said = [ordinal(number) for number in (1, 2, 3, 4, 10, 11, 12, 13, 20, 21, 22, 101, 111, 140)]
    assert said == "1st 2nd 3rd 4th 10th 11th 12th 13th 20th 21st 22nd 101st 111th 140th".split()
