"""Of Rounds of one team (unit-based, Team Time, student) no figure tells how many came or gave feedback."""

import datetime as dt

import pytest
import time_machine

from evaluation.actions import attendance, clock, folding, questionnaires
from evaluation.models import Attendance, FeedbackBox, RoundFigure
from evaluation.reports.system import SystemFigures
from rounds.states import OF_ONE_TEAM, Kind, RoundState
from tests.factories.evaluation import AttendanceFactory, RegisterFactory, counted
from tests.factories.members import PersonFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db(databases=["default", "box"])
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        yield small_world()


def held(world, kind, **fields):
    usual = {"system": world.system, "partners": [world.elmbridge], "starts_at": NOON - DAY, "state": RoundState.HELD}
    usual |= {"booking_opens_at": NOON - 9 * DAY}
    return RoundFactory(**usual | fields, kind=kind)


def figures(world):
    return SystemFigures(world.system, half_year_key=None, now=NOON)


@pytest.mark.parametrize("kind", Kind)
def test_a_headcount_enters_the_figures_unless_it_is_of_one_team(world, kind):
    round = held(world, kind)
    register = attendance.close_register(round=round, headcount=24, now=NOON)
    assert register.headcount == 24
    assert RoundFigure.objects.filter(headcount=25).exists() == (kind not in OF_ONE_TEAM)


@pytest.mark.parametrize("kind", OF_ONE_TEAM)
class TestOfOneTeam:
    def test_it_counts_as_a_round_and_its_people_nowhere(self, world, kind):
        attendance.close_register(round=held(world, "ordinary"), headcount=40, now=NOON)
        before = figures(world)
        attendance.close_register(round=held(world, kind), headcount=24, now=NOON)
        after = figures(world)
        assert (before.held, after.held) == (1, 2)
        assert before.came == after.came
        month = [each for each in after.months if each.came]
        assert [(each.came.shown, each.awaiting) for each in month] == [(40, 0)]

    def test_one_that_waits_for_its_headcount_is_not_waited_for(self, world, kind):
        held(world, kind)
        assert {month.awaiting for month in figures(world).months} == {0}

    def test_its_ticks_stand_in_no_tally_and_hold_up_no_release(self, world, kind):
        round = held(world, kind, state=RoundState.CLOSED)
        RegisterFactory(round=round, closed_at=NOON)
        for _ in range(9):
            AttendanceFactory(round=round, person=PersonFactory(works_for=world.elmbridge))
        assert Attendance.objects.count() == 9
        assert not folding.rounds_to_fold().exists()
        assert not folding.fold(round=round)

    def test_its_answers_stay_with_its_team(self, world, kind):
        answers = {1: {4: 20, 5: 20}}
        counted(held(world, kind), values=answers)
        assert figures(world).questionnaires == []
        counted(held(world, "ordinary"), values=answers)
        assert len(figures(world).questionnaires) == 1


class TestTeamTime:
    def test_has_a_short_form_that_is_counted_within_the_day(self, world):
        starts_at = NOON
        round = held(world, "team_time", starts_at=starts_at, ends_at=starts_at + HOUR / 2, state="published")
        clock.follow(now=NOON)
        box = FeedbackBox.objects.get(round=round)
        assert box.questionnaire.code == "own-team"
        assert box.questionnaire.items.count() == 3
        assert box.closes_at == round.ends_at + 12 * HOUR

    def test_of_one_whose_box_would_be_closed_none_is_opened(self, world):
        held(world, "team_time", starts_at=NOON - 20 * HOUR, ends_at=NOON - 19 * HOUR)
        clock.follow(now=NOON)
        assert FeedbackBox.objects.count() == 0

    def test_paper_asks_the_same(self):
        assert [item.construct for item in questionnaires.items_of("own-team")] == [
            *("insight", "colleagues", "overall")
        ]
