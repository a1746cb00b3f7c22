"""The promises, for anyone, with how the boxes stand."""

from datetime import timedelta

import pytest
from django.urls import reverse

from evaluation.models import FeedbackBox
from tests.factories.evaluation import FeedbackBoxFactory

pytestmark = pytest.mark.django_db
WEAKER = "This portal keeps the keys of its boxes on the same machine as its databases, or cannot tell."
STRONGER = "A copy of the databases alone is not enough."


def promises(client):
    return client.get(reverse("promises")).content.decode()


def test_anyone_reads_the_promises_and_how_the_boxes_stand(client):
    FeedbackBoxFactory()
    for _ in range(2):
        box = FeedbackBoxFactory(state="counted")
    answer = client.get(reverse("promises"))
    assert answer.context["boxes"].numbers == {"open": 1, "counted": 2, "emptied": 0, "lost": 0}
    page = answer.content.decode()
    assert box.round.title not in page
    assert box.room_code not in page
    assert "Your form is sealed on your device, before it is sent." in page


def test_the_weaker_promise_stands_there_as_long_as_one_open_box_has_its_key_beside_the_database(client):
    assert WEAKER in promises(client)
    beside = FeedbackBoxFactory()
    FeedbackBoxFactory(key_apart=True)
    assert WEAKER in promises(client)
    FeedbackBox.objects.filter(pk=beside.pk).update(key_apart=True)
    page = promises(client)
    assert STRONGER in page
    assert WEAKER not in page
    FeedbackBox.objects.update(state="counted")
    assert STRONGER in promises(client)


def test_a_box_that_holds_forms_in_the_clear_is_told_of(client):
    said = "Those in it are not sealed until it is counted"
    FeedbackBoxFactory()
    assert said not in promises(client)
    FeedbackBoxFactory(public_key="")
    assert said in promises(client)


def test_a_box_that_cannot_be_opened_is_told_of(client):
    box = FeedbackBoxFactory()
    FeedbackBox.objects.filter(pk=box.pk).update(key_missed_at=box.closes_at)
    assert "cannot be opened, because the key is not there" in promises(client)
    FeedbackBox.objects.filter(pk=box.pk).update(state="lost")
    page = promises(client)
    assert "because the key is not there" not in page
    assert "Never opened, because the key was lost; the forms destroyed unread" in page


def test_what_was_destroyed_is_told_by_month_and_names_no_round(client):
    """Which of them was cancelled, counted or lost is not said."""
    for state, months in [("counted", 0), ("emptied", 0), ("lost", 2)]:
        box = FeedbackBoxFactory(public_key="gone", state=state)
        at = box.closes_at + timedelta(days=30 * months)
        FeedbackBox.objects.filter(pk=box.pk).update(key_destroyed_at=at)
    page = " ".join(promises(client).split())
    assert "<dt>May 2027</dt><dd>1 box</dd> <dt>March 2027</dt><dd>2 boxes</dd>" in page
    assert box.round.title not in page
