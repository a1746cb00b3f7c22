"""All forms of a Round become counts and shuffled comments at once, however often the worker is killed."""

from collections import Counter

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from evaluation.actions import clock, counting
from evaluation.models import FeedbackBox, RoundFigure
from evaluation.models.box import Form
from evaluation.models.results import Comment, Counted, ItemCount
from evaluation.states import BoxState
from rounds.models import Round
from rounds.states import RoundState
from tests.factories.evaluation import AttendanceFactory, FeedbackBoxFactory, RegisterFactory, fill
from tests.factories.rounds import RoundFactory, TeamMemberFactory

pytestmark = pytest.mark.django_db


def count(box):
    return counting.count(box=box, now=box.closes_at)


def a_box(forms, **options):
    box = FeedbackBoxFactory(**options)
    fill(box, forms, comment="A quiet hour.")
    return box


def what_is_left():
    return Form.objects.count(), ItemCount.objects.count(), Comment.objects.count(), Counted.objects.count()


def test_forms_become_counts_and_comments_and_are_gone():
    box = FeedbackBoxFactory()
    fill(box, 8, values=(5, 4, 3, 2, 1), comment="A quiet hour.")
    fill(box, 4, values=(5, None, 3, 3, 1))
    assert count(box).state == BoxState.COUNTED
    items = {item.number: item.pk for item in box.questionnaire.items.all()}
    assert set(ItemCount.objects.order_by("id").values_list("item_id", "value", "n")) == {
        (items[1], 5, 12),
        (items[2], 4, 8),
        (items[3], 3, 12),
        (items[4], 2, 8),
        (items[4], 3, 4),
        (items[5], 1, 12),
    }
    assert list(Comment.objects.order_by("id").values_list("text", flat=True)) == ["A quiet hour."] * 8
    assert not Form.objects.exists()
    figure = RoundFigure.objects.get()
    assert (figure.forms, figure.forms_entered_at) == (10, box.closes_at)


def test_the_box_of_a_cancelled_round_is_never_counted():
    """Not even when the Round is cancelled between the clock's look and its count."""
    box = a_box(9)
    before = what_is_left()
    Round.objects.update(state=RoundState.CANCELLED)
    assert count(box).state == BoxState.OPEN
    assert what_is_left() == before


def test_nothing_happens_before_the_time():
    box = a_box(9)
    before = what_is_left()
    counting.count(box=box, now=box.opens_at)
    assert what_is_left() == before
    assert FeedbackBox.objects.get().state == BoxState.OPEN


@pytest.mark.parametrize("forms", [0, 4, 5, 7])
def test_too_few_forms_are_destroyed_and_nothing_is_shown(forms):
    box = a_box(forms)
    count(box)
    assert what_is_left() == (0, 0, 0, 1)
    figure = RoundFigure.objects.get()
    assert (figure.forms, figure.forms_entered_at) == (None, box.closes_at)


def test_eight_forms_are_shown():
    count(a_box(8))
    assert what_is_left() == (0, 5, 8, 1)


def test_forms_of_fewer_than_eight_people_beside_the_team_stay_closed():
    round = RoundFactory()
    TeamMemberFactory.create_batch(2, round=round)
    RegisterFactory(round=round, headcount=9)
    count(a_box(9, round=round))
    assert what_is_left() == (0, 0, 0, 1)


def test_forms_that_say_nothing_are_not_forms():
    box = a_box(7)
    fill(box, 1, values=(None,) * 5)
    fill(box, 1, values=(9, 0, -1, 77, 6))
    Form.objects.create(ballot_id=box.pk, round_id=box.round_id, content="no form at all")
    count(box)
    assert what_is_left() == (0, 0, 0, 1)


def test_values_that_were_not_asked_for_are_not_counted():
    box = FeedbackBoxFactory()
    fill(box, 8, values=(5, 9, 0, -1, 77))
    count(box)
    assert list(ItemCount.objects.order_by("id").values_list("value", "n")) == [(5, 8)]


def test_only_the_forms_of_this_round_are_counted():
    other = a_box(3)
    count(a_box(8))
    assert Form.objects.filter(round_id=other.round_id).count() == 3


class Killed(Exception):
    pass


@pytest.mark.parametrize("alias", ["default", "box"])
def test_killed_before_any_statement_it_counts_once_in_the_end(alias):
    """The worker dies before its first, second, … statement in either database; the next turn ends what it began."""
    box = a_box(9)
    for survived in range(100):
        try:
            with connections[alias].execute_wrapper(DiesAfter(survived)):
                count(box)
        except Killed:
            forms, items, comments, counted = what_is_left()
            assert (forms, items, comments, counted) in {(9, 0, 0, 0), (0, 5, 9, 1)}
            continue
        break
    assert survived > 3
    assert what_is_left() == (0, 5, 9, 1)
    assert Counter(ItemCount.objects.order_by("id").values_list("n", flat=True)) == {9: 5}
    assert FeedbackBox.objects.get().state == BoxState.COUNTED
    assert RoundFigure.objects.get().forms == 10


class DiesAfter:
    def __init__(self, survived):
        self.left = survived

    def __call__(self, execute, sql, params, many, context):
        if "SAVEPOINT" in sql:
            return execute(sql, params, many, context)
        if self.left == 0:
            raise Killed
        self.left -= 1
        return execute(sql, params, many, context)


def test_counted_in_the_box_but_not_yet_known_here_it_is_not_counted_again():
    box = a_box(9)
    count(box)
    FeedbackBox.objects.update(state=BoxState.OPEN, counted_at=None)
    RoundFigure.objects.all().delete()
    count(box)
    assert what_is_left() == (0, 5, 9, 1)
    assert RoundFigure.objects.get().forms == 10


def test_a_second_count_changes_nothing():
    box = a_box(9)
    count(box)
    first = FeedbackBox.objects.get().counted_at
    counting.count(box=box, now=box.closes_at.replace(year=2028))
    assert FeedbackBox.objects.get().counted_at == first


def test_the_box_is_written_in_bulk():
    """A row at a time would leave the order of the forms in the table and in the write-ahead log."""
    box = a_box(40)
    with CaptureQueriesContext(
        connections["box"],
    ) as queries:
        count(box)
    verbs = Counter(query["sql"].split()[0] for query in queries if query["sql"].split()[0] in ("INSERT", "DELETE"))
    assert verbs == {"INSERT": 4, "DELETE": 4}


def test_the_clock_counts_and_closes_a_round_whose_register_is_closed():
    box = a_box(9, round__state=RoundState.HELD)
    clock.follow(now=box.closes_at)
    assert Round.objects.get().state == RoundState.HELD
    RegisterFactory(round=box.round, headcount=30, closed_at=box.round.ends_at)
    clock.follow(now=box.closes_at)
    assert Round.objects.get().state == RoundState.CLOSED
    clock.follow(now=box.closes_at)


def test_a_round_without_a_box_is_closed_once_it_could_have_none_any_more():
    round = RoundFactory(state=RoundState.HELD)
    RegisterFactory(round=round, headcount=30, closed_at=round.ends_at)
    clock.follow(now=round.ends_at.replace(month=4))
    assert Round.objects.get().state == RoundState.CLOSED


def test_a_register_that_was_begun_and_never_closed_says_no_more_than_its_ticks():
    box = a_box(9)
    RegisterFactory(round=box.round)
    AttendanceFactory.create_batch(3, round=box.round)
    count(box)
    assert what_is_left() == (0, 0, 0, 1)


def test_where_nobody_kept_a_list_the_forms_are_counted():
    box = a_box(9)
    count(box)
    assert Counted.objects.get().forms == 10
