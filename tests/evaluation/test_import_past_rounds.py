"""Past Rounds: what is entered, what the figures then say, and that nobody is in it."""

import csv
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from statistics import median, multimode

import pytest
from django.apps import apps
from django.conf import settings

from evaluation.actions import past_questions, past_rounds
from evaluation.disclosure import Figure
from evaluation.models import FeedbackBox, Item, Questionnaire, RoundFigure
from evaluation.models.results import Comment, Counted, ItemCount
from evaluation.reports.round import counts_of, item_results
from evaluation.reports.system import SystemFigures
from members.models import Delivery, Person
from rounds.models import Round
from rounds_site.kit.refusals import Refused
from tests.evaluation.past import FIRST, NOW, OFFICIAL, SECOND, WORDS, own, read, take
from tests.factories.evaluation import FeedbackBoxFactory
from tests.factories.members import OrganisationFactory, SystemFactory
from tests.factories.rounds import RoundFactory


@pytest.fixture
def system(db):
    return SystemFactory(code="QXV", name="North Vale System", short_name="North Vale")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system)


def counts(told):
    return len(told.new), len(told.unchanged), len(told.other)


# --- What is entered ---


def test_looking_writes_nothing(system, riverbank):
    told = past_rounds.compare(read(system, FIRST, SECOND), system=system)
    assert (counts(told), Round.objects.count(), Questionnaire.objects.count()) == ((2, 0, 0), 0, 0)


def test_a_round_closed_in_the_past_that_invites_nobody(system, riverbank):
    take(system, FIRST)
    round = Round.objects.get()
    assert (round.state, round.format, round.host, round.places, round.published_at) == (
        "closed",
        "in_person",
        riverbank,
        0,
        None,
    )
    assert (round.team.count(), round.invited_partners.count(), round.bookings.count()) == (0, 0, 0)
    assert (Person.objects.count(), Delivery.objects.count(), Comment.objects.count()) == (0, 0, 0)


def test_its_figures_have_passed_the_gate(system, riverbank):
    take(system, FIRST, SECOND)
    figures = RoundFigure.objects.order_by("round__starts_at").values_list("headcount", "forms", "headcount_entered_at")
    assert list(figures) == [(45, 30, NOW), (None, None, NOW)]
    first, second = Round.objects.order_by("starts_at")
    assert dict(Counted.objects.values_list("round_id", "forms")) == {first.pk: 30, second.pk: None}
    assert set(ItemCount.objects.values_list("round_id", flat=True)) == {first.pk}
    assert {box.state for box in FeedbackBox.objects.all()} == {"counted"}


@pytest.mark.parametrize("words", ["fewer than 8", "<8", "7", "0"])
def test_a_headcount_below_the_threshold_is_one_and_the_same(system, words):
    take(system, f"4/3/2026,,T,online,,{words},,,,,")
    figure = RoundFigure.objects.get()
    assert (figure.headcount, figure.headcount_entered_at) == (None, NOW)


def test_a_headcount_that_nobody_knows_is_not_entered(system):
    take(system, "4/3/2026,,T,online,,,12,0,6,6,0")
    figure = RoundFigure.objects.get()
    assert (figure.headcount, figure.headcount_entered_at, figure.forms) == (None, None, 10)


def test_a_second_time_changes_nothing(system, riverbank):
    take(system, FIRST, SECOND)
    before = set(ItemCount.objects.values_list("pk", flat=True))
    assert counts(take(system, FIRST, SECOND)) == (0, 2, 0)
    assert (Round.objects.count(), Questionnaire.objects.count()) == (2, 1)
    assert set(ItemCount.objects.values_list("pk", flat=True)) == before


@pytest.mark.parametrize(
    "other", [FIRST.replace(",43,", ",80,"), FIRST.replace(",9,20,", ",8,21,"), FIRST.replace("In person", "Hybrid")]
)
def test_other_figures_of_the_same_round_are_left_alone(system, riverbank, other):
    take(system, FIRST)
    told = take(system, other)
    assert [why for _, why in told.other] == [past_rounds.OTHERWISE]
    assert RoundFigure.objects.get().headcount == 45
    assert ItemCount.objects.get(value=4).n == 9


def test_a_round_that_was_held_here_is_not_entered_again(system, riverbank):
    RoundFactory(
        system=system,
        title="Thrown in at the DEEP end",
        state="closed",
        starts_at=datetime(2026, 3, 4, 8, 0, tzinfo=UTC),
        booking_opens_at=datetime(2026, 2, 4, 8, 0, tzinfo=UTC),
    )
    told = take(system, FIRST)
    assert [why for _, why in told.other] == [
        "A Round with that title was held here on that day, and its figures stand."
    ]
    assert Round.objects.count() == 1


def test_what_changed_since_the_preview_is_not_accepted_unseen(system, riverbank):
    past_list, asked = read(system, FIRST, SECOND), own(system)
    digest = past_rounds.compare(past_list, system=system).digest
    take(system, SECOND)
    with pytest.raises(Refused, match=r"^Something changed since you looked\."):
        past_rounds.accept(past_list, system=system, questionnaire=asked.questionnaire, digest=digest, now=NOW)
    assert Round.objects.count() == 1


def test_what_an_interrupted_import_left_in_the_box_is_written_anew(system, riverbank):
    past_list = read(system, FIRST)
    key = past_rounds.key_for(past_list.lines[0], system)
    Counted.objects.create(round_id=key, forms=90)
    lost = Item(questionnaire=Questionnaire(), number=1)
    ItemCount.objects.create(round_id=key, questionnaire_id=lost.questionnaire_id, item_id=lost.pk, value=5, n=77)
    take(system, FIRST)
    assert Counted.objects.get().forms == 30
    assert sorted(ItemCount.objects.values_list("n", flat=True)) == [1, 9, 12, 20]


def test_the_dashboard_shows_them(system, riverbank):
    take(system, FIRST, SECOND)
    figures = SystemFigures(system, half_year_key="2025-10", now=NOW)
    assert (figures.held, figures.came, figures.hosts) == (1, Figure(45), 1)
    figures = SystemFigures(system, half_year_key="2026-04", now=NOW)
    assert (figures.held, figures.came) == (1, Figure(0, 1))


# --- Official words ---


def test_words_that_a_site_types_in_become_a_questionnaire_when_they_are_used(system):
    asked = past_questions.asked(system=system, **OFFICIAL)
    head = "Date,Title,Format,Headcount,Forms,joy 5,overall poor"
    take(system, "4/3/2026,T,online,20,10,8,2", head=head, asked=asked)
    made = Questionnaire.objects.get()
    assert (made.code, made.version, made.permission_note) == ("the-licensors-form", 1, "By letter")
    assert list(made.items.values_list("number", "construct", "text", "scale")) == [
        (1, "insight", "I have gained insight", "agreement"),
        (2, "joy", "It was a joy", "agreement"),
        (3, "overall", "All in all", "rating"),
    ]


def test_the_same_words_are_the_same_questionnaire_and_others_its_next_version(system):
    def asked(**said):
        return past_questions.asked(system=system, **said)

    first = asked(**OFFICIAL).questionnaire()
    assert asked(**OFFICIAL).questionnaire() == first
    other = asked(**OFFICIAL | {"questions": WORDS.replace("joy", "delight")}).questionnaire()
    assert (other.code, other.version) == (first.code, 2)
    assert asked(by=str(first.pk)).questions == asked(**OFFICIAL).questions


def test_a_licence_of_one_system_serves_no_other(system):
    elsewhere = SystemFactory(code="QYY")
    first = past_questions.asked(system=system, **OFFICIAL).questionnaire()
    assert first.system == system
    assert str(first.pk) in dict(past_questions.choices(system=system))
    assert str(first.pk) not in dict(past_questions.choices(system=elsewhere))
    with pytest.raises(Refused, match="not here any more"):
        past_questions.asked(system=elsewhere, by=str(first.pk))
    assert first not in Questionnaire.objects.known_to(elsewhere)
    theirs = past_questions.asked(system=elsewhere, **OFFICIAL).questionnaire()
    assert (theirs.system, theirs.code, theirs.version) == (elsewhere, first.code, 1)


def test_what_was_typed_in_earlier_is_given_to_the_system_whose_rounds_asked_it(system):
    elsewhere = SystemFactory(code="QYY")
    of_one, of_two = (Questionnaire.objects.create(code=code, version=1, name=code) for code in ("one", "two"))
    for each, where in ((of_one, system), (of_two, system), (of_two, elsewhere)):
        FeedbackBoxFactory(round=RoundFactory(system=where), questionnaire=each)
    FeedbackBoxFactory(round=RoundFactory(system=system))
    import_module("evaluation.migrations.0012_versions_of_one_system").give_to_whose_rounds_asked_them(apps, None)
    told = dict(Questionnaire.objects.values_list("code", "system"))
    assert told == {"one": system.pk, "two": None, "own": None}
    assert of_two not in Questionnaire.objects.known_to(system)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "Enter 1 to 20 questions, one a line."),
        ("a | b\n" * 21, "Enter 1 to 20 questions, one a line."),
        ("insight", "Line 1 must read: heading | the words of the question | scale."),
        ("insight | a | agreement | more", "Line 1 must read: heading | the words of the question | scale."),
        (" | a", "Line 1 must read: heading | the words of the question | scale."),
        (f"insight | {'a' * 201}", "Line 1 must read: heading | the words of the question | scale."),
        (
            "insight | a | smileys",
            "The scale in line 1 must be one of agreement, rating, extent, likelihood, yes_no, or its words, the "
            "lowest first, with / between them.",
        ),
        ("insight | a | Never / never", "The scale in line 1 must have 2 to 5 words, each of them once."),
        ("insight | a | 1 / 2 / 3 / 4 / 5 / 6", "The scale in line 1 must have 2 to 5 words, each of them once."),
        ("insight | a\nInsight | b", "Two questions have the same heading. Give each its own."),
    ],
)
def test_words_that_are_no_questions(system, words, sentence):
    with pytest.raises(Refused) as refusal:
        past_questions.asked(system=system, **OFFICIAL | {"questions": words})
    assert str(refusal.value) == sentence


# --- Published answers ---


SMALL = Path(__file__).parent.parent / "data" / "published_form.csv"
PUBLISHED = Path(settings.BASE_DIR).parent / "shared" / "data" / "published_likert_2020.csv"


def table_of(file):
    """{item: how many gave each answer from 1 to 5}"""
    with file.open(newline="") as opened:
        return {row["item"]: [int(n) for n in list(row.values())[1:]] for row in csv.DictReader(opened)}


def imported(system, table):
    """{item: (n, median, mode, share of each answer, share who agree)} of one Round with these answers."""
    headings = [f"{item} {value}" for item in table for value in range(1, 6)]
    cells = [str(n) for answers in table.values() for n in answers]
    words = "\n".join(f"{item} | Question {item} of the form" for item in table)
    asked = past_questions.asked(system=system, **OFFICIAL | {"questions": words})
    head = ",".join(["Date", "Title", "Format", "Headcount", "Forms", *headings])
    take(system, ",".join(["4/3/2020", "Published", "in person", "120", "90", *cells]), head=head, asked=asked)
    round = Round.objects.get()
    exact = counts_of([round.pk])
    return {
        result.item.construct.upper(): told_of(result, exact[result.item.pk, round.pk])
        for result in item_results(round)
    }


def told_of(result, exact):
    answers = [value for value, n in exact.items() for _ in range(n)]
    share = result.share
    return share.n, median(answers), multimode(sorted(answers)), share.distribution, share.favourable_per_cent


def expected(table):
    told = {}
    for item, by_value in table.items():
        n, answers = sum(by_value), [value for value, count in enumerate(by_value, 1) for _ in range(count)]
        shares = {value: int(100 * count / n + 0.5) for value, count in enumerate(by_value, 1)}
        told[item] = (n, median(answers), multimode(answers), shares, int(100 * sum(by_value[3:]) / n + 0.5))
    return told


TABLES = [SMALL, PUBLISHED] if PUBLISHED.exists() else [SMALL]


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.stem)
def test_published_answers_give_the_published_numbers(system, file):
    assert imported(system, table_of(file)) == expected(table_of(file))


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.stem)
def test_changing_one_cell_changes_the_figure(system, file):
    table = table_of(file)
    table["Q2"][0] += 5
    told, before = imported(system, table), expected(table_of(file))
    assert {item for item in told if told[item] != before[item]} == {"Q2"}
    assert told["Q2"][0] == before["Q2"][0] + 5


def test_the_small_table_by_hand(system):
    assert imported(system, table_of(SMALL)) == {
        "Q1": (40, 4, [4], {1: 0, 2: 5, 3: 23, 4: 43, 5: 30}, 73),
        "Q2": (40, 4, [4], {1: 3, 2: 0, 3: 28, 4: 38, 5: 33}, 70),
        "Q3": (32, 4, [4], {1: 0, 2: 3, 3: 13, 4: 63, 5: 22}, 84),
    }


if PUBLISHED.exists():

    def test_each_question_has_its_own_number_of_answers(system):
        assert [told[0] for told in imported(system, table_of(PUBLISHED)).values()] == [78] * 4 + [67] * 4 + [69]
