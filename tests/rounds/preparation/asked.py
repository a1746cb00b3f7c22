"""What a storyteller does, and the addresses at which they do it."""

from django.urls import reverse

from members.actions import correspondence
from rounds.states import Step
from tests.worlds import NOON


def to(storyteller, name="preparation"):
    return reverse(name, args=[storyteller.pk])


def not_yet(storyteller):
    storyteller.steps.filter(kind=Step.AGREED).update(done_on=None)
    return storyteller


def press_step_back(client, storyteller):
    client.get(to(storyteller, "step_back"))
    return client.post(to(storyteller, "step_back"))


def press_not_this_time(client, storyteller):
    return client.post(to(storyteller, "answer_preparation"), {"answer": "no"})


def hand_over(now=NOON):
    while correspondence.dispatch(now=now):
        pass
