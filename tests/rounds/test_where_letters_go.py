"""Letters about places go where somebody said, or nowhere; neutral ones say nothing; asked once, at a first booking."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from members.actions import correspondence, people
from members.models import Delivery
from members.models.delivery import DeliveryState
from rounds import calendars
from rounds.actions import panel, registration, scheduling
from rounds.models import Storyteller
from rounds.states import BookingState, Way
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.rounds.pages import buttons_of, page_of, words_of
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
HOME = "ben@home.example"
QUESTION = "Where may we write about your places?"


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def a_round(world):
    return RoundFactory(
        title="The night shift",
        system=world.system,
        partners=[world.elmbridge],
        facilitators=[world.ada],
        invitations_released_at=NOON,
    )


@pytest.fixture
def ben(world):
    EmailAddress.objects.create(user=world.ben, email=HOME, verified=True)
    return world.ben


def wants(person, **wishes):
    people.choose_letters(person=person, now=NOON, **wishes)


def book(round, person):
    return registration.book(round=round, person=person, way=Way.IN_PERSON, now=NOON)


def delivered():
    mail.outbox.clear()
    while correspondence.dispatch(now=NOON):
        pass
    return mail.outbox


def addresses(letters):
    return [letter.to[0] for letter in letters]


def test_to_the_personal_address_alone(a_round, ben):
    wants(ben, letters_to="personal", personal_email=HOME)
    book(a_round, ben)
    assert addresses(delivered()) == [HOME]


def test_nowhere_is_nowhere(a_round, ben):
    wants(ben, letters_to="nowhere")
    book(a_round, ben)
    assert delivered() == []
    assert Delivery.objects.get(kind="place_confirmed").state == DeliveryState.CANCELLED


def test_whoever_changes_their_mind_before_a_letter_leaves_is_heard(a_round, ben):
    book(a_round, ben)
    wants(ben, letters_to="personal", personal_email=HOME)
    assert addresses(delivered()) == [HOME]


def test_a_question_to_the_panel_goes_there_too(world, a_round, ben):
    wants(ben, letters_to="personal", personal_email=HOME)
    panel.ask(round=a_round, email=ben.email, by=world.ada, now=NOON)
    assert addresses(delivered()) == [HOME]
    wants(ben, letters_to="nowhere")
    Delivery.objects.all().delete()
    Storyteller.objects.all().delete()
    panel.ask(round=a_round, email=ben.email, by=world.ada, now=NOON)
    assert delivered() == []


def test_a_neutral_letter_says_nothing_and_leads_there(a_round, ben):
    wants(ben, neutral_letters=True)
    book(a_round, ben)
    [letter] = delivered()
    [(html, _)] = letter.alternatives
    assert letter.subject == "You have a message in the Rounds portal"
    for body in (letter.body, html):
        assert f"/rounds/{a_round.pk}/" in body
        for word in (a_round.title, "place", "booked", "17 March", "Lecture theatre"):
            assert word not in body


def test_that_a_round_is_called_off_reaches_everybody_whatever_they_said(world, a_round, ben):
    book(a_round, ben)
    book(a_round, world.ines)
    delivered()
    wants(ben, letters_to="nowhere", neutral_letters=True)
    scheduling.cancel_round(round=a_round, reason="", seen_version=a_round.version, by=world.ada, now=NOON)
    one, other = sorted(delivered(), key=lambda letter: letter.to[0])
    assert {one.to[0], other.to[0]} == {ben.email, world.ines.email}
    assert (one.subject, one.body) == (other.subject, other.body)


def test_a_diary_entry_names_the_address_that_it_goes_to(a_round, ben):
    wants(ben, letters_to="personal", personal_email=HOME)
    registration.keep_in_diary(booking=book(a_round, ben), now=NOON)
    letters = delivered()
    assert addresses(letters) == [HOME, HOME]
    [entry] = [letter.alternatives[1][0] for letter in letters if len(letter.alternatives) == 2]
    unfolded = re.sub("\r?\n ", "", entry)
    assert (f"mailto:{HOME}" in unfolded, ben.email in unfolded) == (True, False)


def test_no_entry_is_promised_to_whoever_is_written_to_nowhere(a_round, ben):
    wants(ben, letters_to="nowhere")
    with pytest.raises(Refused, match="Download the entry as a file"):
        registration.keep_in_diary(booking=book(a_round, ben), now=NOON)


@pytest.mark.parametrize(
    ("style", "title"), [("private", "Private appointment"), ("plain", "Schwartz Round: The night shift")]
)
def test_an_entry_is_called_as_the_person_chose(a_round, ben, style, title):
    wants(ben, diary_style=style)
    booking = BookingFactory(round=a_round, person=ben)
    for entry in (calendars.file(booking), calendars.request(booking.next_entry())):
        assert f"SUMMARY:{title}" in entry.decode().replace("\r\n ", "")


# --- Asked once ---------------------------------------------------------------------------------


@pytest.fixture
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def test_asked_at_the_first_booking_and_never_after_an_answer(client, at_noon, a_round, ben):
    client.force_login(ben)
    assert QUESTION not in words_of(client.get(page_of(a_round)))
    client.post(page_of(a_round, "book"), {"offered": "in_person"})
    assert QUESTION in words_of(client.get(page_of(a_round)))
    answer = client.post(page_of(a_round, "say_where"), {"where": HOME}, follow=True)
    assert QUESTION not in words_of(answer)
    ben.refresh_from_db()
    assert (ben.letters_to, ben.personal_email) == ("personal", HOME)


def test_passed_over_it_is_not_asked_at_the_next(client, at_noon, world, a_round, ben):
    client.force_login(ben)
    BookingFactory(round=a_round, person=ben)
    other = RoundFactory(system=world.system, partners=[world.elmbridge])
    BookingFactory(round=other, person=ben)
    assert QUESTION not in words_of(client.get(page_of(other)))


def test_an_empty_answer_is_asked_for_on_the_page(client, at_noon, a_round, ben):
    client.force_login(ben)
    BookingFactory(round=a_round, person=ben)
    assert "Choose where we may write to you" in words_of(client.post(page_of(a_round, "say_where"), {}))


def test_another_address_leads_to_where_it_is_added(client, at_noon, a_round, ben):
    client.force_login(ben)
    BookingFactory(round=a_round, person=ben)
    answer = client.post(page_of(a_round, "say_where"), {"where": "another"})
    assert answer.headers["Location"] == reverse("account_email")


def test_whoever_waits_and_looks_here_is_told_to_look(client, at_noon, a_round, ben):
    wants(ben, letters_to="nowhere")
    client.force_login(ben)
    BookingFactory(round=a_round, person=ben, state=BookingState.WAITING)
    assert "look here from time to time" in words_of(client.get(page_of(a_round)))


def test_whoever_looks_here_is_told_so_and_takes_the_file(client, at_noon, a_round, ben):
    wants(ben, letters_to="nowhere")
    client.force_login(ben)
    BookingFactory(round=a_round, person=ben)
    page = client.get(page_of(a_round))
    assert "We write nothing to you about it" in words_of(page)
    assert buttons_of(page) == ["Make my diary address"]
    assert page_of(a_round, "diary_file") in page.content.decode()
