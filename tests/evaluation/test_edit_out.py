"""Words are taken out of a comment, and nothing keeps them."""

import doctest

import pytest
from django.urls import reverse

from evaluation.actions import comments
from evaluation.models.results import Comment
from evaluation.states import Review
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.evaluation import counted
from tests.factories.rounds import RoundFactory
from tests.worlds import small_world

pytestmark = pytest.mark.django_db
WORDS = "Sister Ann on Elm Ward was kind.\nI cried."


@pytest.fixture
def world():
    world = small_world()
    world.round = RoundFactory(
        system=world.system, state=RoundState.CLOSED, facilitators=[world.ada], partners=[world.elmbridge]
    )
    counted(world.round, values={1: {5: 9}}, comments=[WORDS])
    world.comment = Comment.objects.get()
    return world


def page(world):
    return f"{reverse('edit_comment', args=[world.round.pk])}?comment={world.comment.pk}"


def send(client, world, text):
    client.force_login(world.ada)
    return client.post(page(world), {"comment": world.comment.pk, "text": text}, follow=True)


def test_the_examples_of_the_rule():
    assert doctest.testmod(comments).failed == 0


def test_what_is_left_stays_and_the_other_words_are_gone(client, world):
    client.force_login(world.ada)
    assert "Sister Ann on Elm Ward was kind." in client.get(page(world)).content.decode()
    answer = send(client, world, "[A colleague] on [a ward] was kind.\nI cried.").content.decode()
    assert "Only what you left stays. The other words are gone." in answer
    assert "[A colleague] on [a ward] was kind.<br>I cried." in answer
    found = Comment.objects.get()
    assert (found.text, found.review) == ("[A colleague] on [a ward] was kind.\nI cried.", Review.WAITING)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Sister Ann was not kind.", "All other words stay as they were written"),
        ("I cried. Sister Ann", "All other words stay as they were written"),
        ("[" + "so kind " * 9 + "] I cried.", "All other words stay as they were written"),
        ("[all of it]", "Withhold it instead"),
        ("  ", "Withhold it instead"),
        ("I cried. " * 300, "There is a problem"),
    ],
)
def test_nothing_is_put_into_somebodys_mouth(client, world, text, why):
    answer = send(client, world, text).content.decode()
    assert why in answer
    assert Comment.objects.get().text == WORDS


def test_what_was_typed_is_still_there_after_a_refusal(client, world):
    assert "Sister Ann was not kind." in send(client, world, "Sister Ann was not kind.").content.decode()


def test_a_comment_that_was_withheld_or_is_of_another_round_is_not_there(client, world):
    other = RoundFactory(system=world.system, facilitators=[world.ada])
    with pytest.raises(Refused):
        comments.edit_out(round=other, comment_id=world.comment.pk, text="I cried.")
    comments.withhold(round=world.round, comment_id=world.comment.pk)
    with pytest.raises(Refused):
        comments.edit_out(round=world.round, comment_id=world.comment.pk, text="I cried.")
    client.force_login(world.ada)
    assert client.get(page(world)).status_code == 302
