"""What a storyteller sees: rounds/views/preparation.py."""

import datetime as dt
import html
import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Person
from rounds.actions import panel
from rounds.models import Round
from rounds.states import RoundState, Step
from tests.factories.members import PersonFactory
from tests.factories.rounds import RoundFactory, StorytellerFactory
from tests.rounds.pages import buttons_of, headings_of, main_of, tab_of, words_of
from tests.rounds.panels import statuses
from tests.rounds.traces import places_naming
from tests.worlds import NOON

from .asked import hand_over, not_yet, to

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOON.date()
STEPPED_BACK = "You have stepped back You owe no one a reason, and we keep none. If you had an account here"
NOT_THIS_TIME = STEPPED_BACK.replace("You have stepped back", "Not this time")
ONLY_THEMSELF = {
    "facilitator": 404,
    "another facilitator": 404,
    "clinical lead": 404,
    "administrator": 404,
    "ICS lead": 404,
    "invited staff": 404,
    "other staff": 404,
    "helper": 404,
    "storyteller": 200,
    "another storyteller": 404,
    "nobody": 302,
}


class TestWhoSeesIt:
    def test_the_storyteller_and_nobody_else(self, client, found):
        everyone = found.everyone()
        for name in ("preparation", "step_back"):
            assert statuses(client, everyone, to(found.devs, name)) == ONLY_THEMSELF

    def test_nobody_answers_for_them(self, client, found):
        everyone = found.everyone()
        del everyone["storyteller"]
        storyteller = not_yet(found.devs)
        answers = statuses(client, everyone, to(storyteller, "answer_preparation"), {"answer": "yes"})
        assert answers == {who: ONLY_THEMSELF[who] for who in everyone}
        assert found.devs.has_agreed is False

    def test_nobody_steps_back_for_them_or_learns_anything_by_trying(self, client, found):
        everyone = found.everyone()
        del everyone["storyteller"], everyone["nobody"]
        addresses = [to(found.devs, "step_back"), reverse("step_back", args=[RoundFactory().pk])]
        for person in everyone.values():
            client.force_login(person)
            assert {words_of(client.post(address))[: len(STEPPED_BACK)] for address in addresses} == {STEPPED_BACK}
            client.post(to(found.devs, "answer_preparation"), {"answer": "no"})
        assert {each.person for each in found.round.panel.select_related("person")} == {found.dev, found.olga}

    def test_until_30_days_after(self, client, found, time_machine):
        for days, status in ((29, 200), (31, 404)):
            time_machine.move_to(found.round.ends_at + days * DAY)
            client.force_login(found.dev)
            assert client.get(to(found.devs)).status_code == status

    def test_its_bar_is_that_of_staff(self, client, found):
        bars = []
        for person in (found.olga, found.world.ben):
            client.force_login(person)
            bars.append([link["label"] for link in client.get(reverse("my_rounds")).context["navigation"]])
        assert bars[0] == bars[1] == ["Home", "Find a Round", "My Rounds"]

    @pytest.mark.parametrize("name", ["preparation", "step_back"])
    def test_no_tab_says_that_someone_tells_a_story(self, dev, found, name):
        assert tab_of(dev.get(to(found.devs, name))) == "Rounds portal"
        assert tab_of(dev.get(reverse("my_rounds"))) == "My Rounds: Rounds portal"
        assert tab_of(dev.post(to(found.devs, "step_back"))) == "Rounds portal"


class TestSigningIn:
    def test_from_the_letter_with_a_code_and_nothing_stays_behind(self, client, found):
        email = "nora@elsewhere.example"
        panel.ask(round=found.round, email=email, called="Nora New", by=found.world.ada, now=NOON)
        hand_over()
        page = re.search(r"Read it: http://[^/]+(\S+)", mail.outbox[-1].body)[1]
        way_in = client.get(page).url
        confirm = client.post(way_in, {"email": email}).url
        code = re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", mail.outbox[-1].body, re.MULTILINE)[1]
        assert client.post(confirm, {"code": code}).url == page
        assert "Would you tell a story?" in words_of(client.get(page))
        client.post(f"{page}step-back/")
        assert places_naming(email, "Nora New", page.split("/")[2]) == {}


class TestAnswering:
    def test_the_question(self, dev, found):
        storyteller = not_yet(found.devs)
        storyteller.steps.filter(kind=Step.APPROACHED).update(owner=found.world.ada)
        page = dev.get(to(storyteller))
        assert "Would you tell a story? Wednesday 17 March, 12:30pm to 1:30pm Thrown in" in words_of(page)
        assert "Ada Facilitator asks whether you would tell a story at this Round" in words_of(page)
        assert "Your manager, HR and employer cannot see" in words_of(page)
        assert "On a work device, or in a work mailbox or diary" in words_of(page)
        assert buttons_of(page) == ["Yes, let us talk", "Not this time"]

    def test_yes(self, dev, found):
        storyteller = not_yet(found.devs)
        assert dev.post(to(storyteller, "answer_preparation"), {"answer": "yes"}).url == to(storyteller)
        assert found.devs.steps.get(kind=Step.AGREED).done_on == TODAY
        page = dev.get(to(storyteller))
        assert words_of(page).startswith("Back to My Rounds Your preparation")
        assert "Step back from this Round" in words_of(page)
        assert list(page.context["messages"]) == []

    def test_not_this_time_is_stepping_back(self, dev, found):
        storyteller = not_yet(found.devs)
        assert words_of(dev.post(to(storyteller, "answer_preparation"), {"answer": "no"})).startswith(NOT_THIS_TIME)
        assert found.round.panel.filter(person=found.dev).count() == 0

    @pytest.mark.parametrize("data", [{}, {"answer": "<b>"}, {"answer": ""}])
    def test_no_answer_is_none(self, dev, found, data):
        storyteller = not_yet(found.devs)
        assert dev.post(to(storyteller, "answer_preparation"), data).url == to(storyteller)
        assert found.devs.has_agreed is False

    def test_a_get_answers_nothing(self, dev, found):
        storyteller = not_yet(found.devs)
        page = dev.get(to(storyteller, "answer_preparation"), {"answer": "yes"})
        assert (page.url, found.devs.has_agreed) == (to(storyteller), False)


class TestOwnSteps:
    def test_in_plain_words_with_date_and_whom(self, dev, found):
        due_on = dt.date(2027, 3, 10)
        found.devs.steps.filter(kind=Step.ONE_TO_ONE).update(due_on=due_on, owner=found.world.ada)
        steps = [(each["title"], each["word"], each["now"]) for each in dev.get(to(found.devs)).context["steps"]]
        assert steps == [
            ("You said yes", "Done", False),
            ("You and a facilitator talk", "10 March", True),
            ("You look at the story together", "Still to come", False),
            ("The panel meets", "Still to come", False),
            ("The order of the stories", "Still to come", False),
            ("The Round", "17 March", False),
            ("A facilitator talks with you afterwards", "Still to come", False),
            ("We ask how you are, some days later", "Still to come", False),
            ("Thank you", "Still to come", False),
        ]
        assert "Just the two of you. You decide what you tell. With Ada Facilitator." in words_of(
            dev.get(to(found.devs))
        )

    def test_their_turn_and_nobody_else_on_the_panel(self, dev, found):
        panel.set_order(round=found.round, order=[found.olgas.pk, found.devs.pk], now=NOON)
        page = dev.get(to(found.devs)).content.decode()
        assert "You speak as number 2." in page
        assert "Olga" not in page

    def test_kind_words_after(self, client, found, time_machine):
        time_machine.move_to(found.round.ends_at)
        client.force_login(found.dev)
        page = client.get(to(found.devs))
        assert "Thank you What you told took courage, and it was heard." in words_of(page)
        assert "Ada Facilitator would like to know how you are." in words_of(page)
        assert headings_of(page) == ["If you are worried about someone", "Support for you", "In North Vale"]
        assert "step-back" not in main_of(page)

    def test_when_the_round_does_not_take_place(self, dev, found):
        Round.objects.update(state=RoundState.CANCELLED)
        assert "This Round does not take place You have nothing to do." in words_of(dev.get(to(found.devs)))

    def test_names_and_titles_are_text(self, dev, found):
        Round.objects.update(title="<b>Thrown</b>")
        Person.objects.filter(pk=found.world.ada.pk).update(name="<i>Ada</i>")
        for standing in (lambda: None, lambda: not_yet(found.devs)):
            standing()
            page = dev.get(to(found.devs)).content.decode()
            assert html.escape("<b>Thrown</b>") in page
            assert html.escape("<i>Ada</i>") in page
            assert "<b>Thrown" not in page
            assert "<i>Ada" not in page

    def test_as_many_queries_for_three_facilitators_as_for_one(self, dev, found):
        dev.get(to(found.devs))
        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                dev.get(to(found.devs))
            counts.append(len(queries))
            found.round.team.create(person=PersonFactory(), part="facilitator")
        assert counts[0] == counts[2]
        assert counts[0] <= 13


class TestMyRounds:
    def test_leads_there_and_says_when(self, dev, found):
        page = dev.get(reverse("my_rounds"))
        assert "Preparation Your preparation Thrown in, Wednesday 17 March 2027" in words_of(page)
        not_yet(found.devs)
        assert "Preparation A question for you Thrown in" in words_of(dev.get(reverse("my_rounds")))

    def test_only_ones_own(self, client, found):
        client.force_login(found.world.ben)
        assert "Preparation" not in headings_of(client.get(reverse("my_rounds")))

    def test_not_on_the_first_page(self, dev, found):
        assert "reparation" not in main_of(dev.get(reverse("home")))

    def test_as_many_queries_for_three_as_for_one(self, dev, found):
        dev.get(reverse("my_rounds"))
        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                dev.get(reverse("my_rounds"))
            counts.append(len(queries))
            StorytellerFactory(person=found.dev)
        assert counts[0] == counts[2]
        assert counts[0] <= 13
