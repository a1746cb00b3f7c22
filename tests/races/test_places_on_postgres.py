"""200 people for 60 places, all at once, on the database of production."""

import os
from collections import Counter
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connections

from members.models import Delivery
from rounds.actions import registration
from rounds.states import Availability, BookingState

from .crowd import all_book, invited_people, signed_in
from .serving import environment, order_of_the_lock, web_server

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PEOPLE, PLACES = 200, 60


@pytest.fixture
def serve(transactional_db, tmp_path):
    """A web server on the databases of this test; `MUTATE=…` makes it work without the lock."""

    def served(**extra):
        return web_server(tmp_path, environment(tmp_path, default=here("default"), box=here("box"), **extra))

    return served


def here(alias):
    server = os.environ.get("BOX_DATABASE_URL" if alias == "box" else "DATABASE_URL") or os.environ["DATABASE_URL"]
    return urlunsplit(urlsplit(server)._replace(path=f"/{connections[alias].settings_dict['NAME']}"))


def test_never_more_places_than_there_are(serve, tmp_path):
    round, people = invited_people(PEOPLE, places=PLACES)
    with serve() as address:
        answers = all_book(address, round, [signed_in(person) for person in people])

    assert Counter((each.posted, each.shown) for each in answers) == {(302, 200): PEOPLE}
    assert Counter("You have a place" in each.page for each in answers) == {True: PLACES, False: PEOPLE - PLACES}

    bookings = list(round.bookings.order_by("queue_number"))
    assert Counter(each.state for each in bookings) == {
        BookingState.PLACE: PLACES,
        BookingState.WAITING: PEOPLE - PLACES,
    }
    assert [str(each.person_id) for each in bookings] == order_of_the_lock(tmp_path)
    assert {each.state for each in bookings[:PLACES]} == {BookingState.PLACE}
    waiting = [registration.queue_position(each) for each in bookings[PLACES:]]
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
    """The race is real: the same crowd overbooks as soon as nobody waits for anybody.

    Whoever meets an error page (queue numbers are unique in the database) presses again.
    """
    round, people = invited_people(PEOPLE, places=PLACES)
    sessions = [signed_in(person) for person in people]
    with serve(MUTATE="no_booking_lock") as address:
        while sessions and round.bookings.with_a_place().count() <= PLACES:
            answers = all_book(address, round, sessions)
            sessions = [session for session, answer in zip(sessions, answers, strict=True) if answer.posted == 500]
    assert round.bookings.with_a_place().count() > PLACES
