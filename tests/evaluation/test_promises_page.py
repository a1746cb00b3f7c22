"""The promises, for anyone, with how the boxes stand."""

import pytest
from django.urls import reverse

from tests.factories.evaluation import FeedbackBoxFactory

pytestmark = pytest.mark.django_db


def test_anyone_reads_the_promises_and_how_the_boxes_stand(client):
    FeedbackBoxFactory()
    for _ in range(2):
        box = FeedbackBoxFactory(state="counted")
    answer = client.get(reverse("promises"))
    assert answer.context["boxes"] == {"open": 1, "counted": 2, "emptied": 0}
    page = answer.content.decode()
    assert box.round.title not in page
    assert box.room_code not in page
    assert "sealed" not in page
