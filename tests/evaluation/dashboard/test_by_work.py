"""Feedback by kind of work, and the kinds of work of those who came beside those of the staff."""

import datetime as dt

import pytest
import time_machine

from evaluation.models.results import CrossCount
from tests.factories.evaluation import counted
from tests.worlds import LONDON

from .reading import figure, held, release, table

pytestmark = pytest.mark.django_db(databases=["default", "box"])

SHOWN_FROM = dt.datetime(2027, 4, 22, 12, tzinfo=LONDON)
QUESTION = "I see better now how the work feels to other people."
RATING = "How was this Round for you, all in all?"


def said(world, number, group, values, *, half_year="2026-10"):
    """Answers of that kind of work to the question with that number."""
    box = counted(held(world, 1, headcount=45), values={})
    item = box.questionnaire.items.get(number=number)
    where = {"system_id": world.system.pk, "half_year": half_year, "questionnaire_id": item.questionnaire_id}
    for value, n in values.items():
        CrossCount.objects.create(item_id=item.pk, staff_group=group, value=value, n=n, **where)


@pytest.fixture
def answered(world):
    said(world, 1, "nursing", {5: 30, 2: 10})
    said(world, 1, "care", {5: 9, 2: 3})
    said(world, 1, "nursing", {4: 20}, half_year="2026-04")


def test_it_is_shown_once_the_half_year_is_complete(client, world, answered):
    with time_machine.travel(dt.datetime(2027, 4, 21, 12, tzinfo=LONDON), tick=False):
        shown = figure(client, world, "by-work", half_year="2026-10")
    assert shown["sentence"] == "Answers by kind of work are shown from 22 April 2027 on."
    assert shown["kind"] == ""
    assert shown["what"].startswith("Until then the table has April to September 2026. ")
    assert shown["table"]["caption"] == "Feedback by kind of work, April to September 2026"
    assert shown["table"]["rows"] == [["Insight into others", "100% of about 20"]]


def test_each_kind_of_work_beside_the_half_year_before(client, world, answered):
    with time_machine.travel(SHOWN_FROM, tick=False):
        shown = figure(client, world, "by-work", half_year="2026-10")
        rows = table(client, world, "by-work", half_year="2026-10")
    assert shown["sentence"] == (f"75% of “Nursing and midwifery” and “Care and support work” agreed: “{QUESTION}”")
    assert shown["desc"] == "Nursing and midwifery: 75%; Care and support work: 75%"
    assert shown["table"]["head"] == ["Question", "Nursing and midwifery", "Care and support work"]
    assert shown["table"]["rows"] == [
        ["Insight into others", "75% of about 40", "75% of about 10"],
        ["Insight into others, half-year before", "100% of about 20", None],
    ]
    assert [[row[0], *row[4:7]] for row in rows[1:]] == [
        ["October 2026 to March 2027", "Nursing and midwifery", "75%", "40"],
        ["October 2026 to March 2027", "Care and support work", "75%", "10"],
        ["April to September 2026", "Nursing and midwifery", "100%", "20"],
    ]


def test_what_people_said_all_in_all_is_drawn_before_any_other_question(client, world, answered):
    said(world, 5, "running", {5: 6, 3: 6})
    with time_machine.travel(SHOWN_FROM, tick=False):
        shown = figure(client, world, "by-work", half_year="2026-10")
    assert shown["sentence"] == "Only “Administration and all other” has answers to this that can be shown."
    assert shown["desc"] == "Administration and all other: 50%"
    assert shown["wide"]["axis"][-1]["words"] == "100"


def test_the_sentence_names_the_lowest_and_the_highest(client, world, answered):
    said(world, 1, "community", {5: 18, 1: 2})
    said(world, 1, "clinical", {5: 10, 1: 10})
    with time_machine.travel(SHOWN_FROM, tick=False):
        shown = figure(client, world, "by-work", half_year="2026-10")
    assert shown["sentence"] == (
        f"From 50% of “Medicine and therapies” to 90% of “Social work, housing, chaplaincy” agreed: “{QUESTION}”"
    )


def test_of_so_few_nothing_is_shown(client, world):
    said(world, 1, "nursing", {5: 7})
    with time_machine.travel(SHOWN_FROM, tick=False):
        shown = figure(client, world, "by-work", half_year="2026-10")
    assert (shown["sentence"], shown["table"]) == ("No kind of work has answers that can be shown.", None)


def test_the_mix_of_those_who_came_stands_beside_that_of_the_staff(client, world):
    held(world, 1, headcount=45)
    work = {"acute/nursing": (60, 1000), "acute/running": (40, 3000)}
    release(world, "2026-10", {"acute": (None, 4000)}, work=work)
    shown = figure(client, world, "mix", half_year="2026-10")
    assert shown["sentence"] == "Of 100 who came, 60 were of “Nursing and midwifery”; of 100 staff, 25 are."
    assert shown["table"]["rows"] == [
        ["Nursing and midwifery", 60, 25], ["Administration and all other", 40, 75],
    ]  # fmt: skip
    assert table(client, world, "mix", half_year="2026-10")[1] == [
        *("October 2026 to March 2027", "Nursing and midwifery", "60", "25")
    ]
