"""Ordering food: a number, a day until which it may change, and a word to the team when it has changed since."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from evaluation.reports.workspace import with_all_that_tells, workspaces
from rounds.actions import catering
from rounds.models import FoodOrder, KeptPlaces, Round
from rounds.reports.team import eating
from rounds.states import Format, Keeping, Way
from rounds_site.kit.refusals import Refused
from tests.factories.members import RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(client):
    world = small_world()
    world.round = RoundFactory(
        system=world.system,
        facilitators=[world.ada],
        partners=[world.elmbridge],
        food="Lunch from 12pm",
        starts_at=NOON + timedelta(days=14),
    )
    world.by = timezone.make_aware(timezone.datetime.combine(world.round.food_by, timezone.datetime.min.time()))
    for _ in range(3):
        BookingFactory(round=world.round)
    with time_machine.travel(NOON, tick=False):
        client.force_login(world.ada)
        yield world


def order(world, people=3, order_by=None, **options):
    said = {"round": world.round, "by": world.ada, "now": NOON} | options
    return catering.order(people=people, order_by=order_by, **said)


def food_task(world, person=None, now=NOON):
    rounds = with_all_that_tells(Round.objects.filter(pk=world.round.pk))
    [workspace] = workspaces(rounds, person=person or world.ada, now=now)
    [plan] = [phase for phase in workspace.phases if phase.key == "plan"]
    return plan.tasks[-1]


def test_the_number_may_change_until_three_working_days_before(world):
    assert world.round.food_by == (NOON + timedelta(days=9)).date()
    order(world, order_by=world.round.food_by - timedelta(days=2))
    assert Round.objects.get().food_by == (NOON + timedelta(days=7)).date()


def test_it_is_to_be_ordered_by_its_day(world):
    assert (food_task(world).title, food_task(world).word) == ("Order the food", "Not started")
    assert food_task(world, now=world.by).word == "Needs you"


def test_a_number_that_changes_needs_the_team_once_it_is_late(world):
    order(world)
    task = food_task(world)
    assert (task.title, task.word, task.note) == ("Food", "Done", "3 ordered")
    BookingFactory(round=world.round)
    assert food_task(world).word == "In hand"
    assert "3 ordered, now 4." in food_task(world).note
    task = food_task(world, now=world.by + timedelta(days=1))
    assert (task.title, task.word, task.note) == ("Tell the caterer", "Needs you", "3 ordered, now 4.")


def test_groups_eat_too_and_whoever_joins_by_a_link_does_not(world):
    Round.objects.update(format=Format.HYBRID, online_places=9)
    BookingFactory(round=world.round, way=Way.ONLINE)
    KeptPlaces.objects.create(
        round=world.round, kind=Keeping.GROUP, way=Way.IN_PERSON, places=5, organisation=world.elmbridge
    )
    assert eating([world.round]) == {world.round.pk: 8}


def test_administrators_read_neither_a_number_nor_that_it_changed(world):
    olu = RoleGrantFactory(role="administrator", system=world.system).person
    seen = [food_task(world, person=olu, now=world.by)]
    order(world)
    seen.append(food_task(world, person=olu, now=world.by))
    BookingFactory(round=world.round)
    seen.append(food_task(world, person=olu, now=world.by + timedelta(days=1)))
    assert seen[0] == seen[1] == seen[2]
    assert not any(each.isdigit() for each in f"{seen[0]}")


def test_over_the_page(client, world):
    address = reverse("order_food", args=[world.round.pk])
    for said, day, words in [
        ({"people": "many"}, ("", "", ""), "For how many must be a whole number, like 45"),
        ({}, ("40", "3", "2027"), "must be a real date"),
        ({}, ("1", "6", "2027"), "on the day of the Round at the latest"),
    ]:
        date = dict(zip(("order_by_day", "order_by_month", "order_by_year"), day, strict=True))
        assert words in client.post(address, said | date).content.decode()
    assert not FoodOrder.objects.exists()
    page = client.post(address, {"people": "2"}, follow=True).content.decode()
    assert "2 ordered, now 3." in page
    assert "The number can change until Friday 12 March 2027" in page
    assert 'value="2"' in page


def test_the_team_and_the_panel_may_be_ordered_for_and_nobody_is_to_be_rung(client, world):
    order(world, people=13)
    late = world.by + timedelta(days=1)
    assert (food_task(world, now=late).word, food_task(world, now=late).note) == ("Done", "13 ordered")
    with time_machine.travel(late, tick=False):
        client.force_login(world.ada)
        page = client.get(reverse("round_catering", args=[world.round.pk])).content.decode()
        assert "13 ordered." in page
        assert "ring them now" not in page
        order(world, people=14)
        page = client.get(reverse("round_catering", args=[world.round.pk])).content.decode()
        assert "14 ordered, now 3." in page
        assert "ring them now" in page


def test_nothing_is_ordered_by_others_or_when_it_is_over(world):
    with pytest.raises(Refused):
        order(world, by=world.ben)
    with pytest.raises(Refused, match="The Round is over"):
        order(world, now=world.round.ends_at)


def test_a_round_without_food_has_no_such_task(world):
    Round.objects.update(food="")
    assert "ood" not in food_task(world).title
