"""What people need at a Round: said by themselves, read without names, soon forgotten. rounds/actions/needs.py."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.actions import retention
from members.models import Membership
from members.registry import holdings, leaving
from rounds.actions import needs, registration
from rounds.models import Needs, Round
from rounds.states import BookingState, Format, RoundState, TeamPart, Way
from rounds_site.clock import CLOCK
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, TeamMemberFactory
from tests.worlds import NOON

from .pages import page_of, words_of

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SAID = {"diet": ["vegan", "nuts"], "food": "No celery", "access": "A place for a wheelchair"}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def round(make_round, world):
    return make_round(food="Lunch from 12:15pm", facilitators=[world.ada])


@pytest.fixture
def place(round, ben):
    return BookingFactory(round=round, person=ben)


def say(round, person, **said):
    return needs.say(round=round, person=person, **{"diet": [], "food": "", "access": ""} | said, now=NOON)


class TestSaying:
    def test_is_offered_with_a_place_and_kept(self, client, round, place, ben):
        assert "Tell us what you need, if you want to: access and food" in words_of(client.get(page_of(round)))
        assert client.post(page_of(round, "needs"), SAID).url == page_of(round)
        mine = Needs.objects.get()
        assert (mine.person, mine.diet, mine.food, mine.access) == (
            ben,
            ["nuts", "vegan"],
            "No celery",
            "A place for a wheelchair",
        )
        again = client.get(page_of(round, "needs")).content.decode()
        assert 'value="A place for a wheelchair"' in again

    def test_the_page_says_who_reads_it_and_until_when(self, client, round, place):
        page = words_of(client.get(page_of(round, "needs")))
        assert "The facilitators of this Round read it as lists without names." in page
        assert "The caterer gets only what is about food." in page
        assert "It is deleted 24 hours after the Round, or at once if you give your place back." in page

    def test_emptied_it_is_gone(self, client, round, place):
        client.post(page_of(round, "needs"), SAID)
        client.post(page_of(round, "needs"), {"access": " ", "food": ""})
        assert Needs.objects.count() == 0

    def test_it_is_said_what_became_of_it(self, client, round, place):
        """Of nothing it never says that it was saved."""

        def answer(**typed):
            return words_of(client.post(page_of(round, "needs"), typed, follow=True))

        assert "You have told us nothing, and that is fine." in (page := answer(access=" "))
        assert "It is saved." not in page
        assert "It is saved. It goes by itself 24 hours after the Round" in answer(**SAID)
        assert "What you had told us is deleted, and that is fine." in (page := answer(access="", food=" "))
        assert "It is saved." not in page

    @pytest.mark.parametrize("state", [BookingState.WAITING, BookingState.CANCELLED, None])
    def test_not_without_a_place(self, client, ben, round, state):
        if state:
            BookingFactory(round=round, person=ben, state=state)
        assert client.post(page_of(round, "needs"), SAID).url == page_of(round)
        with pytest.raises(Refused, match="Only somebody with a place"):
            say(round, ben, food="None")
        assert Needs.objects.count() == 0

    def test_not_once_the_round_has_begun(self, round, place, ben):
        with pytest.raises(Refused, match="has begun"):
            needs.say(round=round, person=ben, **SAID, now=round.starts_at)

    def test_food_is_not_asked_of_whoever_comes_online(self, client, ben, make_round):
        online = make_round(format=Format.ONLINE)
        BookingFactory(round=online, person=ben, way=Way.ONLINE)
        assert "What do you eat?" not in words_of(client.get(page_of(online, "needs")))
        client.post(page_of(online, "needs"), SAID)
        assert (Needs.objects.get().food, Needs.objects.get().diet) == ("", [])

    def test_what_is_too_long_or_unknown_is_said_and_what_was_typed_stays(self, client, round, place):
        page = client.post(page_of(round, "needs"), SAID | {"access": "x" * 301, "diet": ["stones"]})
        assert "must be 300 characters or fewer" in words_of(page)
        assert "No celery" in page.content.decode()
        assert Needs.objects.count() == 0


class TestForgetting:
    def test_with_the_place(self, round, place, ben):
        say(round, ben, access="Captions")
        registration.cancel(round=round, person=ben, now=NOON)
        assert Needs.objects.count() == 0

    def test_with_the_job_that_brought_the_place(self, round, place, ben, world):
        say(round, ben, access="Captions")
        Membership.objects.filter(person=ben).update(ends_on=NOON.date())
        leaving["rounds"].let_go([(ben.pk, world.elmbridge.pk)], NOON)
        assert Needs.objects.count() == 0

    def test_with_the_account(self, round, place, ben):
        say(round, ben, access="Captions")
        holdings["needs"].erase(ben, NOON)
        assert Needs.objects.count() == 0

    def test_a_day_after_the_round_and_not_before(self, round, place, ben):
        say(round, ben, access="Captions")
        assert retention.forget("needs", now=round.ends_at + DAY - dt.timedelta(seconds=1)) == 0
        assert retention.forget("needs", now=round.ends_at + DAY) == 1
        assert Needs.objects.count() == 0

    def test_when_the_round_does_not_take_place(self, round, place, ben):
        say(round, ben, access="Captions")
        Round.objects.update(state=RoundState.CANCELLED)
        assert retention.forget("needs", now=NOON) == 1

    def test_the_clock_of_the_service_sees_to_it_every_hour(self):
        assert ("members.tasks.forget", 3600) in CLOCK.values()

    def test_until_then_its_owner_sees_it_among_all_we_hold(self, round, place, ben):
        say(round, ben, diet=["vegan"], access="Captions")
        held = [each.says for each in holdings["needs"].show(ben, NOON)]
        assert held == ["“Deep end”, Wednesday 17 March 2027: Vegan, Captions"]


class TestForTheTeam:
    @pytest.fixture
    def people(self, round):
        """Cy and Di eat alike; Ed says something that a spreadsheet would compute."""
        said = {
            "Cy Canary": {"diet": ["vegan"], "access": "A seat by the door"},
            "Di Canary": {"diet": ["vegan"]},
            "Ed Canary": {"food": "=1+1"},
        }
        for name, needed in said.items():
            say(round, BookingFactory(round=round, person=PersonFactory(name=name)).person, **needed)

    def test_lists_without_names(self, client, world, round, people):
        client.force_login(world.ada)
        answer = client.get(page_of(round, "round_catering"))
        page = words_of(answer)
        assert "3 people have a place in the room." in page
        assert "Food How many =1+1 1 Vegan 2" in page
        assert "A seat by the door" in page
        assert "Canary" not in answer.content.decode()

    def test_the_caterer_gets_food_and_nothing_of_access(self, client, world, round, people):
        client.force_login(world.ada)
        answer = client.get(page_of(round, "catering_file"))
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows == [
            ["Food", "How many"],
            ["People with a place in the room", "3"],
            ["'=1+1", "1"],
            ["Vegan", "2"],
        ]

    @pytest.mark.parametrize("name", ["round_catering", "catering_file"])
    def test_is_for_its_facilitators_alone(self, client, world, round, people, name):
        helper = TeamMemberFactory(round=round, person=PersonFactory(), part=TeamPart.HELPER).person
        administrator = PersonFactory(works_for=world.elmbridge)
        RoleGrantFactory(person=administrator, role="administrator", system=world.system)
        for person, status in ((helper, 403), (administrator, 403), (world.ben, 403), (world.cleo, 404)):
            client.force_login(person)
            assert client.get(page_of(round, name)).status_code == status

    @pytest.mark.parametrize("name", ["round_catering", "catering_file"])
    def test_a_day_after_nothing_is_shown_even_if_the_clock_stood_still(
        self, client, world, round, people, name, time_machine
    ):
        time_machine.move_to(round.ends_at + DAY, tick=False)
        client.force_login(world.ada)
        answer = client.get(page_of(round, name)).content.decode()
        assert [word for word in ("Vegan", "seat by the door") if word in answer] == []

    def test_as_many_queries_with_three_as_with_one(self, client, world, round):
        client.force_login(world.ada)
        counts = []
        for _ in range(3):
            say(round, BookingFactory(round=round).person, access="Captions")
            with CaptureQueriesContext(connection) as queries:
                client.get(page_of(round, "round_catering"))
            counts.append(len(queries))
        assert len(set(counts)) == 1
