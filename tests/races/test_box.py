"""Many people put their forms into one box at the same moment, and the clock counts while they do."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from evaluation.actions import counting, feedback
from evaluation.models import FeedbackBox
from evaluation.models.box import Form
from evaluation.models.results import Comment
from rounds_site.kit.refusals import Refused
from tests.factories.evaluation import FeedbackBoxFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(number, action):
    def and_let_go(n):
        try:
            return action(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as people:
        return list(people.map(and_let_go, range(number)))


def cast(box, now, ballot=None):
    try:
        feedback.cast(box=box, ballot_id=ballot or uuid.uuid4(), answers={}, comment="A quiet hour.", now=now)
    except Refused:
        return False
    return True


def test_a_box_never_holds_more_than_it_may():
    box = FeedbackBoxFactory(round__places=10)
    taken = together(40, lambda n: cast(box, box.opens_at))
    assert taken.count(True) == 12
    assert Form.objects.count() == 12


def test_one_ballot_from_many_hands_is_one_form():
    box = FeedbackBoxFactory()
    ballot = uuid.uuid4()
    assert together(16, lambda n: cast(box, box.opens_at, ballot)) == [True] * 16
    assert Form.objects.count() == 1


def test_no_form_is_lost_or_left_behind_while_the_clock_counts():
    """The forms come in the last moment before the box closes; the clock is already there."""
    box = FeedbackBoxFactory()
    last_moment = box.closes_at.replace(minute=box.closes_at.minute - 1)

    def one(n):
        if n % 5 == 4:
            counting.count(box=box, now=box.closes_at)
            return None
        return cast(box, last_moment)

    taken = together(40, one)
    counting.count(box=box, now=box.closes_at)
    assert FeedbackBox.objects.get().state == "counted"
    assert not Form.objects.exists()
    assert Comment.objects.count() in (taken.count(True), 0)
