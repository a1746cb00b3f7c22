"""A person's own Rounds: rounds/views/my_rounds.py."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import people
from rounds.states import BookingState, RoundState
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON

from .pages import buttons_of, headings_of, page_of, words_of

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def book(ben):
    """A booking of Ben's, so many days from now."""

    def booked(title, days, state=BookingState.PLACE, **fields):
        opened = {"booking_opens_at": NOON - 90 * DAY} | fields
        round = RoundFactory(title=title, starts_at=NOON + days * DAY, **opened)
        return BookingFactory(round=round, person=ben, state=state)

    return booked


def own(client):
    return client.get(reverse("my_rounds"))


def test_of_several_or_of_none_it_speaks_of_no_one_round(client, ben, book):
    promised = "The people running a Round see its list until 30 days after it."
    assert promised in words_of(own(client))
    book("Sooner", 4)
    book("Later", 9)
    assert promised in words_of(own(client))


def test_places_waiting_and_the_last_30_days(client, book):
    book("Later", 9)
    book("Sooner", 4)
    book("Waited for", 6, BookingState.WAITING)
    book("Past", -5, state=BookingState.PLACE)
    page = own(client)
    assert headings_of(page) == [
        "Sooner",
        "Later",
        "You are waiting for",
        "Waited for",
        "In the last 30 days",
        "Past",
        "Your diary",
    ]
    assert "You had a place at these. Nothing older stands here." in words_of(page)


def test_says_when_one_is_called_off(client, book):
    book("Cancelled", 4, state=BookingState.PLACE).round.__class__.objects.update(state=RoundState.CANCELLED)
    page = own(client)
    assert headings_of(page) == ["Not taking place as planned", "Cancelled", "Your diary"]
    assert "You have no place at a Round just now." in words_of(page)


def test_forgets_what_is_over(client, book):
    book("31 days ago", -31)
    book("Waited in vain", -3, BookingState.WAITING)
    book("Given back", 5, BookingState.CANCELLED)
    book("Called off and past", -3).round.__class__.objects.filter(title="Called off and past").update(
        state=RoundState.CANCELLED
    )
    assert headings_of(own(client)) == ["Your diary"]


def test_never_shows_what_others_booked(client, ben):
    BookingFactory()
    assert headings_of(own(client)) == ["Your diary"]


def test_empty_it_says_what_to_do(client, ben):
    assert "You have no place at a Round just now. Find a Round" in words_of(own(client))


def test_each_place_goes_into_a_diary_by_one_tap(client, book):
    round = book("Deep end", 4).round
    assert buttons_of(own(client)) == ["Send me a diary entry for Deep end", "Make my diary address"]
    assert page_of(round, "diary_file") in own(client).content.decode()
    page = client.post(page_of(round, "add_to_diary"), {"my_rounds": "1"}, follow=True)
    assert page.redirect_chain == [(reverse("my_rounds"), 302)]
    assert buttons_of(page) == ["Take the entry out of my diary for Deep end", "Make my diary address"]
    page = client.post(page_of(round, "take_out_of_diary"), {"my_rounds": "1"}, follow=True)
    assert "Your place stays yours." in words_of(page)
    assert buttons_of(page) == ["Send me a diary entry for Deep end", "Make my diary address"]


def test_whoever_wants_no_letters_is_offered_none(client, ben, book):
    people.choose_letters(person=ben, letters_to="nowhere", now=NOON)
    book("Deep end", 4)
    assert buttons_of(own(client)) == ["Make my diary address"]


def test_as_many_queries_for_three_bookings_as_for_one(client, book):
    counts = []
    for days in (3, 4, 5):
        book("Deep end", days)
        with CaptureQueriesContext(connection) as queries:
            own(client)
        counts.append(len(queries))
    assert counts[0] == counts[2]
    assert counts[0] <= 13
