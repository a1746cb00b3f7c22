"""By when each step of a preparation is best done, and who reads that its day has come: rounds/models/panel.py."""

import datetime as dt

import pytest
from django.urls import reverse

from rounds.actions import panel
from rounds.models import Round
from rounds.states import LOOKED_AFTER_BY, PREPARED_BY, RoundState, Step
from tests.factories.rounds import RoundFactory, StorytellerFactory, TeamMemberFactory
from tests.rounds.pages import words_of
from tests.worlds import LONDON, NOON

from .asking import DAY, TODAY, to_dev, to_panel, to_step

pytestmark = pytest.mark.django_db

# A Wednesday; Good Friday is 26 March 2027, and Easter Monday the 29th.
LATER = dt.datetime(2027, 4, 14, 12, 30, tzinfo=LONDON)


def proposed(storyteller):
    """{kind: its day}, of those that have one."""
    steps = storyteller.steps_by_kind
    return {str(kind): step.proposed_on for kind, step in steps.items() if step.proposed_on}


def day(month, number):
    return dt.date(2027, month, number)


class TestProposed:
    def test_working_days_back_from_the_round_and_on_from_it(self):
        storyteller = StorytellerFactory(round=RoundFactory(starts_at=LATER))
        assert proposed(storyteller) == {
            "one_to_one": day(3, 31),
            "unrecognisable": day(4, 2),  # Sunday the 4th is no day for it
            "group": day(4, 7),
            "there": day(4, 14),
            "debriefed": day(4, 14),
            "follow_up": day(4, 19),  # Saturday the 17th neither
            "thanked": day(4, 21),
        }

    def test_over_bank_holidays(self):
        storyteller = StorytellerFactory(round=RoundFactory(starts_at=LATER - 2 * DAY))
        assert proposed(storyteller)["one_to_one"] == day(3, 25)

    def test_who_is_asked_late_has_until_the_next_working_day(self):
        storyteller = StorytellerFactory(round=RoundFactory(starts_at=NOON + 5 * DAY))
        assert [proposed(storyteller)[kind] for kind in PREPARED_BY] == [TODAY + DAY] * 3
        today = StorytellerFactory(round=RoundFactory(starts_at=NOON + DAY / 24))
        assert proposed(today)["one_to_one"] == TODAY

    def test_they_move_with_the_round_and_go_with_its_date(self, found):
        before = proposed(found.devs)
        Round.objects.update(starts_at=found.round.starts_at + 7 * DAY, ends_at=found.round.ends_at + 7 * DAY)
        found.round.refresh_from_db()
        assert proposed(found.devs)["thanked"] == before["thanked"] + 7 * DAY
        Round.objects.update(state=RoundState.POSTPONED)
        found.round.refresh_from_db()
        assert proposed(found.devs) == {}

    def test_a_day_that_was_set_counts_instead(self, found):
        panel.set_step(storyteller=found.devs, kind=Step.GROUP, due_on=TODAY + DAY, now=NOON)
        step = found.devs.steps_by_kind[Step.GROUP]
        assert (step.best_by, step.proposed_on) == (TODAY + DAY, day(3, 10))


class TestOnThePages:
    def test_beside_each_step_and_moved_by_leaving_it_empty(self, ada, found):
        page = words_of(ada.get(to_dev(found), {"step": Step.GROUP}))
        assert "One-to-one held To do Best by 4 March" in page
        assert "Best by Wednesday 10 March 2027, which moves with the Round: leave it empty for that" in page
        assert "Next: One-to-one held, best by 4 March" in words_of(ada.get(to_panel(found)))
        ada.post(to_step(found, Step.GROUP), {"due_on_day": "8", "due_on_month": "3", "due_on_year": "2027"})
        assert "Group preparation To do 8 March" in words_of(ada.get(to_dev(found)))
        ada.post(to_step(found, Step.GROUP), {})
        assert found.devs.steps.get(kind=Step.GROUP).due_on is None

    def test_what_to_ask_is_folded_beneath_a_step(self, ada, found):
        page = ada.get(to_dev(found)).content.decode()
        folded = page.partition('<details class="nhsuk-details')[2].partition("</details>")[0]
        assert "What to ask" in folded
        assert "I want to hear yours" in folded


@pytest.fixture
def due(found, time_machine):
    """The day on which each one-to-one should have been held."""
    time_machine.move_to(NOON + 2 * DAY, tick=False)
    panel.set_step(storyteller=found.devs, kind=Step.ONE_TO_ONE, owner=found.world.ada, now=NOON)
    panel.set_step(storyteller=found.olgas, kind=Step.ONE_TO_ONE, done=True, now=NOON)
    return found


def tasks_of(client, person, round):
    client.force_login(person)
    page = client.get(reverse("round_workspace", args=[round.pk]), {"phase": "panel"})
    phase = next(phase for phase in page.context["phases"] if phase["title"] == "Panel")
    return {task["title"]: task["word"] for task in phase["tasks"]}


class TestWhoseItIs:
    def test_its_owner_reads_that_it_needs_them(self, client, due):
        other = TeamMemberFactory(round=due.round).person
        panel.set_step(storyteller=due.olgas, kind=Step.UNRECOGNISABLE, owner=other, now=NOON)
        assert tasks_of(client, due.world.ada, due.round)["Prepare the panel"] == "Needs you"
        assert "One-to-one held Needs you" in words_of(client.get(to_dev(due) + "?step=group"))
        assert "Dev Storyteller Needs you" in words_of(client.get(to_panel(due)))

    def test_the_other_facilitator_does_not(self, client, due):
        other = TeamMemberFactory(round=due.round).person
        for storyteller in (due.devs, due.olgas):
            for kind in (Step.UNRECOGNISABLE, Step.GROUP):
                panel.set_step(storyteller=storyteller, kind=kind, owner=due.world.ada, now=NOON)
        assert tasks_of(client, other, due.round)["Preparation"] == "In hand"
        assert "One-to-one held To do" in words_of(client.get(to_dev(due) + "?step=group"))
        assert "Dev Storyteller Said yes" in words_of(client.get(to_panel(due)))

    def test_what_nobody_sees_to_needs_everybody(self, client, due):
        other = TeamMemberFactory(round=due.round).person
        panel.set_step(storyteller=due.devs, kind=Step.ONE_TO_ONE, owner=None, now=NOON)
        for person in (due.world.ada, other):
            assert tasks_of(client, person, due.round)["Prepare the panel"] == "Needs you"


class TestAfterwards:
    def test_whoever_told_is_not_left_alone(self, client, found, time_machine):
        """On the first page of those who organise too, once the clock has closed the Round."""
        Round.objects.update(state=RoundState.CLOSED)
        time_machine.move_to(found.round.ends_at + DAY, tick=False)
        assert tasks_of(client, found.world.ada, found.round)["Look after the panel"] == "Needs you"
        found_on_desk = client.get(reverse("organise")).context["first"]["task"]
        assert (found_on_desk["title"], found_on_desk["note"]) == (
            "Look after the panel",
            "0 of 2 debriefed, asked how they are, and thanked. A step is due.",
        )
        for storyteller in (found.devs, found.olgas):
            for kind in LOOKED_AFTER_BY:
                panel.set_step(storyteller=storyteller, kind=kind, done=True, now=found.round.ends_at)
        assert tasks_of(client, found.world.ada, found.round)["Debrief and thanks"] == "Done"
        assert client.get(reverse("organise")).context["first"] is None

    def test_of_who_only_was_asked_nothing_follows(self, client, found, time_machine):
        found.round.panel.all().delete()
        StorytellerFactory(round=found.round)
        time_machine.move_to(found.round.ends_at + DAY, tick=False)
        assert "Debrief and thanks" not in tasks_of(client, found.world.ada, found.round)
