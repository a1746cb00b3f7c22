"""Every box and what became of it, for anyone, and nothing of a Round."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from evaluation.models import FeedbackBox
from evaluation.models.results import Counted
from evaluation.sealing import SEALED_LENGTH
from rounds.states import Kind
from rounds_site.kit.stretches import AT_ONCE
from tests.factories.evaluation import FeedbackBoxFactory
from tests.factories.rounds import RoundFactory

pytestmark = pytest.mark.django_db


def read(client, **query):
    """{mark: what is said of it}"""
    page = client.get(reverse("each_box"), query).content.decode()
    return {mark: unescape(said) for mark, said in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)}


def in_state(state, key_destroyed_at=None):
    box = FeedbackBoxFactory(state=state)
    FeedbackBox.objects.filter(pk=box.pk).update(key_destroyed_at=key_destroyed_at)
    return box


def test_each_stands_there_with_what_became_of_it(client):
    assert "There has been no box yet." in client.get(reverse("each_box")).content.decode()
    gone_at = FeedbackBoxFactory.build(round=RoundFactory()).closes_at + timedelta(days=1)
    made = [FeedbackBoxFactory(), *(in_state(state, gone_at) for state in ("counted", "emptied", "lost"))]
    made.append(in_state("counted"))
    with time_machine.travel(made[0].closes_at - timedelta(minutes=1), tick=False):
        assert list(map(read(client).get, [box.mark for box in made])) == [
            "Open.",
            "Counted, and the forms destroyed. Key destroyed in March 2027.",
            "Emptied unread, because the Round was cancelled. Key destroyed in March 2027.",
            "Never opened, because the key was lost; the forms destroyed unread. Key destroyed in March 2027.",
            "Counted, and the forms destroyed.",
        ]
    with time_machine.travel(made[0].closes_at, tick=False):
        assert read(client)[made[0].mark] == "Closed, and waiting to be counted."
        FeedbackBox.objects.filter(pk=made[0].pk).update(key_missed_at=timezone.now())
        assert "the key is not there" in read(client)[made[0].mark]


def test_two_worlds_that_differ_in_the_day_the_kind_and_the_number_of_forms_read_the_same(client):
    def page():
        return re.sub(box.mark, "", client.get(reverse("each_box")).content.decode())

    seen = set()
    for kind, days, forms in [(Kind.ORDINARY, 0, 40), (Kind.TEAM_TIME, 5, None), (Kind.UNIT, 9, None)]:
        round = RoundFactory(kind=kind, title="Our ward alone")
        at = round.ends_at + timedelta(days=days)
        box = FeedbackBoxFactory(round=round, state="counted", closes_at=at, counted_at=at, key_destroyed_at=at)
        Counted.objects.create(round_id=round.pk, forms=forms)
        seen.add(page())
        FeedbackBox.objects.all().delete()
    assert len(seen) == 1
    assert "Our ward alone" not in seen.pop()


def test_whoever_has_the_code_finds_the_box_before_it_closes_and_after(client):
    box = FeedbackBoxFactory(room_code="K7M3HT")
    for at in (box.round.ends_at, box.closes_at):
        with time_machine.travel(at, tick=False):
            assert box.mark in client.get(reverse("feedback"), {"code": "K7M3HT"}).content.decode()
            listed = client.get(reverse("each_box")).content.decode()
            assert box.mark in listed
            assert box.room_code not in listed


def test_the_answer_to_a_sealed_form_that_comes_too_late_keeps_its_length(client):
    box = FeedbackBoxFactory(room_code="K7M3HT")
    form = {"code": "K7M3HT", "ballot": "0e3f6f0e-1111-4222-8333-444455556666", "sealed": "A" * SEALED_LENGTH}
    with time_machine.travel(box.closes_at, tick=False):
        late = client.post(reverse("feedback"), form)
    assert box.mark in late.json()["refused"]
    assert len(late.content) == 512


def test_paged_newest_month_first_in_no_order_within_with_as_many_queries(client, django_assert_num_queries):
    first = FeedbackBoxFactory()
    with django_assert_num_queries(2):
        client.get(reverse("each_box"))
    for number in range(AT_ONCE):
        box = FeedbackBoxFactory()
        closes_at = first.closes_at.replace(month=5, day=1 + number % 28)
        FeedbackBox.objects.filter(pk=box.pk).update(closes_at=closes_at)
    with django_assert_num_queries(2):
        newest = read(client)
    assert first.mark not in newest
    in_order = FeedbackBox.objects.filter(closes_at__month=5).order_by("pk")
    assert list(read(client, after=in_order.last().pk)) == [first.mark]
    assert list(read(client, after="nonsense")) == list(newest)
    assert list(newest) == [box.mark for box in in_order]
