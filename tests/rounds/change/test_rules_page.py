"""What makes it a Round, as those who arrange it meet it: rounds/views/rules.py, and the last page of planning."""

import pytest
from django.urls import reverse

from members.models import SecurityEvent
from rounds.models import Round

from .changing import make, words

pytestmark = pytest.mark.django_db


def address(round):
    return reverse("round_rules", args=[round.pk])


def test_says_what_is_so_and_what_is_not(ada, round):
    page = words(ada.get(address(round)))
    assert "Is so It lasts an hour or more." in page
    for said in ("Only one facilitator is named.", "No food is offered.", "Name a second, or go on and say why."):
        assert said in page
    assert "Team Time" not in page


def test_going_on_all_the_same_stands_with_the_round_and_in_the_log(ada, round):
    answer = ada.post(address(round), {"affirmed": ["senior", "own"], "why_two": "Cora is ill.", "why_food": ""})
    assert answer.url == address(round)
    assert Round.objects.get().overruled == {"two": "Cora is ill."}
    page = words(ada.get(address(round)))
    assert "You go on all the same Only one facilitator is named. “Cora is ill.”" in page
    details = words(ada.get(reverse("round_details", args=[round.pk])))
    assert "Otherwise than usual Only one facilitator is named. “Cora is ill.”" in details
    assert SecurityEvent.objects.filter(act="rounds.rule_overruled").count() == 1


def test_the_workspace_says_what_is_not_settled_and_asks_for_nothing(ada, round):
    workspace = reverse("round_workspace", args=[round.pk])
    assert "What makes it a Round In hand 4 things are not settled" in words(ada.get(workspace, {"phase": "plan"}))
    ada.post(address(round), {"affirmed": ["senior", "own"], "why_two": "Cora is ill.", "why_food": "We fast."})
    assert "What makes it a Round Done" in words(ada.get(workspace, {"phase": "plan"}))


def test_too_long_a_reason_is_said_and_kept(ada, round):
    answer = ada.post(address(round), {"why_two": "x" * 201})
    assert "must be 200 characters or fewer" in words(answer)
    assert "x" * 201 in answer.content.decode()
    assert Round.objects.get().overruled == {}


def test_words_of_markup_are_text(ada, round):
    ada.post(address(round), {"why_two": "<script>alert(1)</script>"})
    for name in ("round_rules", "round_details"):
        assert "<script>alert(1)" not in ada.get(reverse(name, args=[round.pk])).content.decode()


def test_is_for_those_who_arrange_it(client, world, round):
    client.force_login(world.admin)
    assert client.get(address(round)).status_code == 200
    client.force_login(world.ben)
    assert client.get(address(round)).status_code == 403


def test_of_another_kind(ada, world):
    page = words(ada.get(address(make(world, kind="unit"))))
    assert "A facilitator comes from outside the unit" in page
