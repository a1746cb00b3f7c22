"""40 people for 10 places on SQLite, in a file of its own, whatever engine the other tests run on.

There the lock is the transaction: it begins IMMEDIATE, so writers come one after the other.
"""

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

import pytest
from django.db import connections
from django.db.utils import load_backend

from members.models import Delivery
from rounds.actions.waiting import turn
from rounds.states import BookingState
from rounds_site.environment import SQLITE_OPTIONS
from tests.running import ROOT
from tests.sessions import session_of

from .crowd import all_book, invited_people
from .serving import environment, order_of_the_lock, web_server

PEOPLE, PLACES = 40, 10


@pytest.fixture
def address(tmp_path, django_db_blocker):
    """A web server on the file; the ORM of this process works on it too."""
    file = tmp_path / "portal.sqlite3"
    variables = environment(tmp_path, default=f"sqlite:///{file}", box=f"sqlite:///{tmp_path / 'box.sqlite3'}")
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=variables, check=True)
    with django_db_blocker.unblock(), default_database_at(file), web_server(tmp_path, variables) as address:
        yield address


@contextmanager
def default_database_at(file):
    before = connections["default"]
    own = before.settings_dict | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": SQLITE_OPTIONS,
    }
    connections["default"] = load_backend(own["ENGINE"]).DatabaseWrapper(own, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = before


def test_never_more_places_than_there_are(address, tmp_path):
    round, people = invited_people(PEOPLE, places=PLACES)
    answers = all_book(address, round, [session_of(person) for person in people])

    assert Counter((each.posted, each.shown) for each in answers) == {(302, 200): PEOPLE}
    assert Counter("You have a place" in each.page for each in answers) == {True: PLACES, False: PEOPLE - PLACES}

    bookings = list(round.bookings.order_by("queue_number"))
    assert [str(each.person_id) for each in bookings] == order_of_the_lock(tmp_path)
    assert [each.state for each in bookings] == [BookingState.PLACE] * PLACES + [BookingState.WAITING] * (
        PEOPLE - PLACES
    )
    waiting = [turn(each).position for each in bookings[PLACES:]]
    assert waiting == list(range(1, PEOPLE - PLACES + 1))

    letters = Delivery.objects.exclude(kind="reminder")
    assert Counter(letters.values_list("person", flat=True)) == {person.pk: 1 for person in people}
