"""The pages of what is kept and what was destroyed, and the table of docs/privacy.md."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from members.actions import retention
from members.models import Destruction, RetentionPass
from members.registry import keepings
from rounds.states import RoundState
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.rounds.pages import words_of
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PAGE = "/manage/retention/"


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def administrator(world, client):
    person = RoleGrantFactory(person=PersonFactory(), role="administrator", system=world.system).person
    client.force_login(person)
    return person


def a_round(world, days):
    starts_at = NOON - days * DAY
    held = {"starts_at": starts_at, "booking_opens_at": starts_at - 20 * DAY, "state": RoundState.HELD}
    return RoundFactory(system=world.system, title="What the night left", **held)


def test_it_says_when_each_class_was_gone_through_what_went_and_what_is_due(client, world, administrator):
    for _ in range(3):
        BookingFactory(round=a_round(world, 31))
    a_round(world, 10)
    assert "Not everything has been gone through yet" in words_of(client.get(PAGE))
    retention.run(now=NOON)
    february, january_before = dt.date(2027, 2, 1), dt.date(2026, 1, 1)
    for name, month in [("letters", february), ("letters", january_before), ("uploads", january_before)]:
        Destruction.objects.create(name=name, month=month)
    page = words_of(client.get(PAGE))
    assert "Everything that was due to be destroyed was gone by 12pm on Wednesday 3 March 2027" in page.replace(
        "midday", "12pm"
    )
    RetentionPass.objects.filter(name="places").update(left=1)
    assert "Not everything has been gone through yet" in words_of(client.get(PAGE))
    assert "Names of a Round are kept for 30 days after it in North Vale" in page
    places, letters, uploads = (keepings[name].title for name in ("places", "letters", "uploads"))
    lines = client.get(PAGE).context["lines"]
    told = {line.keeping.title: (line.last, line.next_due) for line in lines}
    assert told[places] == (NOON.date().replace(day=1), dt.date(2027, 3, 23))
    assert told[letters] == (february, None)
    assert told[uploads] == (january_before, None)
    assert all(each.title in page for each in keepings)


def test_it_names_no_person_and_no_round(client, world, administrator):
    BookingFactory(round=a_round(world, 31), person=world.ben)
    retention.run(now=NOON)
    page = words_of(client.get(PAGE))
    assert not [words for words in ("Ben Booker", "What the night left", "Elmbridge") if words in page]


def test_two_worlds_that_differ_in_one_booking_have_the_same_page(client, world, administrator):
    """As long as anything at all went that month."""
    pages = []
    for number in (1, 2):
        round = a_round(world, 30 + number)
        for _ in range(number):
            BookingFactory(round=round)
        retention.run(now=NOON)
        pages.append(client.get(PAGE).text.partition("<main")[2].partition("</main>")[0])
    assert pages[0] == pages[1]


def test_who_may_read_it(client, world):
    partner = OrganisationFactory(name="Lantern Hospice", system=world.system)
    people = {
        "lead": world.ines,
        "governance": RoleGrantFactory(person=PersonFactory(), role="governance_lead", system=world.system).person,
        "of one partner": RoleGrantFactory(
            person=PersonFactory(), role="administrator", organisation=partner, system=None
        ).person,
        "facilitator": world.ada,
        "staff": world.ben,
    }
    found = {}
    for name, person in people.items():
        client.force_login(person)
        found[name] = client.get(PAGE).status_code
        assert (PAGE in client.get("/manage/").text) == (found[name] == 200)
    assert found == {"lead": 200, "governance": 200, "of one partner": 200, "facilitator": 403, "staff": 403}


def test_as_many_queries_for_three_rounds_as_for_one(client, world, administrator):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE)
        return len(asked)

    a_round(world, 10)
    retention.run(now=NOON)
    one = queries()
    for days in (11, 12):
        a_round(world, days)
    assert queries() == one


def test_the_privacy_notice_has_the_same_words(client):
    page = client.get(reverse("privacy")).text
    for each in keepings:
        for words in (each.title, each.purpose, each.seen_by, each.until.value, each.ends, each.remains):
            assert words == "nothing" or escape(words) in page


def test_the_table_in_the_docs_is_what_the_code_says(capsys):
    call_command("describe_keeping")
    written = (Path(settings.BASE_DIR) / "docs" / "privacy.md").read_text()
    assert written.partition("| what |")[2] == capsys.readouterr().out.partition("| what |")[2] != ""


@pytest.mark.parametrize("keeping", keepings, ids=lambda keeping: keeping.name)
def test_each_class_is_told_in_lines_that_stand_in_a_sentence(keeping):
    assert keeping.title[0].isupper()
    for words in (keeping.title, keeping.purpose, keeping.seen_by, keeping.remains, keeping.ends, keeping.until.value):
        assert not words.endswith(".")
        assert {"|", "\n"} & set(words) == set()
