"""What a storyteller sees, and that nothing is left of one who steps back: rounds/views/preparation.py."""

import datetime as dt
import html
import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import correspondence
from members.models import Delivery, Person
from rounds.actions import panel, scheduling
from rounds.models import PreparationStep, Round, Storyteller
from rounds.states import RoundState, Step
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory
from tests.worlds import NOON

from .pages import buttons_of, headings_of, main_of, tab_of, words_of
from .panels import around, statuses
from .traces import places_naming

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOON.date()
STEPPED_BACK = "You have stepped back You owe no one a reason, and we keep none."
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


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def found():
    return around()


@pytest.fixture
def dev(client, found):
    client.force_login(found.dev)
    return client


def to(storyteller, name="preparation"):
    return reverse(name, args=[storyteller.pk])


def not_yet(storyteller):
    storyteller.steps.filter(kind=Step.AGREED).update(done_on=None)
    return storyteller


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
        assert words_of(dev.post(to(storyteller, "answer_preparation"), {"answer": "no"})).startswith(STEPPED_BACK)
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
        assert headings_of(page) == ["Support for you"]
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
        assert counts[0] <= 10


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
        assert counts[0] <= 12


def press_step_back(client, storyteller):
    client.get(to(storyteller, "step_back"))
    return client.post(to(storyteller, "step_back"))


def press_not_this_time(client, storyteller):
    return client.post(to(storyteller, "answer_preparation"), {"answer": "no"})


def hand_over(now=NOON):
    while correspondence.dispatch(now=now):
        pass


class TestSteppingBack:
    def test_asks_once_and_wants_no_reason(self, dev, found):
        page = dev.get(to(found.devs, "step_back"))
        assert "Step back from this Round? You need not say why." in words_of(page)
        assert buttons_of(page) == ["Yes, step back"]
        done = dev.post(to(found.devs, "step_back"))
        assert words_of(done).startswith(STEPPED_BACK)
        assert buttons_of(done) == []
        assert done["Cache-Control"].startswith("max-age=0, no-cache, no-store")

    def test_a_second_press_says_the_same_and_the_page_is_gone(self, dev, found):
        address, page = to(found.devs, "step_back"), to(found.devs)
        first = words_of(dev.post(address))
        assert words_of(dev.post(address)) == first
        assert [dev.get(each).status_code for each in (address, page)] == [404, 404]

    def test_closes_the_order_up(self, dev, found):
        third = StorytellerFactory(round=found.round, done=[Step.AGREED])
        panel.set_order(round=found.round, order=[third.pk, found.devs.pk, found.olgas.pk], now=NOON)
        dev.post(to(found.devs, "step_back"))
        assert list(found.round.panel.in_order().values_list("pk", "position")) == [(third.pk, 1), (found.olgas.pk, 2)]

    @pytest.mark.parametrize("minutes", [-1, 0, 30, 3 * 24 * 60])
    def test_until_the_last_minute_and_after_it(self, client, found, time_machine, minutes):
        time_machine.move_to(found.round.starts_at + dt.timedelta(minutes=minutes))
        client.force_login(found.dev)
        assert words_of(client.post(to(found.devs, "step_back"))).startswith(STEPPED_BACK)
        assert found.round.panel.filter(person=found.dev).count() == 0

    def test_can_be_asked_again(self, dev, found):
        dev.post(to(found.devs, "step_back"))
        asked = panel.ask(round=found.round, email=found.dev.email, by=found.world.ada, now=NOON)
        assert dev.get(to(asked)).status_code == 200

    def test_a_letter_that_is_just_leaving_leaves_no_row(self, found, settings):
        Storyteller.objects.all().delete()
        panel.ask(round=found.round, email=found.dev.email, by=found.world.ada, now=NOON)
        settings.EMAIL_BACKEND = "tests.rounds.leaving.StepsBackMeanwhile"
        assert correspondence.dispatch(now=NOON)["lost"] == 1
        assert ([letter.to for letter in mail.outbox], Delivery.objects.count()) == ([[found.dev.email]], 0)


@pytest.mark.parametrize("press", [press_step_back, press_not_this_time])
class TestWithoutTrace:
    """All that can happen to a storyteller happens; then they step back."""

    def everything(self, client, found, email, name=""):
        """Asked over HTTP, written to, agreed, prepared, in the order, moved; and the facilitator looks at it all."""
        client.force_login(found.world.ada)
        page = reverse("round_panel", args=[found.round.pk])
        client.post(page, {"email": email, "called": name})
        hand_over()
        storyteller = found.round.panel.get(person__email=email)
        panel.agree(storyteller=storyteller, now=NOON)
        for kind in (Step.ONE_TO_ONE, Step.GROUP):
            facts = {"due_on": TODAY, "owner": found.world.ada, "done": True}
            panel.set_step(storyteller=storyteller, kind=kind, now=NOON, **facts)
        panel.set_order(round=found.round, order=[found.olgas.pk, storyteller.pk, found.devs.pk], now=NOON)
        changes = {"starts_at": found.round.starts_at + DAY, "ends_at": found.round.ends_at + DAY}
        scheduling.move(round=found.round, changes=changes, seen_version=1, by=found.world.ada, now=NOON)
        hand_over()
        scheduling.move(
            round=found.round,
            changes={"starts_at": found.round.starts_at, "ends_at": found.round.ends_at},
            seen_version=2,
            by=found.world.ada,
            now=NOON,
        )
        for address in (page, reverse("round_storyteller", args=[found.round.pk, storyteller.pk])):
            assert client.get(address).status_code == 200
        return storyteller

    def test_of_staff_nothing_is_left_that_was_not_there_before(self, client, found, press):
        cleo = found.world.cleo
        for person in (cleo, found.world.ben):
            BookingFactory(round=found.round, person=person)
        client.force_login(cleo)
        hers = client.session.session_key
        before = places_naming(cleo.pk, cleo.name, cleo.email)
        ada = type(client)()
        storyteller = self.everything(ada, found, cleo.email)
        needles = storyteller.pk, cleo.pk, cleo.name, cleo.email
        during = places_naming(*needles)
        assert {table for _, table in during - before} == {
            "members_delivery",
            "rounds_preparationstep",
            "rounds_storyteller",
        }
        client.get(to(storyteller))
        assert words_of(press(client, storyteller)).startswith(STEPPED_BACK)
        hers_and_bens = [
            sorted(Delivery.objects.filter(person=person).values_list("kind", "about", "state"))
            for person in (cleo, found.world.ben)
        ]
        assert hers_and_bens[0] == hers_and_bens[1]
        assert places_naming(*needles) - before == {("default", "members_delivery"): len(hers_and_bens[0])}
        assert client.session.session_key == hers
        assert places_naming(storyteller.pk) == {}

    def test_of_an_outsider_nothing_is_left_at_all(self, client, found, press):
        email, name = "nora@elsewhere.example", "Nora Newcomer"
        storyteller = self.everything(type(client)(), found, email, name)
        nora = Person.objects.get(email=email)
        needles = storyteller.pk, nora.pk, name, email
        client.force_login(nora)
        client.get(to(storyteller))
        during = places_naming(*needles)
        assert set(during) == {
            ("default", "account_emailaddress"),
            ("default", "an opened session"),
            ("default", "members_delivery"),
            ("default", "members_person"),
            ("default", "rounds_preparationstep"),
            ("default", "rounds_storyteller"),
        }
        assert words_of(press(client, storyteller)).startswith(STEPPED_BACK)
        assert places_naming(*needles) == {}
        assert client.get(reverse("my_rounds")).status_code == 302

    def test_an_outsider_with_a_place_keeps_their_account(self, client, found, press):
        storyteller = self.everything(type(client)(), found, "nora@elsewhere.example", "Nora Newcomer")
        BookingFactory(round=found.round, person=storyteller.person)
        client.force_login(storyteller.person)
        press(client, storyteller)
        assert client.get(reverse("my_rounds")).status_code == 200
        assert places_naming(storyteller.pk) == {}

    def test_the_pages_of_the_round_never_show_that_it_happened(self, client, found, press):
        panel.set_order(round=found.round, order=[found.olgas.pk, found.devs.pk], now=NOON)
        ada = type(client)()
        ada.force_login(found.world.ada)
        addresses = [
            reverse("organise"),
            *(
                reverse(name, args=[found.round.pk])
                for name in ("round_workspace", "round_details", "round_panel", "round_team", "round_bookings")
            ),
        ]
        before = [words_of(ada.get(address)) for address in addresses]
        asked = panel.ask(round=found.round, email=found.world.cleo.email, by=found.world.ada, now=NOON)
        panel.agree(storyteller=asked, now=NOON)
        panel.set_order(round=found.round, order=[found.olgas.pk, asked.pk, found.devs.pk], now=NOON)
        during = [words_of(ada.get(address)) for address in addresses]
        client.force_login(found.world.cleo)
        press(client, asked)
        assert [words_of(ada.get(address)) for address in addresses] == before
        assert during != before


def test_taken_off_by_a_facilitator_is_the_same_act(client, found):
    nora = panel.ask(round=found.round, email="nora@elsewhere.example", called="Nora New", by=found.world.ada, now=NOON)
    hand_over()
    needles = nora.pk, nora.person_id, "Nora New", "nora@elsewhere.example"
    client.force_login(found.world.ada)
    client.get(reverse("round_storyteller", args=[found.round.pk, nora.pk]))
    client.post(reverse("take_off_panel", args=[found.round.pk, nora.pk]))
    assert places_naming(*needles) == {}


def test_steps_go_with_their_storyteller(found):
    panel.step_back(storyteller=found.devs)
    panel.step_back(storyteller=found.olgas)
    assert (Storyteller.objects.count(), PreparationStep.objects.count()) == (0, 0)
