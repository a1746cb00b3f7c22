"""Answers over time: what stands on the pages of results, again and in a row, and broken where the words changed."""

import datetime as dt
import itertools
import re
from itertools import takewhile

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.actions import versions
from evaluation.actions.versions import Question, Wording
from evaluation.disclosure import CLOSED_ANSWERS
from evaluation.models import FeedbackBox
from evaluation.models.results import Counted, ItemCount
from evaluation.reports.round import item_results
from evaluation.reports.trend import trend_of
from evaluation.views.figure import trend as figure
from members.models import Succession
from members.models.succession import Kind
from rounds.states import RoundState
from rounds_site.kit import charts
from tests.factories.evaluation import counted
from tests.factories.rounds import RoundFactory, SeriesFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db(databases=["default", "box"])

WARM, COOL = {1: {5: 20, 2: 5}}, {1: {4: 15, 1: 15}}


@pytest.fixture
def world():
    world = small_world()
    world.series = SeriesFactory(system=world.system)
    return world


def held(world, months, *, series=True, by=None, title="A Round", **facts):
    starts_at = NOON - dt.timedelta(days=30 * months)
    return RoundFactory(
        system=world.system,
        state=RoundState.CLOSED,
        title=title,
        facilitators=[by or world.ada],
        partners=[world.elmbridge],
        series=world.series if series else None,
        booking_opens_at=starts_at - dt.timedelta(days=20),
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
        **facts,
    )


def of_another_version(world, round, values):
    """Its box asked the system's own words for the same thing."""
    asked = versions.write(
        system=world.system,
        wording=Wording("Ours", (Question("insight", "It opened my eyes.", "agreement"),)),
        by=world.ada,
        now=NOON,
    )
    FeedbackBox.objects.filter(round=round).update(questionnaire=asked)
    ItemCount.objects.filter(round_id=round.pk).delete()
    item = asked.items.get()
    ItemCount.objects.bulk_create(
        ItemCount(round_id=round.pk, questionnaire_id=asked.pk, item_id=item.pk, value=value, n=n)
        for value, n in values.items()
    )
    return asked


def insight(world, round):
    return next(each for each in trend_of(round, world.ada).measures if each.name == "Insight into others")


def page(client, world, round):
    client.force_login(world.ada)
    answer = client.get(reverse("round_over_time", args=[round.pk]))
    return answer, re.sub(r"\s+", " ", answer.content.decode())


def test_each_round_reads_as_on_its_own_page(world):
    rounds = [held(world, months) for months in (24, 12, 1)]
    for round, values in zip(rounds, (WARM, COOL, {1: {5: 9, 1: 1}}), strict=True):
        counted(round, values=values)
    shown = insight(world, rounds[0])
    assert [point.at for point in shown.points] == rounds
    on_their_pages = [item_results(type(round).objects.get(pk=round.pk))[0].share for round in rounds]
    assert [point.share for point in shown.points] == on_their_pages
    assert [share.favourable for share in on_their_pages] == ["80%", "50%", "all or nearly all"]


def test_a_round_with_too_few_is_a_gap_that_says_why(world):
    rounds = [held(world, months) for months in (4, 3, 2, 1)]
    counted(rounds[0], values=WARM)
    counted(rounds[1], values={}, forms=None)
    counted(rounds[2], values={1: {5: 7}})
    counted(rounds[3], values=WARM)
    shown = insight(world, rounds[0])
    assert [bool(point.share) for point in shown.points] == [True, False, False, True]
    assert [point.why for point in shown.points] == [
        "",
        CLOSED_ANSWERS,
        "Fewer than 8 answers to this question, so they are not shown.",
        "",
    ]
    drawn = charts.trend([figure._moment(point, shown) for point in shown.points])
    assert drawn["lines"] == []
    assert (drawn["dots"].count("M"), len(drawn["gaps"])) == (2, 2)


def test_the_range_goes_as_far_as_all_or_nearly_all(client, world):
    rounds = [held(world, months) for months in (3, 2, 1)]
    for round, values in zip(rounds, (WARM, COOL, {1: {5: 9, 1: 1}}), strict=True):
        counted(round, values=values)
    told = figure.sentence(insight(world, rounds[0]))
    assert told == "Insight into others: between 50% and all or nearly all agreed, Round by Round."


def test_only_the_marks_that_are_drawn_are_explained(client, world):
    rounds = [held(world, months) for months in (3, 2, 1)]
    for round in rounds[:2]:
        counted(round, values=WARM)
    dashed, pale, upright = "A dashed box is", "A pale box, at", "An upright dashed line marks"
    assert not any(mark in page(client, world, rounds[0])[1] for mark in (dashed, pale, upright))
    counted(rounds[2], values={1: {5: 9, 1: 1}, 2: {5: 5}})
    _, text = page(client, world, rounds[0])
    assert [mark in text for mark in (dashed, pale, upright)] == [False, True, False]
    of_another_version(world, rounds[1], {5: 4})
    _, text = page(client, world, rounds[0])
    assert [mark in text for mark in (dashed, pale, upright)] == [True, True, True]


def test_the_table_names_the_version_where_there_were_several(world):
    rounds = [held(world, months) for months in (2, 1)]
    for round in rounds:
        counted(round, values=WARM)
    (told,) = figure.figures([insight(world, rounds[0])])
    assert told["table"]["head"] == ["Round", "Answers", "Agreed"]
    asked = of_another_version(world, rounds[1], {5: 20})
    (told,) = figure.figures([insight(world, rounds[0])])
    assert told["table"]["head"] == ["Round", "Questions", "Answers", "Agreed"]
    assert told["table"]["rows"][0][1] == str(asked)


def test_a_box_that_is_not_counted_yet_has_no_place(world):
    rounds = [held(world, months) for months in (2, 1)]
    counted(rounds[0], values=WARM)
    trend = trend_of(rounds[0], world.ada)
    assert (trend.counted, trend.closed, trend.measures) == (1, 0, [])


def test_versions_are_not_joined_and_the_page_says_so(client, world):
    rounds = [held(world, months) for months in (4, 3, 2, 1)]
    for round in rounds:
        counted(round, values=WARM)
    asked = of_another_version(world, rounds[2], {5: 10, 1: 10})
    FeedbackBox.objects.filter(round=rounds[3]).update(questionnaire=asked)
    ItemCount.objects.filter(round_id=rounds[3].pk).update(questionnaire_id=asked.pk, item_id=asked.items.get().pk)
    shown = insight(world, rounds[0])
    assert [point.at for point in shown.changes] == [rounds[2]]
    drawn = charts.trend([figure._moment(point, shown) for point in shown.points])
    assert len(drawn["lines"]) == 2
    assert len(drawn["changes"]) == 1
    since = figure.ROUNDS.words(rounds[2])
    assert figure.sentence(shown) == f"Insight into others: between 50% and 80% agreed, Round by Round since {since}."
    _, text = page(client, world, rounds[0])
    assert "People were asked in 2 versions, whose answers are not joined" in text
    assert "“It opened my eyes.”" in text
    assert "Other questions" in text


def test_of_versions_asked_by_turns_it_is_said_at_which_rounds(client, world):
    rounds = [held(world, months) for months in (3, 2, 1)]
    for round in rounds:
        counted(round, values=WARM)
    other = of_another_version(world, rounds[1], {5: 10, 1: 10})
    shown = insight(world, rounds[0])
    assert [point.at for point in shown.changes] == rounds[1:3]
    assert figure.sentence(shown).endswith(f" agreed where “{shown.points[2].questionnaire}” was asked.")
    _, text = page(client, world, rounds[0])
    days = [figure.ROUNDS.words(point.at) for point in shown.points]
    assert f"{shown.points[0].questionnaire} at 2 Rounds, first on {days[0]}: " in text
    assert f"{other} on {days[1]}: “It opened my eyes.”" in text


def test_a_sentence_compares_within_the_version_that_was_asked_last(world):
    rounds = [held(world, months) for months in (2, 1)]
    counted(rounds[0], values={1: {1: 20}})
    counted(rounds[1], values=WARM)
    of_another_version(world, rounds[1], {5: 10, 1: 10})
    assert (
        figure.sentence(insight(world, rounds[0]))
        == f"Insight into others: 50% agreed since {figure.ROUNDS.words(rounds[1])}."
    )


def test_only_rounds_that_one_facilitated_are_there(client, world):
    mine, theirs, elsewhere = held(world, 3), held(world, 2, by=world.cleo), held(world, 1, series=False)
    for round in (mine, theirs, elsewhere):
        counted(round, values=WARM)
    assert trend_of(mine, world.ada).counted == 1
    for person, status in [(world.ada, 200), (world.ben, 403), (world.ines, 403)]:
        client.force_login(person)
        for name in ("round_over_time", "round_over_time_file"):
            assert client.get(reverse(name, args=[mine.pk])).status_code == status, name


def test_rounds_in_no_series_stand_beside_those_of_the_same_host(world):
    hosted = {"series": False, "host_organisation": world.elmbridge}
    rounds = [held(world, 3, **hosted), held(world, 2, **hosted), held(world, 1, series=False), held(world, 1)]
    for round in rounds:
        counted(round, values=WARM)
    assert [point.at for point in insight(world, rounds[0]).points] == rounds[:2]


def test_a_host_goes_on_in_what_it_became(world):
    rounds = [held(world, 2, series=False, host_organisation=world.quarry_lane)]
    rounds.append(held(world, 1, series=False, host_organisation=world.elmbridge))
    for round in rounds:
        counted(round, values=WARM)
    assert trend_of(rounds[0], world.ada).counted == 1
    Succession.objects.create(
        predecessor=world.quarry_lane, successor=world.elmbridge, kind=Kind.MERGER, on=NOON.date() - dt.timedelta(40)
    )
    for round in rounds:
        assert [point.at for point in insight(world, round).points] == rounds


def test_the_file_holds_what_the_page_does_and_no_formula(client, world):
    rounds = [held(world, 2, title="=1+1"), held(world, 1)]
    counted(rounds[0], values=WARM)
    counted(rounds[1], values={}, forms=None)
    late = held(world, 0)
    counted(late, values=COOL)
    client.force_login(world.ada)
    answer = client.get(reverse("round_over_time_file", args=[late.pk]))
    lines = list(takewhile(bool, answer.content.decode("utf-8-sig").splitlines()))
    assert lines[0].startswith("Date,Round,Measures,Question")
    assert len(lines) == 4
    assert '"\'=1+1"' in lines[1] or "'=1+1" in lines[1]
    assert "25,80%" in lines[1]
    assert CLOSED_ANSWERS in lines[2]
    assert "30,50%" in lines[3]


def test_a_single_round_says_what_a_trend_takes(client, world):
    round = held(world, 1)
    counted(round, values=WARM)
    answer, text = page(client, world, round)
    assert answer.status_code == 200
    assert "A trend takes two Rounds" in text


def test_figures_of_others_change_nothing_here(client, world):
    rounds = [held(world, months) for months in (2, 1)]
    for round in rounds:
        counted(round, values=WARM)
    before = page(client, world, rounds[0])[1].partition("<main")[2].partition("</main")[0]
    counted(held(world, 1, by=world.cleo), values=COOL)
    Counted.objects.filter(pk=rounds[0].pk).update(for_the_team=25)
    assert page(client, world, rounds[0])[1].partition("<main")[2].partition("</main")[0] == before


def test_many_rounds_are_asked_for_as_often_as_few(client, world):
    def asked():
        with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["box"]) as two:
            page(client, world, first)
        return len(one), len(two)

    first = held(world, 20)
    for round in (first, held(world, 19)):
        counted(round, values=WARM)
    page(client, world, first)
    few = asked()
    for months in range(5):
        counted(held(world, months), values=COOL)
    assert asked() == few


def test_a_chart_of_many_leaves_room_for_its_dates():
    moments = [charts.Moment(f"{n} Mar\n2027", "a", n) for n in range(36)]
    for width in (960, charts.NARROW):
        drawn = charts.trend(moments, width=width)
        at = [float(label["x"]) for label in drawn["labels"]]
        assert drawn["labels"][-1]["first"] == "35 Mar"
        assert at[-1] <= drawn["width"] - charts.LABEL / 2
        assert all(after - before >= charts.LABEL for before, after in itertools.pairwise(at[:-1]))


class TestChance:
    """Six Rounds and more have an average and the limits within which their shares move by chance."""

    @pytest.fixture
    def rounds(self, world):
        rounds = [held(world, months) for months in range(12, 0, -1)]
        for round, agreed in zip(rounds, [15, 16, 15, 16, 15, 3, 15, 16, 15, 16, 15, 16], strict=True):
            counted(round, values={1: {5: agreed, 2: 20 - agreed}})
        return rounds

    def test_what_chance_does_not_explain_is_ringed_and_said(self, client, world, rounds):
        words, drawn = words_of_chance(client, world, rounds[-1])
        day = rounds[5].starts_at
        assert f"More than chance: {day.day} {day:%B %Y}, ringed." in words
        assert "may move them" not in words
        assert drawn.count("rd-apart") == 2
        assert drawn.count("rd-limit") == 4

    def test_with_few_rounds_it_says_so_and_with_fewer_nothing(self, client, world, rounds):
        for round in [*rounds[:3], rounds[5]]:
            FeedbackBox.objects.filter(round=round).delete()
        words, drawn = words_of_chance(client, world, rounds[-1])
        assert "These limits are drawn from 8 Rounds, and each new one may move them. Nothing here is" in words
        assert "rd-apart" not in drawn
        for round in rounds[6:9]:
            FeedbackBox.objects.filter(round=round).delete()
        words, drawn = words_of_chance(client, world, rounds[-1])
        assert "dashed lines" not in words
        assert "rd-limit" not in drawn

    def test_limits_are_of_the_words_asked_last(self, world, rounds):
        of_another_version(world, rounds[-1], {5: 15, 2: 5})
        limits, apart = figure.chance(insight(world, rounds[-1]))
        assert (limits, apart) == (None, [])


def words_of_chance(client, world, round):
    _, content = page(client, world, round)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", content)), content
