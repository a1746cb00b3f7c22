"""The page of a panel, for the facilitators of its Round."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Person
from rounds.actions import panel
from rounds.models import PreparationStep, Storyteller
from rounds.states import FROM_THE_DAY, Step
from tests.factories.members import MembershipFactory, PersonFactory
from tests.factories.rounds import StorytellerFactory
from tests.rounds.pages import buttons_of, headings_of, main_of, plain, tab_of, words_of
from tests.rounds.panels import statuses
from tests.worlds import NOON

from .asking import DAY, TODAY, ask, order_of, to_dev, to_panel, to_step

pytestmark = pytest.mark.django_db

MARKUP = "<script>alert(1)</script>"
WORRIED = "If you are worried about someone"
NAMELESS = "Enter their name"
NO_NUMBER = "Enter a whole number for {}, like 1"
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
        assert "Dev Storyteller Needs you 2 of 10 steps done. Next: One-to-one held, 3 March, Ada Facilitator" in words
        assert "Cleo Carer Asked 1 of 10 steps done. Next: Agreed" in words
        assert headings_of(page) == [
            "Who begins, who ends",
            "Ask someone",
            "Voices so far",
            "When the panel meets",
            WORRIED,
        ]
        assert buttons_of(page) == ["Set the order", "Ask them"]
        assert tab_of(page) == "Panel: Rounds portal"

    def test_ready_for_the_day_nothing_is_needed_until_it_is_over(self, client, found, time_machine):
        found.round.panel.exclude(pk=found.devs.pk).delete()
        panel.set_order(round=found.round, order=[found.devs.pk], now=NOON)
        steps = PreparationStep.objects.filter(storyteller=found.devs)
        steps.exclude(kind__in=FROM_THE_DAY).update(done_on=TODAY)
        for left, moment, word in (
            (True, found.round.starts_at, "Needs you 5 of 10 steps done. Next: Group preparation"),
            (False, NOON, "Ready for the day 6 of 10 steps done. Next: There on the day"),
            (False, found.round.starts_at, "Ready for the day 6 of 10 steps done. Next: There on the day"),
            (False, found.round.ends_at, "Needs you 6 of 10 steps done. Next: There on the day"),
        ):
            steps.filter(kind=Step.GROUP).update(done_on=None if left else TODAY)
            time_machine.move_to(moment)
            client.force_login(found.world.ada)
            assert f"Dev Storyteller {word}" in words_of(client.get(to_panel(found)))

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
        assert headings_of(page) == ["Ask someone", "Voices so far", WORRIED]

    def test_asks_and_says_nobody_s_name(self, ada, found):
        page = ada.post(to_panel(found), {"email": "new@elsewhere.example", "called": "Nora New"})
        assert page.url == to_panel(found)
        assert "Nora" not in str(ada.session.items())
        assert "They get a letter. It says only that a facilitator has a question." in words_of(ada.get(page.url))
        again = words_of(ada.post(page.url, {"email": "NEW@elsewhere.example ", "called": "Nora"}, follow=True))
        assert "They are on this panel already, so no further letter goes." in again
        assert "They get a letter" not in again
        assert found.round.panel.count() == 3

    @pytest.mark.parametrize(
        ("data", "field", "said"),
        [
            ({"called": "A"}, "email", "Enter their email address"),
            (
                {"email": "no", "called": "A"},
                "email",
                "Enter an email address in the correct format, like name@example.com",
            ),
            ({"email": "a@b.example"}, "called", NAMELESS),
            ({"email": "a@b.example", "called": "A\x00"}, "called", "Leave out characters that cannot be seen"),
        ],
    )
    def test_bad_questions(self, ada, found, data, field, said):
        page = ada.post(to_panel(found), data)
        assert page.context["asking"].errors == {field: [said]}
        assert tab_of(page) == "Error: Panel: Rounds portal"
        assert found.round.panel.count() == 2

    def test_asks_for_a_name_whoever_it_is(self, ada, found):
        """Otherwise the question would tell who has an account."""
        for email in (found.world.cleo.email, "new@elsewhere.example"):
            assert ada.post(to_panel(found), {"email": email}).context["asking"].errors == {"called": [NAMELESS]}

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

    def test_says_until_when_they_were_named(self, client, found, time_machine):
        """And shows no noughts, which would read as if there had been no panel."""
        time_machine.move_to(found.round.ends_at + 31 * DAY)
        client.force_login(found.world.ada)
        page = client.get(to_panel(found))
        assert "shown until Friday 16 April 2027, 30 days after the Round" in words_of(page)
        assert (buttons_of(page), headings_of(page)) == ([], ["Who told a story stands here no more", WORRIED])

    def test_once_over_nobody_is_asked_and_nothing_ordered(self, client, found, time_machine):
        time_machine.move_to(found.round.ends_at)
        client.force_login(found.world.ada)
        page = client.get(to_panel(found))
        assert (buttons_of(page), headings_of(page)) == ([], ["Voices so far", WORRIED])
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
        assert counts[0] <= 14
