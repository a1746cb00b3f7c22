"""The first page: why come, or what concerns one next. It is the site's, and shows Rounds: rounds_site/views.py."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rounds.models import PreparationStep
from rounds.reports import standing
from rounds.states import BookingState, Step
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory
from tests.worlds import NOON, small_world

from .pages import headings_of, words_of

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def world():
    return small_world()


@pytest.mark.parametrize("name", ["home", "find_rounds"])
def test_a_quiet_link_leads_to_where_one_says_that_one_might_tell_a_story(client, world, name):
    client.force_login(world.ben)
    assert client.get(reverse(name)).content.decode().count(f'href="{reverse("tell_a_story")}"') == 1


@pytest.fixture
def make_round(world):
    def made(title, days, **fields):
        return RoundFactory(
            system=world.system, partners=[world.elmbridge], title=title, starts_at=NOON + days * DAY, **fields
        )

    return made


def home(client, person=None):
    if person:
        client.force_login(person)
    return client.get(reverse("home"))


def test_signed_out_it_says_why_to_come_and_how(client, world, make_round):
    make_round("Deep end", 5)
    words = words_of(home(client))
    assert "Work in health and care touches you. Here is an hour to say how." in words
    assert "Sign in With your email address and a code that we send to it. There is no password." in words
    assert "Give feedback With the code from the room. You need not sign in." in words
    assert "Deep end" not in words


def test_first_comes_the_next_round_then_what_one_waits_for_and_what_is_open(client, world, make_round):
    BookingFactory(round=make_round("My next", 5), person=world.ben)
    BookingFactory(round=make_round("My second", 6), person=world.ben)
    BookingFactory(round=make_round("Waited for", 4), person=world.ben, state=BookingState.WAITING)
    for days in (10, 11, 12, 13):
        make_round(f"Open {days}", days)
    assert headings_of(home(client, world.ben)) == [
        "My next",
        "You are waiting for",
        "Waited for",
        "Open to you",
        "Open 10",
        "Open 11",
        "Open 12",
    ]


def test_without_a_place_what_is_open_comes_first(client, world, make_round):
    make_round("Deep end", 5)
    page = home(client, world.ben)
    assert words_of(page).startswith("Rounds for you Open to you")
    assert headings_of(page) == ["Open to you", "Deep end"]


def test_empty_it_says_what_to_do(client, world):
    assert "No Round is open to you just now. What you can do" in words_of(home(client, world.ben))


def test_whoever_organises_is_led_there(client, world, make_round):
    assert "What needs doing" in headings_of(home(client, world.ada))
    assert "What needs doing" not in headings_of(home(client, world.ben))
    make_round("Deep end", 5, facilitators=[world.ben])
    assert "What needs doing" in headings_of(home(client, world.ben))


def test_the_lead_finds_here_what_their_bar_lacks(client, world):
    assert "My Rounds Places you have, and Rounds you wait for." in words_of(home(client, world.ines))
    administrator = PersonFactory()
    RoleGrantFactory(person=administrator, role="administrator", system=world.system)
    assert "My Rounds Places you have" not in words_of(home(client, administrator))


def test_as_many_queries_for_three_rounds_as_for_one(client, world, make_round):
    counts = []
    for days in (5, 6, 7):
        BookingFactory(round=make_round("Deep end", days), person=world.ben)
        home(client, world.ben)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("home"))
        counts.append(len(queries))
    assert counts[0] == counts[2]
    assert counts[0] <= 15


def test_of_many_rounds_ahead_ones_own_stand_there_however_late(client, world, make_round, monkeypatch):
    monkeypatch.setattr(standing, "AHEAD", 2)
    for days in (5, 6, 7):
        make_round(f"In {days} days", days)
    BookingFactory(round=make_round("My own", 30), person=world.ben, state=BookingState.PLACE)
    words = words_of(home(client, world.ben))
    assert "My own" in words
    assert "In 5 days" in words
    assert "In 7 days" not in words


def test_whoever_was_asked_to_tell_finds_the_question_and_a_bystander_reads_nothing_of_it(client, world, make_round):
    teller = StorytellerFactory(round=make_round("The empty chair", 5), person=world.ben)
    client.force_login(world.ben)
    page = client.get("/")
    assert "There is a question for you. Read the question" in words_of(page)
    assert reverse("preparation", args=[teller.pk]) in page.content.decode()
    PreparationStep.objects.filter(storyteller=teller, kind=Step.AGREED).update(done_on=NOON.date())
    assert "There is a question" not in words_of(client.get("/"))
