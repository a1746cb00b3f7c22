"""Answers from half-year to half-year: each as in its own figures, kept once it is over, made anew when it changes."""

import datetime as dt
import json

import pytest
import time_machine
from django.urls import reverse

from evaluation.actions import clock, counting, half_year_answers
from evaluation.models import FeedbackBox, Questionnaire
from evaluation.models.results import HalfYearAnswers, ItemCount
from evaluation.reports.feedback_over_time import MOST, sets_over_time
from evaluation.reports.half_years import HalfYear, closes_at
from tests.evaluation.past import FIRST, take
from tests.factories.evaluation import FeedbackBoxFactory, counted, fill
from tests.rounds.pages import words_of
from tests.worlds import NOON

from .reading import held, rows_of, table

pytestmark = pytest.mark.django_db
WARM, COOL = {1: {5: 32, 2: 8}}, {1: {4: 20, 1: 20}}
SUMMER, WINTER = HalfYear.called("2026-04"), HalfYear.called("2025-10")


def address(world, name="feedback_over_time"):
    return reverse(name, args=[f"ics-{world.system.code.lower()}"])


def page(client, world):
    client.force_login(world.ines)
    return client.get(address(world))


def file(client, world):
    client.force_login(world.ines)
    return rows_of(client.get(address(world, "feedback_over_time_file")))


def keep_all(now=NOON):
    clock.follow_boxes(now=now)


def measures(world):
    return {each.name: each for one in sets_over_time(world.system) for each in one.measures}


@pytest.fixture
def two(world):
    """A Round in each of two half-years that are over, and one in that which goes on."""
    counted(held(world, 11, year=2025, headcount=45), values=COOL)
    counted(held(world, 8, year=2026, headcount=45), values=WARM)
    counted(held(world, 1, headcount=45), values={1: {5: 40}})
    keep_all()
    return world


def test_each_half_year_that_is_over_reads_as_in_its_own_figures(client, two):
    points = measures(two)["Insight into others"].points
    assert [(point.at, point.share.cell, point.share.n) for point in points] == [
        (WINTER, "50%", 40),
        (SUMMER, "80%", 40),
    ]
    for point in points:
        row = table(client, two, "feedback", half_year=point.at.key)[1]
        assert row[4:6] == [point.share.cell, str(point.share.n)]


def test_the_page_says_it_in_a_sentence_a_figure_and_a_table(client, two):
    shown = page(client, two)
    (figure,) = shown.context["figures"]
    assert figure["sentence"] == "Insight into others: between 50% and 80% agreed, half-year by half-year."
    assert figure["title"] == "Insight into others, from half-year to half-year"
    assert figure["desc"] == "October 2025 to March 2026: 50% of 40; April to September 2026: 80% of 40"
    assert [row[0] for row in figure["table"]["rows"]] == [SUMMER.words, WINTER.words]
    assert len(figure["wide"]["lines"]) == 1
    head, *rows = file(client, two)
    assert head[:2] == ["Half-year", "Measures"]
    assert [row[0] for row in rows] == [WINTER.words, SUMMER.words]


def test_the_figures_lead_to_it(client, two):
    client.force_login(two.ines)
    dashboard = client.get(reverse("dashboard", args=[f"ics-{two.system.code.lower()}"]))
    assert address(two) in dashboard.content.decode()


def test_of_one_half_year_there_is_no_trend(client, world):
    counted(held(world, 8, year=2026, headcount=45), values=WARM)
    keep_all()
    shown = page(client, world)
    assert shown.context["figures"] == []
    assert "takes two half-years that are over" in shown.content.decode()


def test_eight_answers_over_two_rounds_make_no_half_year_and_it_says_what_does(client, world):
    counted(held(world, 11, year=2025, headcount=45), values=COOL)
    for month in (7, 8):
        counted(held(world, month, year=2026, headcount=45), values={1: {5: 3, 2: 3}})
    keep_all()
    shown = page(client, world)
    assert shown.context["figures"] == []
    assert "each with a Round at which 8 people or more answered a question." in shown.content.decode()


def test_with_nothing_kept_it_says_so_too(client, world):
    assert "takes two half-years that are over" in page(client, world).content.decode()
    assert file(client, world)[1:] == []


def test_a_half_year_is_kept_from_three_weeks_after_its_end_on(world):
    counted(held(world, 8, year=2026, headcount=45), values=WARM)
    keep_all(closes_at(SUMMER) - dt.timedelta(minutes=1))
    assert not HalfYearAnswers.objects.exists()
    keep_all(closes_at(SUMMER))
    assert HalfYearAnswers.objects.get().half_year == SUMMER.key


def test_every_half_year_since_the_first_round_is_kept_once_also_one_without_answers(world):
    held(world, 5, year=2025, headcount=45)
    counted(held(world, 8, year=2026, headcount=45), values=WARM)
    keep_all()
    kept = HalfYearAnswers.objects.order_by("half_year")
    assert [row.half_year for row in kept] == ["2025-04", "2025-10", "2026-04"]
    assert [bool(json.loads(row.shares)) for row in kept] == [False, False, True]
    assert half_year_answers.to_keep(NOON) == []


def test_what_may_not_be_told_of_a_half_year_is_not_kept(world):
    counted(held(world, 7, year=2026, headcount=45), values={1: {5: 7}})
    counted(held(world, 8, year=2026, headcount=None), values={1: {5: 40}}, forms=None)
    counted(held(world, 9, year=2026, headcount=45), values={1: {5: 9, 1: 1}, 2: {5: 6, 1: 4}})
    keep_all()
    kept = [[words, per_cent, n] for _, n, words, per_cent, _ in json.loads(HalfYearAnswers.objects.get().shares)]
    assert kept == [["all or nearly all", None, 10], ["60%", 60, 10]]


def test_of_a_team_alone_nothing_is_kept(world):
    counted(held(world, 8, year=2026, headcount=45, kind="team_time"), values=WARM)
    keep_all()
    assert json.loads(HalfYearAnswers.objects.get().shares) == []


def test_a_box_that_is_counted_late_makes_its_half_year_anew_and_no_other(two):
    round = held(two, 9, 20, year=2026, headcount="none")
    box = FeedbackBoxFactory(round=round)
    fill(box, 40, values=(5, None, None, None, None))
    before = HalfYearAnswers.objects.get(half_year=WINTER.key).pk
    counting.count(box=box, now=NOON)
    assert FeedbackBox.objects.get(pk=box.pk).state == "counted"
    assert [row.half_year for row in HalfYearAnswers.objects.all()] == [WINTER.key]
    keep_all()
    assert HalfYearAnswers.objects.get(half_year=WINTER.key).pk == before
    assert measures(two)["Insight into others"].points[-1].share.n == 80


def test_a_half_year_waits_for_a_round_that_is_over_and_not_marked_as_held(world):
    counted(held(world, 8, year=2026, headcount=45), values=WARM)
    late = held(world, 9, 20, year=2026, headcount=45, state="published")
    counted(late, values=COOL)
    keep_all()
    assert not HalfYearAnswers.objects.exists()
    type(late).objects.filter(pk=late.pk).update(state="held")
    keep_all()
    ((_, n, words, *_),) = json.loads(HalfYearAnswers.objects.get().shares)
    assert (n, words) == (80, "65%")


def test_nothing_is_kept_of_the_time_after_the_last_round(world):
    counted(held(world, 8, year=2020, headcount=45), values=WARM)
    counted(held(world, 11, year=2020, headcount=45), values=COOL)
    keep_all()
    assert sorted(row.half_year for row in HalfYearAnswers.objects.all()) == ["2020-04", "2020-10"]
    assert len(measures(world)["Insight into others"].points) == 2


def test_past_rounds_that_are_imported_make_their_half_year_anew(two):
    take(two.system, FIRST.replace("XR1", two.elmbridge.code))
    assert [row.half_year for row in HalfYearAnswers.objects.all()] == [SUMMER.key]
    keep_all()
    assert measures(two)["Insight into others"].points[0].share.n == 70


def test_versions_are_not_joined_and_other_questions_stand_apart(client, two):
    own = FeedbackBox.objects.first().questionnaire
    newer = Questionnaire.objects.create(code=own.code, version=own.version + 1, name=own.name)
    assert " since" not in page(client, two).context["figures"][0]["sentence"]
    other = Questionnaire.objects.create(code="online", version=1, name="Questions online")
    newest = [held(two, month, 20, year=2026, headcount=45) for month in (7, 6)]
    for round, asked in zip(newest, (newer, other), strict=True):
        item = asked.items.create(number=1, construct="insight", text=f"Asked {asked.code}", scale="agreement")
        _answered(round, asked, item)
    earlier = held(two, 12, 20, year=2025, headcount=45)
    _answered(earlier, other, other.items.get())
    HalfYearAnswers.objects.all().delete()
    keep_all()
    main, apart = sets_over_time(two.system)
    assert [str(point.questionnaire) for point in main.measures[0].points] == [str(own), str(own), str(newer)]
    assert apart.name == "Questions online"
    shown = page(client, two)
    assert len(shown.context["figures"][0]["wide"]["changes"]) == 1
    assert shown.context["figures"][0]["sentence"] == "Insight into others: 60% agreed since April 2026."
    assert "Answers to other questions: Questions online" in shown.content.decode()
    assert "The question was: “Asked online”" in shown.content.decode()
    assert "Not here yet" not in shown.content.decode()
    assert len(file(client, two)) == 1 + 3 + 2


def test_questions_that_have_just_been_replaced_come_before_those_that_few_answer(client, two):
    """And the new ones are named, which no page of one half-year could show in time."""
    few, new = [Questionnaire.objects.create(code=code, version=1, name=code) for code in ("few", "new")]
    for asked, year, month in ((few, 2025, 12), (few, 2026, 5), (new, 2026, 6), (new, 2026, 7)):
        round = held(two, month, 20, year=year, headcount=45)
        item = asked.items.filter(number=1).first()
        item = item or asked.items.create(number=1, construct="insight", text=f"Asked {asked.code}", scale="agreement")
        _answered(round, asked, item)
    winter, summer = HalfYearAnswers.objects.order_by("half_year")
    summer.delete()
    earlier = held(two, 4, 20, year=2025, headcount=45)
    counted(earlier, values=COOL)
    FeedbackBox.objects.filter(round__starts_at__year=2026, questionnaire__code="own").delete()
    winter.delete()
    keep_all()
    shown = page(client, two)
    assert shown.context["main"].name == Questionnaire.objects.get(code="own").name
    assert "Answers to other questions: few" in shown.content.decode()
    takes = "a trend takes two half-years, each with a Round at which 8 people or more answered a question"
    assert f"Not here yet, as {takes}: “new”." in shown.content.decode()


def _answered(round, questionnaire, item):
    box = counted(round, values={})
    FeedbackBox.objects.filter(pk=box.pk).update(questionnaire=questionnaire)
    about = {"round_id": round.pk, "questionnaire_id": questionnaire.pk, "item_id": item.pk}
    ItemCount.objects.create(**about, value=5, n=12)
    ItemCount.objects.create(**about, value=1, n=8)


def test_the_last_half_years_are_drawn_with_what_chance_does(client, world, django_assert_max_num_queries):
    halves = [HalfYear.of(dt.date(2020, 4, 1))]
    while len(halves) < MOST + 1:
        halves.append(halves[-1].after())
    for half_year in halves:
        begins = half_year.begins
        counted(held(world, begins.month, 10, year=begins.year, headcount=45), values=WARM)
    keep_all()
    client.force_login(world.ines)
    with django_assert_max_num_queries(12):
        shown = client.get(address(world))
    (figure,) = shown.context["figures"]
    assert [row[0] for row in figure["table"]["rows"]] == [each.words for each in reversed(halves[1:])]
    assert "On average 80%; between the dashed lines" in figure["what"]
    assert f"These limits are drawn from {MOST} half-years, and each new one may move them." in figure["what"]
    assert f"Of half-years {MOST} at most are shown" in words_of(client.get(reverse("figures_how_to_read")))
    assert len(file(client, world)) == 1 + MOST


def test_whoever_may_not_see_the_figures_does_not_see_this(client, two):
    with time_machine.travel(NOON, tick=False):
        client.force_login(two.ben)
        assert client.get(address(two)).status_code in (403, 404)
