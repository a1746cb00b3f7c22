"""What the facilitators see beside a comment that waits: what in it may give somebody away."""

import datetime as dt
import re

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.models.results import Comment
from evaluation.states import Review
from rounds.colleagues import names_in
from rounds.states import RoundState
from tests.factories.evaluation import counted
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
MARK = re.compile(r'<mark class="rd-mark">(.*?)<span class="nhsuk-u-visually-hidden"> \((.*?)\)</span></mark>')
TODAY = NOON.date()


@pytest.fixture
def world():
    world = small_world()
    world.round = RoundFactory(
        system=world.system, state=RoundState.CLOSED, facilitators=[world.ada], partners=[world.elmbridge]
    )
    return world


def page(client, world, *comments):
    counted(world.round, values={1: {5: 9}}, comments=list(comments))
    client.force_login(world.ada)
    return client.get(reverse("round_results", args=[world.round.pk])).content.decode()


def test_what_may_give_somebody_away_is_marked_and_the_reason_is_heard_and_read(client, world):
    html = page(client, world, "Sister Ann was kind\nin bed 4.", "I was <b>moved</b>.")
    assert MARK.findall(html) == [("Sister Ann", "may name somebody"), ("bed 4", "tells a ward, a bed or a room")]
    assert "was kind<br>in <mark" in html
    said = "What may give someone away: “Sister Ann” may name somebody; “bed 4” tells a ward, a bed or a room."
    assert html.count(said) == html.count("What may give someone away:") == 1
    assert "I was &lt;b&gt;moved&lt;/b&gt;." in html


def test_a_name_of_somebody_who_works_here_is_marked(client, world):
    PersonFactory(name="Zoë Wójcik", works_for=world.quarry_lane)
    assert MARK.findall(page(client, world, "Then ZOE came and I could go.")) == [
        ("ZOE", "is the name of somebody who works here")
    ]


def test_no_other_name_of_the_staff_is_in_the_page(client, world):
    """Nor is the rest of a name of which the comment holds a part."""
    PersonFactory(name="Zoë Wójcik", works_for=world.quarry_lane)
    html = page(client, world, "Then Zoe came. Dr Patel did not.")
    for name in ("Wójcik", "Zoë", world.ben.name, world.cleo.name, "Booker"):
        assert name not in html


def test_the_page_for_taking_words_out_marks_them_too(client, world):
    page(client, world, "Cleo drove me home.")
    address = f"{reverse('edit_comment', args=[world.round.pk])}?comment={Comment.objects.get().pk}"
    html = client.get(address).content.decode()
    assert MARK.findall(html) == [("Cleo", "is the name of somebody who works here")]
    assert "Carer" not in html


def test_what_is_published_is_marked_no_more(client, world):
    page(client, world, "Sister Ann was kind")
    Comment.objects.update(review=Review.SHOWN)
    html = client.get(reverse("round_results", args=[world.round.pk])).content.decode()
    assert "Sister Ann was kind" in html
    assert "<mark" not in html


def test_three_comments_take_no_more_queries_than_one(client, world):
    page(client, world, "Sister Ann was kind")
    one = queries(client, world)
    Comment.objects.bulk_create(Comment(round_id=world.round.pk, text=f"Cleo and Dr Patel {n}") for n in range(2))
    assert queries(client, world) == one


def queries(client, world):
    with CaptureQueriesContext(connections["default"]) as asked, CaptureQueriesContext(connections["box"]) as of_box:
        client.get(reverse("round_results", args=[world.round.pk]))
    return len(asked), len(of_box)


class TestNamesIn:
    def test_whoever_works_in_the_system_that_day_and_whose_name_has_a_word_of_the_text(self, world):
        PersonFactory(name="Zoë O’Hara-Wit", works_for=world.elmbridge)
        text = "ohara spoke with BEN’s sister, and zoe listened"
        assert names_in(text, world.system, on=TODAY) == {"Zoë O’Hara-Wit", "Ben Booker"}

    def test_nobody_from_another_system_and_nobody_who_left(self, world):
        elsewhere = OrganisationFactory(system=SystemFactory())
        PersonFactory(name="Una Other", works_for=elsewhere)
        left = PersonFactory(name="Una Gone")
        MembershipFactory(
            person=left, organisation=world.elmbridge, starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2021, 1, 1)
        )
        assert names_in("Una", world.system, on=TODAY) == set()

    def test_one_query_however_many_work_there(self, world, django_assert_num_queries):
        for number in range(3):
            PersonFactory(name=f"Una {number}", works_for=world.elmbridge)
        with django_assert_num_queries(1):
            names_in("Una Ben", world.system, on=TODAY)

    def test_a_text_without_a_word_asks_nothing(self, world, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert names_in("… 12", world.system, on=TODAY) == set()
