"""Feedback on the dashboard, question by question."""

import pytest

from evaluation.models import Questionnaire
from tests.factories.evaluation import counted
from tests.factories.members import (
    SystemFactory,
)

from .reading import dashboard, figure, held, table

pytestmark = pytest.mark.django_db
FIRST, SECOND = {1: {5: 30, 2: 10}}, {2: {5: 20, 2: 20}}


def test_feedback_adds_up_shown_rounds_only(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 20, 3: 20}, 2: {4: 7}})
    counted(held(world, 2, headcount=45), values={1: {5: 7}, 2: {4: 8}, 5: {5: 12}})
    counted(held(world, 2, 11, headcount=None), values={1: {1: 40}}, forms=None)
    counted(held(world, 8, year=2026, headcount=45), values={1: {5: 40}})
    counted(held(SystemWorld(SystemFactory()), 1), values={1: {1: 400}})
    rows = {row[3]: row[4:-1] for row in table(client, world, "feedback")}
    assert rows["I see better now how the work feels to other people."] == ["50%", "40", "100%", "40"]
    assert rows["What I heard will help my colleagues and me to work together."] == [
        *["all or nearly all", "10"],
        *["not shown", "not shown"],
    ]
    assert rows["How was this Round for you, all in all?"] == ["100%", "10", "not shown", "not shown"]
    assert len(rows) == 4


def test_answers_all_alike_are_said_in_words_instead_of_an_empty_chart(client, world):
    counted(held(world, 1, headcount=10), values={1: {5: 9}, 2: {4: 8}}, forms=10)
    shown = figure(client, world, "feedback")
    assert shown["sentence"] == "To each question, all or nearly all agreed."
    assert shown["kind"] == ""
    assert shown["table"]["rows"][0] == ["Insight into others", "all or nearly all", 10]
    assert shown["table"]["head"] == ["Question", "Half-year", "Answers"]


def test_a_round_of_which_only_words_are_said_stands_beside_the_sum(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 20, 3: 20}})
    counted(held(world, 2, headcount=10), values={1: {5: 9}}, forms=10)
    shown = figure(client, world, "feedback")
    assert shown["sentence"] == "50% agreed: “I see better now how the work feels to other people.”"
    assert shown["table"]["rows"][0] == ["Insight into others", "50%, and at 1 Round all or nearly all", 40]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (FIRST | SECOND | {5: {5: 28, 2: 12}}, "70% found their Round excellent or exceptional."),
        (FIRST | SECOND, "From 50% (“Working together”) to 75% (“Insight into others”) agreed."),
        (FIRST | {2: FIRST[1]}, "To each question, 75% agreed."),
        (FIRST, "75% agreed: “I see better now how the work feels to other people.”"),
    ],
)
def test_the_sentence_tells_how_the_round_was_or_the_range_of_all_and_never_the_best_alone(
    client, world, values, sentence
):
    counted(held(world, 1, headcount=45), values=values)
    assert figure(client, world, "feedback")["sentence"] == sentence


def test_a_range_goes_as_far_as_what_words_alone_may_be_said_of(client, world):
    counted(held(world, 1, headcount=10), values={1: {5: 6, 2: 4}, 2: {5: 9}}, forms=10)
    assert figure(client, world, "feedback")["sentence"] == (
        "From 60% (“Insight into others”) to all or nearly all (“Working together”) agreed."
    )


def test_versions_of_the_questions_are_never_put_together(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 30, 2: 10}})
    box = counted(held(world, 2, headcount=45), values={})
    newer = Questionnaire.objects.create(
        code=box.questionnaire.code, version=box.questionnaire.version + 1, name="Ours"
    )
    item = newer.items.create(number=1, construct="insight", text="Another wording", scale="agreement")
    add_counts(box.round, newer, item, {5: 20})
    shown = dashboard(client, world).context
    assert [each["table"]["rows"] for each in shown["earlier"]] == [[["Insight into others", "75%", 40]]]
    assert figure(client, world, "feedback")["table"]["rows"] == [["Insight into others", "100%", 20]]
    assert [row[2:5] for row in table(client, world, "feedback")[1:]] == [
        [str(newer.version), "Another wording", "100%"],
        [str(box.questionnaire.version), "I see better now how the work feels to other people.", "75%"],
    ]


def add_counts(round, questionnaire, item, values):
    from evaluation.models.results import ItemCount

    for value, number in values.items():
        ItemCount.objects.create(
            round_id=round.pk, questionnaire_id=questionnaire.pk, item_id=item.pk, value=value, n=number
        )


class SystemWorld:
    def __init__(self, system):
        self.system = system


def test_of_one_round_it_is_said_that_the_answers_are_of_one(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 30, 2: 10}})
    counted(held(world, 2, headcount=45), values={1: {5: 7}})
    assert "They are answers given at one Round." in figure(client, world, "feedback")["what"]
    counted(held(world, 2, 11, headcount=45), values={1: {5: 9, 1: 1}})
    assert "one Round" not in figure(client, world, "feedback")["what"]


def test_of_other_questions_it_is_said_by_itself(client, world):
    for day in (4, 11):
        counted(held(world, 1, day, headcount=45), values={1: {5: 30, 2: 10}})
    older = Questionnaire.objects.create(code="the-old", version=1, name="Older questions")
    item = older.items.create(number=1, construct="insight", text="In older words", scale="agreement")
    other = held(world, 2, headcount=45)
    counted(other, values={})
    add_counts(other, older, item, {5: 20, 2: 4})
    shown = dashboard(client, world)
    assert [each["of_one_round"] for each in shown.context["earlier"]] == ["They are answers given at one Round."]
    assert shown.content.decode().count("They are answers given at one Round.") == 1


def test_of_two_rounds_that_answered_different_questions_it_is_not_said(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 30, 2: 10}})
    counted(held(world, 2, headcount=45), values={2: {5: 30, 2: 10}})
    assert "one Round" not in figure(client, world, "feedback")["what"]
