"""200 people for 60 places, all at once, on the database of production."""

import os
from collections import Counter
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connections

from members.models import Delivery
from rounds.actions.waiting import turn
from rounds.states import Availability, BookingState
from tests.row_security import BOX, WEB, url_as
from tests.sessions import session_of

from .crowd import all_book, invited_people
from .serving import environment, order_of_the_lock, web_server

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PEOPLE, PLACES = 200, 60


@pytest.fixture
def serve(transactional_db, tmp_path):
    """A web server on the databases of this test, with the rights of one; `MUTATE=…` makes it work without the lock."""

    def served(**extra):
        addresses = {"default": url_as(WEB, here("default")), "box": url_as(BOX, here("box"))}
        return web_server(tmp_path, environment(tmp_path, **addresses, **extra))

    return served


def here(alias):
    server = os.environ.get("BOX_DATABASE_URL" if alias == "box" else "DATABASE_URL") or os.environ["DATABASE_URL"]
    return urlunsplit(urlsplit(server)._replace(path=f"/{connections[alias].settings_dict['NAME']}"))


def test_never_more_places_than_there_are(serve, tmp_path):
    round, people = invited_people(PEOPLE, places=PLACES)
    with serve() as address:
        answers = all_book(address, round, [session_of(person) for person in people])

    assert Counter((each.posted, each.shown) for each in answers) == {(302, 200): PEOPLE}
    assert Counter("You have a place" in each.page for each in answers) == {True: PLACES, False: PEOPLE - PLACES}

    bookings = list(round.bookings.order_by("queue_number"))
    assert Counter(each.state for each in bookings) == {
        BookingState.PLACE: PLACES,
        BookingState.WAITING: PEOPLE - PLACES,
    }
    assert [str(each.person_id) for each in bookings] == order_of_the_lock(tmp_path)
    assert {each.state for each in bookings[:PLACES]} == {BookingState.PLACE}
    waiting = [turn(each).position for each in bookings[PLACES:]]
    assert waiting == list(range(1, PEOPLE - PLACES + 1))

    round.refresh_from_db()
    assert round.availability == Availability.FULL

    letters = Delivery.objects.exclude(kind="reminder")
    assert Counter(letters.values_list("person", flat=True)) == {person.pk: 1 for person in people}
    assert Counter(letters.values_list("kind", flat=True)) == {
        "place_confirmed": PLACES,
        "on_waiting_list": PEOPLE - PLACES,
    }


def test_without_the_lock_too_many_places_are_given(serve):
    """The race is real: the same crowd overbooks as soon as nobody waits for anybody."""
    round, people = invited_people(PLACES + 12, places=PLACES)
    with serve(MUTATE="no_booking_lock") as address:
        answers = all_book(address, round, [session_of(person) for person in people])
    assert Counter(each.posted for each in answers) == {302: PLACES + 12}
    assert round.bookings.with_a_place().count() > PLACES
