"""The panel of a Round: rounds/models/panel.py, rounds/actions/panel.py and the facilitators' pages."""

import datetime as dt
import html
import re

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import correspondence
from members.models import Delivery, Person
from rounds.actions import panel, scheduling
from rounds.models import PreparationStep, Round, Storyteller
from rounds.states import RoundState, Step
from rounds_site.kit.refusals import Refused
from tests.factories.members import MembershipFactory, PersonFactory
from tests.factories.rounds import RoundFactory, StorytellerFactory
from tests.worlds import NOON

from .pages import buttons_of, headings_of, main_of, plain, tab_of, words_of
from .panels import around, statuses

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOON.date()
MARKUP = "<script>alert(1)</script>"
MESSAGE = "You have a message in the Rounds portal"
NAMELESS = "Enter their name, because nobody with that address has an account yet."
NO_NUMBER = "Enter a whole number for {}, like 1"
TOO_FAR = "The date must be within a year of the Round"
ONLY_ITS_FACILITATORS = {
    "facilitator": 200,
    "another facilitator": 404,
    "clinical lead": 404,
    "administrator": 403,
    "ICS lead": 404,
    "invited staff": 404,
    "other staff": 404,
    "helper": 404,
    "storyteller": 404,
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
def ada(client, found):
    client.force_login(found.world.ada)
    return client


def ask(found, email, called=""):
    return panel.ask(round=found.round, email=email, called=called, by=found.world.ada, now=NOON)


def delivered(now=NOON):
    mail.outbox.clear()
    while correspondence.dispatch(now=now):
        pass
    return sorted((letter.to[0], letter.subject) for letter in mail.outbox)


def to_panel(found):
    return reverse("round_panel", args=[found.round.pk])


def to_dev(found):
    return reverse("round_storyteller", args=[found.round.pk, found.devs.pk])


def to_step(found, kind):
    return reverse("set_step", args=[found.round.pk, found.devs.pk, kind])


def day(number, month, year):
    return {"due_on_day": number, "due_on_month": month, "due_on_year": year}


def order_of(round):
    return [(str(each.person), each.position) for each in round.panel.select_related("person").in_order()]


class TestWhatTheDatabaseHolds:
    def refused(self, make, name):
        told = name if connection.vendor == "postgresql" else None
        with pytest.raises(IntegrityError, match=told), transaction.atomic():
            make()

    def test_a_person_once_a_round(self, found):
        self.refused(lambda: Storyteller.objects.create(round=found.round, person=found.dev), "storyteller_once")

    def test_a_turn_of_ones_own_from_one_on(self, found):
        found.round.panel.filter(person=found.dev).update(position=1)
        self.refused(lambda: found.round.panel.update(position=1), "storyteller_own_turn")
        self.refused(lambda: found.round.panel.filter(person=found.dev).update(position=0), "turn_from_one|position")

    def test_known_steps_once_each(self, found):
        steps = PreparationStep.objects.filter(storyteller=found.devs, kind=Step.GROUP)
        self.refused(lambda: steps.update(kind="dance"), "preparation_step_known")
        self.refused(lambda: steps.update(kind=Step.AGREED), "preparation_step_once")


class TestAsking:
    def test_makes_every_step_and_notes_who_asked(self, found):
        asked = ask(found, found.world.cleo.email)
        steps = {step.kind: (step.owner, step.done_on) for step in asked.steps.select_related("owner")}
        assert steps == dict.fromkeys(Step.values, (None, None)) | {
            "approached": (found.world.ada, TODAY),
            "one_to_one": (found.world.ada, None),
        }
        assert (asked.position, asked.has_agreed) == (None, False)

    def test_one_letter_that_names_nothing(self, found):
        asked = ask(found, "new@elsewhere.example", "Nora New")
        assert delivered() == [("new@elsewhere.example", MESSAGE)]
        letter = mail.outbox[0].message().as_string()
        body, page = mail.outbox[0].body, reverse("preparation", args=[asked.pk])
        assert "A facilitator has a question for you. You find it in the portal." in body
        assert f"Read it: http://127.0.0.1:8000{page}\n" in body
        for word in ("Thrown in", "17 March", "story", "stories", "panel", "Ada", "Nora", str(found.round.pk)):
            assert word.lower() not in letter.lower()

    def test_twice_is_once(self, found):
        first = ask(found, found.world.cleo.email)
        assert ask(found, found.world.cleo.email.upper()).pk == first.pk
        assert delivered() == [(found.world.cleo.email, MESSAGE)]

    def test_no_letter_once_they_have_answered_are_gone_or_it_is_over(self, found):
        for person, then in (
            (found.world.cleo, lambda asked: panel.agree(storyteller=asked, now=NOON)),
            (found.world.ben, lambda asked: panel.step_back(storyteller=asked)),
            (found.fay, lambda asked: Person.objects.filter(pk=asked.person_id).update(is_active=False)),
        ):
            then(ask(found, person.email))
        assert delivered() == []
        ask(found, found.world.ines.email)
        assert delivered(found.round.ends_at) == []

    def test_somebody_new_has_a_name(self, found):
        with pytest.raises(Refused, match="Enter their name"):
            ask(found, "new@elsewhere.example")

    @pytest.mark.parametrize("state", [RoundState.CANCELLED, RoundState.HELD, RoundState.CLOSED])
    def test_not_for_a_round_that_is_over(self, found, state):
        Round.objects.update(state=state)
        with pytest.raises(Refused, match="This Round is over or was called off"):
            ask(found, found.world.cleo.email)
        with pytest.raises(Refused, match="This Round is over or was called off"):
            panel.set_order(round=found.round, order=[], now=NOON)

    def test_the_round_itself_is_not_touched(self, found):
        before = Round.objects.values().get()
        panel.step_back(storyteller=ask(found, found.world.cleo.email))
        assert Round.objects.values().get() == before


class TestSteps:
    def step(self, found, kind=Step.GROUP, **facts):
        return panel.set_step(storyteller=found.devs, kind=kind, now=NOON, **facts)

    def test_when_and_who(self, found):
        step = self.step(found, due_on=TODAY + 7 * DAY, owner=found.world.ada)
        step.refresh_from_db()
        assert (step.due_on, step.owner, step.done_on) == (TODAY + 7 * DAY, found.world.ada, None)

    def test_done_and_not_after_all(self, found):
        assert self.step(found, done=True).done_on == TODAY
        later = panel.set_step(storyteller=found.devs, kind=Step.GROUP, done=True, now=NOON + DAY)
        assert later.done_on == TODAY
        assert self.step(found, done=False).done_on is None

    def test_only_a_facilitator_of_the_round_sees_to_it(self, found):
        for owner in (found.ann, found.hal, found.fay, found.dev):
            with pytest.raises(Refused, match="Choose one of this Round’s facilitators"):
                self.step(found, owner=owner)

    def test_of_somebody_who_is_gone_nothing_happens(self, found):
        gone = found.devs
        panel.step_back(storyteller=gone)
        assert panel.set_step(storyteller=gone, kind=Step.GROUP, done=True, now=NOON) is None
        assert panel.agree(storyteller=gone, now=NOON) is None

    def test_asking_and_the_order_are_not_marked_by_hand(self, found):
        for kind in (Step.APPROACHED, Step.ORDER):
            with pytest.raises(ValueError, match="not set here"):
                self.step(found, kind=kind, done=True)

    def test_who_has_not_agreed_after_all_gives_up_their_turn(self, found):
        panel.set_order(round=found.round, order=[found.devs.pk, found.olgas.pk], now=NOON)
        self.step(found, kind=Step.AGREED, done=False)
        assert order_of(found.round) == [("Olga Outside", 1), ("Dev Storyteller", None)]
        assert found.devs.steps.get(kind=Step.ORDER).done_on is None


class TestOrder:
    def test_is_as_given_and_marks_the_step(self, found):
        panel.set_order(round=found.round, order=[found.olgas.pk, found.devs.pk], now=NOON)
        assert order_of(found.round) == [("Olga Outside", 1), ("Dev Storyteller", 2)]
        assert [each.steps.get(kind=Step.ORDER).done_on for each in (found.devs, found.olgas)] == [TODAY, TODAY]

    def test_can_be_turned_round(self, found):
        for order in ([found.olgas.pk, found.devs.pk], [found.devs.pk, found.olgas.pk]):
            panel.set_order(round=found.round, order=order, now=NOON)
        assert order_of(found.round) == [("Dev Storyteller", 1), ("Olga Outside", 2)]

    def test_closes_up_over_who_is_gone_has_not_agreed_or_is_of_another_round(self, found):
        stranger, asked = StorytellerFactory(done=[Step.AGREED]), ask(found, found.world.cleo.email)
        order = [stranger.pk, found.devs.pk, asked.pk, found.devs.pk, found.olgas.pk]
        assert panel.set_order(round=found.round, order=order, now=NOON) == [found.devs.pk, found.olgas.pk]
        assert order_of(found.round) == [("Dev Storyteller", 1), ("Olga Outside", 2), ("Cleo Carer", None)]


class TestWhenTheRoundChanges:
    def move(self, found):
        changes = {"starts_at": found.round.starts_at + 7 * DAY, "ends_at": found.round.ends_at + 7 * DAY}
        version = Round.objects.get(pk=found.round.pk).version
        return scheduling.move(round=found.round, changes=changes, seen_version=version, by=found.world.ada, now=NOON)

    def call_off(self, found):
        version = Round.objects.get(pk=found.round.pk).version
        return scheduling.cancel_round(round=found.round, seen_version=version, by=found.world.ada, now=NOON)

    @pytest.mark.parametrize("state", [RoundState.PLANNED, RoundState.PUBLISHED])
    def test_the_panel_gets_a_letter_that_names_nothing(self, found, state):
        Round.objects.update(state=state)
        for change in (self.move, self.call_off):
            change(found)
            assert delivered() == sorted((each.email, MESSAGE) for each in (found.dev, found.olga))
            for letter in mail.outbox:
                assert "A facilitator has news for you." in letter.body
                for word in ("Thrown in", "March", "cancel", "story", "panel", "moved", str(found.round.pk)):
                    assert word.lower() not in letter.message().as_string().lower()

    def test_no_row_about_the_round_says_who_is_on_its_panel(self, found):
        self.move(found)
        assert Delivery.objects.filter(about=found.round.pk).count() == 0
        assert Delivery.objects.filter(kind="news").count() == 2

    def test_only_the_latest_news(self, found):
        self.move(found)
        self.call_off(found)
        assert len(delivered()) == 2

    def test_nobody_who_stepped_back(self, found):
        self.move(found)
        panel.step_back(storyteller=found.devs)
        assert delivered() == [(found.olga.email, MESSAGE)]
        self.call_off(found)
        assert delivered() == [(found.olga.email, MESSAGE)]

    def preview(self, client, found, what="cancel"):
        return words_of(client.post(reverse("round_change_to", args=[found.round.pk, what]), {"reason": ""}))

    def test_the_preview_says_so_and_never_how_many(self, ada, found):
        one = self.preview(ada, found)
        assert "There is no one yet who has to be told by a letter of their own." in one
        assert "The panel: a letter." in one
        ask(found, found.world.cleo.email)
        assert self.preview(ada, found) == one

    def test_of_a_plan_only_the_panel_is_told(self, ada, found):
        Round.objects.update(state=RoundState.PLANNED, published_at=None)
        assert "The panel: a letter. Nobody else, because this Round was not published." in self.preview(ada, found)
        Storyteller.objects.all().delete()
        assert "Nobody. This Round was not published, so nobody knows of it yet." in self.preview(ada, found)

    @pytest.mark.parametrize("published_at", [None, NOON - DAY])
    def test_an_administrator_reads_the_same_whether_there_is_a_panel_or_not(self, client, found, published_at):
        Round.objects.update(published_at=published_at)
        client.force_login(found.ann)
        before = self.preview(client, found)
        Storyteller.objects.all().delete()
        assert self.preview(client, found) == before
        assert "panel, where there is one" in before or "panel where there is one" in before


class TestPanelPage:
    def test_is_for_its_facilitators_and_nobody_else(self, client, found):
        assert statuses(client, found.everyone(), to_panel(found)) == ONLY_ITS_FACILITATORS
        assert statuses(client, found.everyone(), to_dev(found)) == ONLY_ITS_FACILITATORS

    def test_a_clinical_lead_who_is_named_facilitates(self, client, found):
        found.round.team.create(person=found.cora, part="facilitator")
        client.force_login(found.cora)
        assert client.get(to_panel(found)).status_code == 200

    def test_nobody_else_changes_anything_by_posting(self, client, found):
        before = sorted(PreparationStep.objects.values_list()), sorted(order_of(found.round))
        arguments = [found.round.pk, found.devs.pk]
        addresses = [
            to_panel(found),
            reverse("set_order", args=[found.round.pk]),
            to_step(found, Step.GROUP),
            reverse("take_off_panel", args=arguments),
        ]
        data = {"email": found.world.ben.email, "done": "", str(found.devs.pk): "1", str(found.olgas.pk): "2"}
        everyone = found.everyone()
        del everyone["facilitator"]
        for address in addresses:
            answers = statuses(client, everyone, address, data)
            assert answers == {who: ONLY_ITS_FACILITATORS[who] for who in everyone}
        assert (sorted(PreparationStep.objects.values_list()), sorted(order_of(found.round))) == before

    def test_a_get_of_a_verb_changes_nothing(self, ada, found):
        arguments = [found.round.pk, found.devs.pk]
        assert ada.get(reverse("set_order", args=[found.round.pk])).url == to_panel(found)
        assert ada.get(to_step(found, Step.GROUP)).url == to_dev(found)
        assert ada.get(reverse("take_off_panel", args=arguments)).url == to_panel(found)
        assert found.round.panel.count() == 2

    def test_shows_who_how_far_and_what_is_next(self, ada, found):
        panel.set_step(storyteller=found.devs, kind=Step.ONE_TO_ONE, now=NOON, due_on=TODAY, owner=found.world.ada)
        ask(found, found.world.cleo.email)
        page = ada.get(to_panel(found))
        words = words_of(page)
        assert "Dev Storyteller Said yes 2 of 10 steps done. Next: One-to-one held, 3 March, Ada Facilitator" in words
        assert "Cleo Carer Asked 1 of 10 steps done. Next: Agreed" in words
        assert headings_of(page) == ["Who begins, who ends", "Ask someone", "Voices so far"]
        assert buttons_of(page) == ["Set the order", "Ask them"]
        assert tab_of(page) == "Panel: Rounds portal"

    def test_one_button_is_green_and_it_is_the_next_one(self, ada, found):
        def green():
            page = main_of(ada.get(to_panel(found)))
            return [plain(each) for each in re.findall(r'<button class="nhsuk-button" .*?</button>', page, re.DOTALL)]

        assert green() == ["Set the order"]
        panel.set_order(round=found.round, order=[found.olgas.pk, found.devs.pk], now=NOON)
        assert green() == ["Ask them"]

    def test_counts_the_mix_of_voices(self, ada, found):
        porter = PersonFactory()
        MembershipFactory(person=porter, organisation=found.world.quarry_lane, staff_group="estates")
        StorytellerFactory(round=found.round, person=porter, done=[Step.AGREED])
        ask(found, found.world.cleo.email)
        assert "Clinical 1 Not clinical 1 From elsewhere 1 Where they work Acute hospitals Social care" in words_of(
            ada.get(to_panel(found))
        )

    def test_empty_it_says_how_to_begin(self, ada, found):
        Storyteller.objects.all().delete()
        page = ada.get(to_panel(found))
        assert "Two to four people tell a story" in words_of(page)
        assert headings_of(page) == ["Ask someone", "Voices so far"]

    def test_asks_and_says_nobody_s_name(self, ada, found):
        page = ada.post(to_panel(found), {"email": "new@elsewhere.example", "called": "Nora New"})
        assert page.url == to_panel(found)
        assert "Nora" not in str(ada.session.items())
        assert "They get a letter. It says only that a facilitator has a question." in words_of(ada.get(page.url))
        assert found.round.panel.count() == 3

    @pytest.mark.parametrize(
        ("data", "field", "said"),
        [
            ({}, "email", "Enter their email address"),
            ({"email": "no"}, "email", "Enter an email address in the correct format, like name@example.com"),
            ({"email": "a@b.example"}, "called", NAMELESS),
            ({"email": "a@b.example", "called": "A\x00"}, "called", "Leave out characters that cannot be seen"),
        ],
    )
    def test_bad_questions(self, ada, found, data, field, said):
        page = ada.post(to_panel(found), data)
        assert page.context["asking"].errors == {field: [said]}
        assert tab_of(page) == "Error: Panel: Rounds portal"
        assert found.round.panel.count() == 2

    def test_sets_the_order_by_numbers(self, ada, found):
        data = {str(found.devs.pk): "7", str(found.olgas.pk): "2"}
        page = ada.post(reverse("set_order", args=[found.round.pk]), data, follow=True)
        assert "The order is set. You can change it up to the hour." in words_of(page)
        assert "1. Olga Outside" in words_of(page)
        assert order_of(found.round) == [("Olga Outside", 1), ("Dev Storyteller", 2)]

    @pytest.mark.parametrize(
        ("devs", "olgas", "said"),
        [
            ("1", "1", {"Give each story a turn of its own: two have 1"}),
            ("", "1", {NO_NUMBER.format("Dev Storyteller")}),
            ("0", "x", {NO_NUMBER.format("Dev Storyteller"), NO_NUMBER.format("Olga Outside")}),
            ("1.5", "1e9", {NO_NUMBER.format("Dev Storyteller"), NO_NUMBER.format("Olga Outside")}),
        ],
    )
    def test_bad_orders(self, ada, found, devs, olgas, said):
        data = {str(found.devs.pk): devs, str(found.olgas.pk): olgas}
        page = ada.post(reverse("set_order", args=[found.round.pk]), data)
        assert {error for errors in page.context["ordering"].errors.values() for error in errors} == said
        assert [position for _, position in order_of(found.round)] == [None, None]

    def test_an_order_sent_after_someone_left_closes_up_in_silence(self, ada, found):
        third = StorytellerFactory(round=found.round, person=found.world.cleo, done=[Step.AGREED])
        data = {str(found.olgas.pk): "1", str(found.devs.pk): "2", str(third.pk): "3"}
        panel.step_back(storyteller=found.devs)
        page = ada.post(reverse("set_order", args=[found.round.pk]), data, follow=True)
        assert "The order is set." in words_of(page)
        assert order_of(found.round) == [("Olga Outside", 1), ("Cleo Carer", 2)]

    def test_a_name_is_text(self, ada, found):
        Person.objects.filter(pk=found.dev.pk).update(name=MARKUP)
        for address in (to_panel(found), to_dev(found)):
            page = ada.get(address)
            assert MARKUP not in page.content.decode()
            assert html.escape(MARKUP) in page.content.decode()

    def test_names_nobody_later_than_30_days_after(self, client, found, time_machine):
        for days, shown in ((29, True), (31, False)):
            time_machine.move_to(found.round.ends_at + days * DAY)
            client.force_login(found.world.ada)
            assert ("Dev Storyteller" in words_of(client.get(to_panel(found)))) is shown
            assert client.get(to_dev(found)).status_code == (200 if shown else 404)

    def test_once_over_nobody_is_asked_and_nothing_ordered(self, client, found, time_machine):
        time_machine.move_to(found.round.ends_at)
        client.force_login(found.world.ada)
        page = client.get(to_panel(found))
        assert (buttons_of(page), headings_of(page)) == ([], ["Voices so far"])
        refused = client.post(to_panel(found), {"email": found.world.cleo.email})
        assert refused.status_code == 200
        assert found.round.panel.count() == 2

    def test_as_many_queries_for_three_people_as_for_one(self, ada, found):
        Storyteller.objects.filter(person=found.olga).delete()
        ada.get(to_panel(found))
        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                ada.get(to_panel(found))
            counts.append(len(queries))
            StorytellerFactory(round=found.round, person=PersonFactory(), done=[Step.AGREED])
        assert counts[0] == counts[2]
        assert counts[0] <= 12


class TestStorytellerPage:
    def test_opens_the_next_step(self, ada, found):
        page = ada.get(to_dev(found))
        assert (page.context["opened"], tab_of(page)) == (Step.ONE_TO_ONE, "Preparation: Rounds portal")
        assert words_of(page).startswith("Back to the panel Dev Storyteller Thrown in, Wednesday 17 March 2027")
        assert buttons_of(page) == ["Mark as done", "Save", "Take them off the panel"]
        assert found.dev.email in words_of(page)

    def test_or_the_one_asked_for(self, ada, found):
        for asked, opened in (("thanked", "thanked"), ("order", Step.ONE_TO_ONE), ("<b>", Step.ONE_TO_ONE)):
            assert ada.get(to_dev(found), {"step": asked}).context["opened"] == opened

    def test_the_order_is_set_on_the_page_of_all(self, ada, found):
        for kind in (Step.ONE_TO_ONE, Step.UNRECOGNISABLE, Step.GROUP):
            panel.set_step(storyteller=found.devs, kind=kind, done=True, now=NOON)
        page = ada.get(to_dev(found))
        assert f'href="{to_panel(found)}#order"' in page.content.decode()
        assert "Order set To do It is set for all of them at once. Set the order" in words_of(page)

    def test_is_there_when_all_is_done(self, ada, found):
        found.devs.steps.update(done_on=TODAY)
        assert ada.get(to_dev(found)).context["opened"] is None

    def test_saves_when_and_who_marks_as_done_and_undoes(self, ada, found):
        data = day("10", "3", "2027") | {"owner": str(found.world.ada.pk)}

        def press(button):
            page = ada.post(to_step(found, Step.GROUP), data | {button: ""})
            step = found.devs.steps.get(kind=Step.GROUP)
            return page.url, step.due_on, step.owner, step.done_on

        planned = (dt.date(2027, 3, 10), found.world.ada)
        assert press("save") == (f"{to_dev(found)}?step=group", *planned, None)
        assert press("done") == (to_dev(found), *planned, TODAY)
        assert press("save") == (f"{to_dev(found)}?step=group", *planned, TODAY)
        assert "Undo" in buttons_of(ada.get(to_dev(found), {"step": "group"}))
        assert press("undo") == (f"{to_dev(found)}?step=group", *planned, None)
        data = {}
        assert press("save") == (f"{to_dev(found)}?step=group", None, None, None)

    @pytest.mark.parametrize(
        ("data", "field", "said"),
        [
            (day("31", "2", "2027"), "due_on", "The date must be a real date"),
            (day("3", "", "2027"), "due_on", "The date must include a month"),
            (day("1", "1", "2031"), "due_on", TOO_FAR),
            (day("1", "1", "0001"), "due_on", TOO_FAR),
            ({"owner": "me"}, "owner", "Choose one of the facilitators"),
        ],
    )
    def test_bad_input(self, ada, found, data, field, said):
        page = ada.post(to_step(found, Step.GROUP), data | {"done": ""})
        assert page.context["step_form"].errors == {field: [said]}
        assert page.context["opened"] == Step.GROUP
        assert found.devs.steps.get(kind=Step.GROUP).done_on is None

    def test_nobody_outside_the_team_can_be_chosen(self, ada, found):
        page = ada.post(to_step(found, Step.GROUP), {"owner": str(found.ann.pk), "done": ""})
        assert page.context["step_form"].errors == {"owner": ["Choose one of the facilitators"]}

    @pytest.mark.parametrize("kind", ["approached", "order", "dance"])
    def test_only_steps_that_are_done_by_hand(self, ada, found, kind):
        assert ada.post(to_step(found, kind), {"done": ""}).status_code == 404

    def test_not_under_another_round(self, ada, found):
        other = RoundFactory(system=found.world.system, facilitators=[found.world.ada])
        assert ada.get(reverse("round_storyteller", args=[other.pk, found.devs.pk])).status_code == 404

    def test_takes_someone_off_as_if_they_had_stepped_back(self, ada, found):
        address = reverse("take_off_panel", args=[found.round.pk, found.olgas.pk])
        assert ada.post(address).url == to_panel(found)
        assert ada.post(address).status_code == 404
        assert Person.objects.filter(pk=found.olga.pk).count() == 0
        assert delivered() == []

    def test_as_many_queries_for_three_facilitators_as_for_one(self, ada, found):
        ada.get(to_dev(found))
        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                ada.get(to_dev(found))
            counts.append(len(queries))
            found.round.team.create(person=PersonFactory(), part="facilitator")
        assert counts[0] == counts[2]
