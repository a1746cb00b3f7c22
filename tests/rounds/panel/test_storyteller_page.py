"""The page of one storyteller's preparation, for the facilitators."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Person
from rounds.actions import panel
from rounds.models import Round
from rounds.states import LOOKED_AFTER_BY, Step
from tests.factories.members import PersonFactory
from tests.factories.rounds import RoundFactory
from tests.rounds.pages import buttons_of, tab_of, words_of
from tests.worlds import NOON

from .asking import DAY, TODAY, delivered, to_dev, to_panel, to_step

pytestmark = pytest.mark.django_db

TOO_FAR = "The date must be within a year of the Round"


def day(number, month, year):
    return {"due_on_day": number, "due_on_month": month, "due_on_year": year}


class TestStorytellerPage:
    def test_opens_the_next_step(self, ada, found):
        page = ada.get(to_dev(found))
        assert (page.context["opened"], tab_of(page)) == (Step.ONE_TO_ONE, "Preparation: Rounds portal")
        assert words_of(page).startswith("Back to the panel Dev Storyteller Thrown in, Wednesday 17 March 2027")
        assert buttons_of(page) == ["Save", "Mark as done", "Take them off the panel"]
        assert found.dev.email in words_of(page)

    def test_or_the_one_asked_for(self, ada, found):
        for asked, opened in (("thanked", "thanked"), ("order", Step.ONE_TO_ONE), ("<b>", Step.ONE_TO_ONE)):
            assert ada.get(to_dev(found), {"step": asked}).context["opened"] == opened

    def test_enter_in_a_date_saves_and_undoes_nothing(self, ada, found):
        """Browsers take Enter for a press of the form's first button."""
        panel.set_step(storyteller=found.devs, kind=Step.GROUP, done=True, now=NOON)
        for kind, buttons in ((Step.ONE_TO_ONE, ["save", "done"]), (Step.GROUP, ["save", "undo"])):
            form = ada.get(to_dev(found), {"step": kind}).content.decode().partition(to_step(found, kind))[2]
            assert re.findall(r'<button[^>]* name="(\w+)"', form.partition("</form>")[0]) == buttons

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
            (day("1", "1", "0001"), "due_on", "The date must have a year from 2000 to 2099"),
            ({"owner": "me"}, "owner", "Choose one of the facilitators"),
        ],
    )
    def test_bad_input(self, ada, found, data, field, said):
        page = ada.post(to_step(found, Step.GROUP), data | {"done": ""})
        assert page.context["step_form"].errors == {field: [said]}
        assert page.context["opened"] == Step.GROUP
        assert found.devs.steps.get(kind=Step.GROUP).done_on is None

    @pytest.mark.parametrize("kind", LOOKED_AFTER_BY)
    def test_nobody_is_looked_after_before_the_round_has_begun(self, ada, found, kind):
        assert buttons_of(ada.get(to_dev(found), {"step": kind})).count("Mark as done") == 0
        page = ada.post(to_step(found, kind), {"done": ""})
        assert "Mark it done once the Round has begun." in words_of(page)
        assert found.devs.steps.get(kind=kind).done_on is None
        Round.objects.filter(pk=found.round.pk).update(
            booking_opens_at=NOON - 9 * DAY, booking_closes_at=NOON, starts_at=NOON, ends_at=NOON + DAY
        )
        assert "Mark as done" in buttons_of(ada.get(to_dev(found), {"step": kind}))
        ada.post(to_step(found, kind), {"done": ""})
        assert found.devs.steps.get(kind=kind).done_on == TODAY

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
