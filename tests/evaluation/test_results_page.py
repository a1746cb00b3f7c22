"""What the facilitators read, and what they decide about comments."""

import pytest
from django.urls import reverse

from evaluation.disclosure import CLOSED_ANSWERS
from evaluation.models.results import Comment
from evaluation.states import BoxState, Review
from rounds.states import RoundState
from tests.factories.evaluation import FeedbackBoxFactory, counted
from tests.factories.members import RoleGrantFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import small_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = small_world()
    world.round = RoundFactory(
        system=world.system, state=RoundState.CLOSED, facilitators=[world.ada], partners=[world.elmbridge]
    )
    return world


def results(client, world):
    client.force_login(world.ada)
    return client.get(reverse("round_results", args=[world.round.pk]))


def main(answer):
    return answer.content.decode().split("<main")[1].split("</main>")[0]


def test_only_the_facilitators_read_results(client, world):
    counted(world.round, values={1: {5: 9}})
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    for person, status in [
        (world.ada, 200),
        (world.ben, 403),
        (administrator, 403),
        (world.ines, 403),
        (world.cleo, 404),
    ]:
        client.force_login(person)
        assert client.get(reverse("round_results", args=[world.round.pk])).status_code == status


def test_every_item_stands_with_its_own_number_of_answers(client, world):
    counted(world.round, values={1: {5: 20, 4: 10, 2: 10}, 2: {4: 9, 3: 9}, 3: {5: 7}, 5: {5: 6, 4: 3, 1: 1}})
    answer = results(client, world)
    rows = {row[0]: row[1:] for figure in answer.context["figures"] for row in figure["table"]["rows"]}
    assert list(rows.values()) == [[40, "75%"], [18, "50%"], [None, None], [None, None], [10, "all or nearly all"]]
    page = main(answer)
    assert "From 50% (“Working together”) to 75% (“Insight into others”) agreed." in page
    assert 'role="img"' in page
    assert "Of every 100 answers to a question." in page
    assert "style=" not in page


def test_fewer_than_eight_forms_stay_closed(client, world):
    FeedbackBoxFactory(round=world.round, state=BoxState.COUNTED, counted_at=world.round.ends_at)
    assert CLOSED_ANSWERS in main(results(client, world))


def test_before_counting_nothing_is_shown_and_before_the_box_neither(client, world):
    assert "The box opens 30 minutes before the Round" in main(results(client, world))
    FeedbackBoxFactory(round=world.round)
    page = main(results(client, world))
    assert "It is opened on Saturday 20 March 2027. Answers are only counted; what people wrote is read by" in page
    assert "<svg" not in page


def test_a_comment_is_published_or_withheld(client, world):
    counted(world.round, values={1: {5: 9}}, comments=["<b>Kind</b>\nand quiet", "My ward sister"])
    page = main(results(client, world))
    assert "&lt;b&gt;Kind&lt;/b&gt;<br>and quiet" in page
    kind, ward = Comment.objects.order_by("text")
    answer = client.post(reverse("publish_comment", args=[world.round.pk]), {"comment": kind.pk}, follow=True)
    assert "The comment is published. You can still withhold it." in main(answer)
    answer = client.post(reverse("withhold_comment", args=[world.round.pk]), {"comment": ward.pk}, follow=True)
    assert "The comment is withheld, and its words are gone." in answer.content.decode()
    assert "My ward sister" not in main(answer)
    assert "1 comment was withheld." in main(answer)
    assert set(Comment.objects.order_by("id").values_list("text", "review")) == {
        ("<b>Kind</b>\nand quiet", Review.SHOWN),
        ("", Review.WITHHELD),
    }


def test_what_is_not_published_is_not_printed(client, world):
    counted(world.round, values={1: {5: 9}}, comments=["Kind", "My ward sister"])
    Comment.objects.filter(text="Kind").update(review=Review.SHOWN)
    rows = main(results(client, world)).split('<div class="rd-row rd-comment')[1:]
    printed = {row.partition('">')[0].strip(): "Kind" in row for row in rows}
    assert printed == {"": True, "rd-noprint": False}


def test_withholding_is_asked_once_more_with_the_comment_in_sight(client, world):
    counted(world.round, values={1: {5: 9}}, comments=["<b>Kind</b>", "My ward sister"])
    page, comment = main(results(client, world)), Comment.objects.get(text="<b>Kind</b>")
    question = f"{reverse('withhold_comment', args=[world.round.pk])}?comment={comment.pk}"
    assert f'href="{question}"' in page
    asked = main(client.get(question))
    assert "&lt;b&gt;Kind&lt;/b&gt;" in asked
    assert "My ward sister" not in asked
    assert "Yes, withhold it" in asked
    assert "Keep it" in asked
    assert set(Comment.objects.values_list("review", flat=True)) == {Review.WAITING}
    client.post(reverse("withhold_comment", args=[world.round.pk]), {"comment": comment.pk})
    assert client.get(question).status_code == 302


def test_a_withheld_comment_does_not_come_back(client, world):
    counted(world.round, values={1: {5: 9}}, comments=["My ward sister"])
    comment = Comment.objects.get()
    client.force_login(world.ada)
    client.post(reverse("withhold_comment", args=[world.round.pk]), {"comment": comment.pk})
    answer = client.post(reverse("publish_comment", args=[world.round.pk]), {"comment": comment.pk}, follow=True)
    assert "its words are gone" in answer.content.decode()
    assert Comment.objects.get().review == Review.WITHHELD


@pytest.mark.parametrize("verb", ["publish_comment", "withhold_comment"])
def test_the_comments_of_another_round_are_out_of_reach(client, world, verb):
    counted(world.round, values={1: {5: 9}})
    other = RoundFactory(system=world.system)
    counted(other, values={1: {5: 9}}, comments=["Not yours"])
    client.force_login(world.ada)
    client.post(reverse(verb, args=[world.round.pk]), {"comment": Comment.objects.get().pk})
    assert client.post(reverse(verb, args=[world.round.pk]), {"comment": "nonsense"}).status_code == 404
    for query in ({}, {"comment": "nonsense"}, {"comment": Comment.objects.get().pk}):
        assert client.get(reverse(verb, args=[world.round.pk]), query).status_code == 302
    assert Comment.objects.get().review == Review.WAITING
    client.force_login(world.ben)
    assert client.post(reverse(verb, args=[world.round.pk]), {"comment": Comment.objects.get().pk}).status_code == 403


def test_where_no_bar_is_drawn_there_is_neither_chart_nor_key(client, world):
    counted(world.round, values={1: {5: 9}, 2: {4: 7}, 5: {5: 6, 4: 3, 2: 7}})
    page = main(results(client, world))
    agreed, rated = page.split("<figure")[1:]
    assert ("rd-key" in agreed, "<svg" in agreed, "Of every 100" in agreed) == (False, False, False)
    assert "all or nearly all" in agreed
    assert ("rd-key" in rated, "<svg" in rated, "Of every 100" in rated) == (True, True, True)


def test_its_team_finds_the_box_among_all(client, world):
    box = counted(world.round, values={1: {5: 9}})
    assert f'<a href="{reverse("each_box")}">all boxes</a> this one has the number {box.mark}' in main(
        results(client, world)
    )


def test_of_a_cancelled_round_nobody_is_told_that_its_box_will_be_opened(client, world):
    FeedbackBoxFactory(round=world.round, state=BoxState.EMPTIED)
    page = main(results(client, world))
    assert "This box was emptied unread" in page
    assert "It is opened on" not in page
