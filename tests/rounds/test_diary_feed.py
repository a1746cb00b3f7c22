"""An address from which a diary fetches somebody's places: /diary/<token>.ics, and the taps that make and end it."""

import datetime as dt
import re

import pytest
import vobject
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import people
from rounds.actions import diaries
from rounds.models import DiaryFeed
from rounds.states import BookingState, RoundState, Step
from rounds_site.logs import Discreet
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory
from tests.rounds.pages import buttons_of, words_of
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PRIVATE = "Private appointment"


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def address(ben):
    return address_for(ben)


@pytest.fixture
def program():
    """A diary program: no cookie, nobody signed in, a token for each form."""
    return Client(enforce_csrf_checks=True)


def address_for(person):
    return reverse("diary_feed", args=[diaries.make_feed(person=person, now=NOON)])


def booked(round, person, **fields):
    return BookingFactory(round=round, person=person, **fields)


def shown(answer):
    """[(start, title)] of what a diary makes of it."""
    calendar = vobject.readOne(answer.content.decode())
    events = calendar.contents.get("vevent", [])
    assert len({event.uid.value for event in events}) == len(events)
    return [(event.dtstart.value, event.summary.value) for event in events]


class TestWhatItShows:
    def test_places_to_come_and_those_of_the_last_30_days(self, program, ben, address, make_round):
        opens_at = NOON - 90 * DAY
        coming, past = make_round(), make_round(starts_at=NOON - 20 * DAY, booking_opens_at=opens_at)
        RoundFactory._meta.model.objects.filter(pk=past.pk).update(state=RoundState.HELD)
        older = make_round(starts_at=NOON - 31 * DAY, booking_opens_at=opens_at)
        for round in (coming, past, older):
            booked(round, ben)
        assert shown(program.get(address)) == [(past.starts_at, PRIVATE), (coming.starts_at, PRIVATE)]

    def test_nobody_elses_and_nothing_that_is_no_place(self, program, ben, address, make_round):
        for state in (BookingState.WAITING, BookingState.CANCELLED):
            booked(make_round(), ben, state=state)
        booked(make_round(state=RoundState.CANCELLED), ben)
        booked(make_round(), PersonFactory())
        assert shown(program.get(address)) == []

    def test_titles_only_where_they_are_wanted(self, program, ben, address, make_round):
        booked(make_round(), ben)
        people.choose_letters(person=ben, now=NOON, diary_style="plain")
        [(_, title)] = shown(program.get(address))
        assert title == "Schwartz Round: Deep end"

    def test_a_private_one_says_nothing_of_what_it_is_outside_its_link(self, program, ben, address, make_round):
        round = booked(make_round(), ben).round
        text = program.get(address).content.decode().replace("\r\n ", "")
        words = text.replace("//Rounds portal//", "").replace(f"/rounds/{round.pk}/", "")
        assert [word for word in ("Round", "Deep end", "ORGANIZER", "ATTENDEE", ben.email) if word in words] == []

    def test_days_of_preparation_and_nothing_that_tells_what_they_are(self, program, ben, address, make_round):
        people.choose_letters(person=ben, now=NOON, diary_style="plain")
        teller = StorytellerFactory(round=make_round(), person=ben, done=[Step.AGREED])
        day = dt.date(2027, 3, 9)
        teller.steps.filter(kind__in=[Step.ONE_TO_ONE, Step.DEBRIEFED]).update(due_on=day)
        answer = program.get(address)
        assert shown(answer) == [(day, PRIVATE)]
        assert str(teller.pk) not in answer.content.decode()
        assert [word for word in ("LOCATION", "DESCRIPTION", "URL", "preparation") if word in str(answer.content)] == []

    def test_no_day_of_somebody_who_has_not_agreed(self, program, ben, address, make_round):
        teller = StorytellerFactory(round=make_round(), person=ben)
        teller.steps.update(due_on=dt.date(2027, 3, 9))
        assert shown(program.get(address)) == []

    def test_as_many_queries_for_three_places_as_for_one(self, program, ben, address, make_round):
        counts = []
        for _ in range(3):
            booked(make_round(), ben)
            StorytellerFactory(round=make_round(), person=ben, done=[Step.AGREED]).steps.update(due_on=NOON.date())
            with CaptureQueriesContext(connection) as queries:
                program.get(address)
            counts.append(len(queries))
        assert counts[0] == counts[2] <= 8


class TestHowItIsFetched:
    def test_it_is_the_same_until_something_changes(self, program, ben, address, make_round):
        booking = booked(make_round(), ben)
        first = program.get(address)
        unchanged = program.get(address, headers={"If-None-Match": first["ETag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        booking.round.title = "another"
        booking.round.starts_at += DAY
        booking.round.ends_at += DAY
        booking.round.save()
        changed = program.get(address, headers={"If-None-Match": first["ETag"]})
        assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)

    def test_no_cookie_is_set_or_read_and_no_other_keeps_it(self, ben, address):
        client = Client()
        client.force_login(PersonFactory())
        answer = client.get(address)
        assert (answer["Content-Type"], answer["Cache-Control"]) == (
            "text/calendar; charset=utf-8",
            "private, no-cache",
        )
        assert (answer.cookies, answer.headers.get("Vary")) == ({}, None)

    def test_the_head_alone(self, program, ben, address):
        answer = program.head(address)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["ETag"] == program.get(address)["ETag"]

    def test_nothing_can_be_sent_to_it(self, program, address):
        assert program.post(address).status_code == 405

    @pytest.mark.parametrize("token", ["x", "0" * 32, "%00", "é"])
    def test_any_other_address_is_not_there(self, program, address, token):
        assert program.get(f"/diary/{token}.ics").status_code == 404

    def test_not_when_the_account_is_closed(self, program, ben, address):
        ben.is_active = False
        ben.save()
        assert program.get(address).status_code == 404

    def test_not_more_often_than_diaries_look(self, program, address):
        answers = [program.get(address) for _ in range(121)]
        assert [answer.status_code for answer in answers[-2:]] == [200, 429]
        assert answers[-1]["Retry-After"] == "3600"

    def test_its_token_stands_in_no_log_no_row_and_no_cache(self, program, ben, address, caplog):
        caplog.set_level("DEBUG")
        token = re.search(r"/diary/(.+)\.ics", address)[1]
        for method in (program.get, program.head, program.post):
            method(address)
        program.get(f"{address}/")
        assert token not in "".join(map(Discreet().format, caplog.records))
        assert token not in str(list(DiaryFeed.objects.values()))
        assert token not in str(getattr(cache, "_cache", "")) + str(all_rows("portal_cache"))


def all_rows(table):
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return []
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return [bytes(str(row), "utf-8") for row in cursor.fetchall()]


class TestTaps:
    def test_made_only_when_asked_for_and_shown_once(self, client, ben, program):
        assert "Make my diary address" in buttons_of(client.get(reverse("my_rounds")))
        assert DiaryFeed.objects.count() == 0
        page = client.post(reverse("make_diary_feed"))
        [address] = set(re.findall(r"http://127\.0\.0\.1:8000(/diary/[\w-]+\.ics)", page.content.decode()))
        assert program.get(address).status_code == 200
        assert page["Cache-Control"] == "no-store, private"
        assert address not in client.get(reverse("my_rounds")).content.decode()

    def test_it_opens_a_diary_program_at_once_over_a_line_that_is_closed(self, client, ben, settings):
        settings.PORTAL_URL = "https://rounds.example"
        page = client.post(reverse("make_diary_feed")).content.decode()
        assert re.findall(r'href="(webcal\w*)://rounds\.example/diary/', page) == ["webcals"]

    def test_another_ends_the_one_before(self, client, ben, address, program):
        assert "Make another address" in buttons_of(client.get(reverse("my_rounds")))
        client.post(reverse("make_diary_feed"))
        assert program.get(address).status_code == 404
        assert DiaryFeed.objects.count() == 1

    def test_it_can_be_ended(self, client, ben, address, program):
        page = client.post(reverse("end_diary_feed"), follow=True)
        assert "Your diary address has ended." in words_of(page)
        assert program.get(address).status_code == 404

    def test_it_goes_with_the_account(self, ben, address, program):
        ben.delete()
        assert program.get(address).status_code == 404
