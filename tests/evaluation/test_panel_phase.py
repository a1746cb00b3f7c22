"""The phase "Panel" of a Round's workspace: evaluation/reports/panel.py. Numbers, and for its facilitators alone."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rounds.models import PreparationStep, Storyteller
from rounds.states import PREPARED_BY, RoundState, Step
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import RoundFactory, StorytellerFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
READY = [Step.AGREED, *PREPARED_BY]


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        yield small_world()


@pytest.fixture
def round(world):
    return RoundFactory(system=world.system, facilitators=[world.ada], invitations_released_at=NOON)


def phase_of(client, person, round):
    client.force_login(person)
    answer = client.get(reverse("round_workspace", args=[round.pk]), {"phase": "panel"})
    return next(phase for phase in answer.context["phases"] if phase["title"] == "Panel")


def seen(client, world, round):
    """Word of the phase, then (title, word, note) of each task."""
    phase = phase_of(client, world.ada, round)
    return phase["word"], [(task["title"], task["word"], task["note"]) for task in phase["tasks"]]


def tell(round, *done, turns=False):
    """A storyteller for each list of steps that are done; with turns, in this order."""
    for number, steps in enumerate(done, start=1):
        StorytellerFactory(round=round, done=steps, position=number if turns else None)


NOBODY = ("Order", "Not started", "")


def test_nobody_asked(client, world, round):
    assert seen(client, world, round) == (
        "Not started",
        [("Voices", "Not started", "Two to four people make a panel."), ("Preparation", "Not started", ""), NOBODY],
    )


def test_asked_and_waiting_for_an_answer(client, world, round):
    tell(round, [], [])
    assert seen(client, world, round) == (
        "In hand, 0 of 3 done",
        [("Voices", "In hand", "Two people were asked. No answer yet"), ("Preparation", "Not started", ""), NOBODY],
    )


def test_one_yes_and_one_to_come(client, world, round):
    tell(round, [Step.AGREED], [])
    assert seen(client, world, round) == (
        "In hand, 0 of 3 done",
        [
            ("Voices", "In hand", "One person was asked. One person has said yes"),
            ("Preparation", "In hand", "0 of 1 prepared"),
            NOBODY,
        ],
    )


def test_one_voice_is_not_a_panel(client, world, round):
    tell(round, READY)
    assert seen(client, world, round) == (
        "Needs you, 1 of 3 done",
        [
            ("Find another voice", "Needs you", "One person has said yes. Two to four make a panel."),
            ("Preparation", "Done", "Each has met a facilitator"),
            NOBODY,
        ],
    )


def test_a_step_whose_day_has_come(client, world, round):
    tell(round, READY, [Step.AGREED])
    steps = PreparationStep.objects.filter(kind=Step.GROUP, done_on=None)
    for due_on, task in (
        (date(2027, 3, 4), ("Preparation", "In hand", "1 of 2 prepared")),
        (date(2027, 3, 3), ("Prepare the panel", "Needs you", "1 of 2 prepared. A step is due.")),
    ):
        steps.update(due_on=due_on)
        assert seen(client, world, round)[1][1] == task


def test_prepared_it_wants_the_order(client, world, round):
    tell(round, READY, READY, READY)
    phase = phase_of(client, world.ada, round)
    assert (phase["knot"], phase["word"], phase["now"]) == ("diamond", "Needs you, 2 of 3 done", True)
    assert phase["tasks"][2] == {
        "title": "Set the order of the stories",
        "url": reverse("round_panel", args=[round.pk]),
        "word": "Needs you",
        "note": "Who begins, who ends. You can change it up to the hour.",
        "button": "Set the order",
        "now": True,
    }
    assert phase["tasks"][0]["note"] == "Three people have said yes"


def test_in_the_last_week_it_wants_the_order_of_those_who_are_not_prepared_too(client, world, round):
    tell(round, READY, [Step.AGREED])
    assert seen(client, world, round)[1][2] == NOBODY
    with time_machine.travel(round.starts_at - timedelta(days=7), tick=False):
        assert seen(client, world, round)[1][2][:2] == ("Set the order of the stories", "Needs you")


def test_ordered_it_is_ready_for_the_day(client, world, round):
    tell(round, READY, READY, turns=True)
    for moment in (NOON, round.starts_at):
        with time_machine.travel(moment, tick=False):
            word, tasks = seen(client, world, round)
            assert (word, tasks[2]) == ("Ready for the day", ("Order", "Done", "Who begins, and who ends"))


@pytest.mark.parametrize(("people", "word"), [(0, "Not needed"), (1, "Done")])
def test_once_over_nothing_is_left_to_prepare(client, world, round, people, word):
    tell(round, *[[Step.AGREED]] * people)
    with time_machine.travel(round.ends_at, tick=False):
        tasks = seen(client, world, round)[1]
        assert tasks[:3] == [(title, word, "") for title in ("Voices", "Preparation", "Order")]
        assert [title for title, *_ in tasks[3:]] == ["Look after the panel"] * people


def test_what_is_next_is_said_on_the_first_page(client, world, round):
    tell(round, READY, READY)
    client.force_login(world.ada)
    assert client.get(reverse("organise")).context["first"]["task"]["title"] == "Set the order of the stories"


def test_no_page_of_it_names_anyone(client, world, round):
    for name in ("Dev Storyteller", "Olga Outside"):
        StorytellerFactory(round=round, person=PersonFactory(name=name), done=READY)
    client.force_login(world.ada)
    for address in (reverse("organise"), reverse("round_workspace", args=[round.pk]) + "?phase=panel"):
        page = client.get(address).content.decode()
        assert [name for name in ("Dev", "Olga", "Storyteller", "Outside") if name in page] == []


def test_others_read_the_same_whatever_the_panel_is(client, world, round):
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    phase = phase_of(client, administrator, round)
    assert (phase["word"], phase["tasks"]) == (
        "In hand",
        [
            {
                "title": "Voices, preparation and order",
                "url": "",
                "word": "In hand",
                "note": "Its facilitators prepare the panel, and only they see it.",
                "button": "",
                "now": False,
            }
        ],
    )
    pages = []
    for change in (lambda: None, lambda: tell(round, READY, READY), Storyteller.objects.all().delete):
        change()
        for query in ("", "?phase=panel"):
            answer = client.get(reverse("round_workspace", args=[round.pk]) + query)
            pages.append((query, re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", answer.content)))
    assert len(set(pages)) == 2


def test_for_others_it_is_over_with_the_round(client, world, round):
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    with time_machine.travel(round.ends_at, tick=False):
        assert phase_of(client, administrator, round)["word"] == "Done"


def test_a_cancelled_round_has_no_phases(client, world, round):
    type(round).objects.update(state=RoundState.CANCELLED)
    tell(round, READY)
    client.force_login(world.ada)
    assert client.get(reverse("round_workspace", args=[round.pk])).context["phases"] == []


def test_as_many_queries_for_three_rounds_as_for_one(client, world, round):
    client.force_login(world.ada)
    tell(round, READY)
    client.get(reverse("organise"))
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("organise"))
        counts.append(len(queries))
        tell(RoundFactory(system=world.system, facilitators=[world.ada]), READY, [Step.AGREED])
    assert counts[0] == counts[2]
