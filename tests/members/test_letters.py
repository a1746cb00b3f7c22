"""Where somebody wants letters about their places: asked, proven by a code, changed at any time."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from members import postbox
from members.actions import suppressions
from members.models import Person
from tests.factories.members import PersonFactory, SystemFactory
from tests.rounds.pages import words_of
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
LETTERS, ADDRESSES = "/your-details/letters/", "/account/email/"


@pytest.fixture
def ben(client):
    person = PersonFactory(name="Ben Booker", email="ben@elmbridge.example")
    client.force_login(person)
    return person


def proven(person, email):
    return EmailAddress.objects.create(user=person, email=email, verified=True)


def said(where, **more):
    return {"where": where, "neutral": "whole", "diary": "private"} | more


def wishes(person):
    person.refresh_from_db()
    return person.letters_to, person.personal_email, person.neutral_letters, person.diary_style


def test_until_somebody_says_otherwise_letters_go_to_their_own_address(ben):
    assert postbox.address_for_places(ben) == "ben@elmbridge.example"


@pytest.mark.parametrize(
    ("where", "kept", "address"),
    [
        ("work", ("work", ""), "ben@elmbridge.example"),
        ("nowhere", ("nowhere", ""), ""),
        ("ben@home.example", ("personal", "ben@home.example"), "ben@home.example"),
    ],
)
def test_three_answers(client, ben, where, kept, address):
    proven(ben, "ben@home.example")
    assert client.post(LETTERS, said(where)).headers["Location"] == "/your-details/"
    assert wishes(ben)[:2] == kept
    assert postbox.address_for_places(ben) == address


def test_neutral_letters_and_a_plain_diary(client, ben):
    client.post(LETTERS, said("work", neutral="neutral", diary="plain"))
    assert wishes(ben) == ("work", "", True, "plain")
    assert re.findall(r'value="(\w+)"[^>]*checked', client.get(LETTERS).content.decode()) == [
        "work",
        "neutral",
        "plain",
    ]


def test_on_a_first_visit_the_present_way_is_chosen_and_said_and_later_only_chosen(client, ben):
    page = client.get(LETTERS).content.decode()
    assert re.findall(r'value="(\w+)"[^>]*checked', page) == ["work", "whole", "private"]
    assert "Until you say otherwise they go to ben@elmbridge.example." in page
    client.post(LETTERS, said("work", diary="plain"))
    assert "Until you say otherwise" not in client.get(LETTERS).content.decode()


def test_only_addresses_of_ones_own_that_are_proven_are_offered(client, ben):
    proven(PersonFactory(), "cleo@home.example")
    EmailAddress.objects.create(user=ben, email="ben@elsewhere.example", verified=False)
    page = client.get(LETTERS).content.decode()
    assert ("cleo@home.example" in page, "ben@elsewhere.example" in page) == (False, False)
    for where in ("cleo@home.example", "ben@elsewhere.example", "", "somewhere"):
        assert client.post(LETTERS, said(where)).status_code == 200
    assert wishes(ben)[0] == ""


def test_another_address_is_proven_by_a_code_and_then_used(client, ben):
    assert client.post(LETTERS, said("another", diary="plain")).headers["Location"] == ADDRESSES
    assert wishes(ben) == ("", "", False, "plain")
    client.post(ADDRESSES, {"action_add": "", "email": "ben@home.example"})
    assert wishes(ben)[0] == ""
    code = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mail.outbox[-1].body)[0]
    client.post(reverse("account_email_verification_sent"), {"code": code})
    assert wishes(ben)[:2] == ("personal", "ben@home.example")
    assert postbox.address_for_places(ben) == "ben@home.example"


def test_an_address_that_is_no_longer_theirs_gets_nothing_and_neither_does_the_other(client, ben):
    address = proven(ben, "ben@home.example")
    client.post(LETTERS, said("ben@home.example"))
    address.delete()
    assert (wishes(ben)[0], postbox.address_for_places(ben)) == ("personal", "")
    assert "We write to you nowhere just now." in words_of(client.get(LETTERS))


@pytest.mark.parametrize(
    "fields", [{"letters_to": "moon"}, {"letters_to": "personal", "personal_email": ""}, {"diary_style": "loud"}]
)
def test_the_database_knows_no_other_wishes(ben, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=ben.pk).update(**fields)


class TestNotReached:
    """Somebody whose address is written to no more reads so, with what to do."""

    def test_is_silent_where_letters_arrive(self, client, ben):
        suppressions.refused("somebody@else.example", now=NOON)
        assert "No letter of ours" not in words_of(client.get(LETTERS))

    def test_says_that_there_is_no_such_mailbox_and_whom_to_ask(self, client, ben):
        SystemFactory(contact="Ring Odile on 01632 960141")
        suppressions.refused(ben.email, now=NOON)
        words = words_of(client.get(LETTERS))
        assert "No letter of ours reaches ben@elmbridge.example just now Its mail system told us that" in words
        assert "Nothing is wrong with your places" in words
        assert "choose another address below, or ask whoever runs this portal to let them go there." in words
        assert "Ring Odile on 01632 960141" in words

    def test_an_administrators_stop_is_said_with_the_contact_of_their_system(self, client, ben):
        SystemFactory(contact="Ring Odile")
        suppressions.stop(ben.email, system=SystemFactory(contact="Ring Pat"), now=NOON)
        words = words_of(client.get(LETTERS))
        assert "An administrator stopped our letters to it" in words
        assert ("Ring Pat" in words, "Ring Odile" in words) == (True, False)

    def test_a_personal_address_is_told_of_beside_the_other(self, client, ben):
        proven(ben, "ben@home.example")
        client.post(LETTERS, said("ben@home.example"))
        suppressions.refused("ben@home.example", now=NOON)
        words = words_of(client.get(LETTERS))
        assert "reaches ben@home.example just now" in words
        assert "reaches ben@elmbridge.example" not in words
