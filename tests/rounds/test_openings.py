"""Whoever opens a list with names is written down by the hour, and which Round it was goes when its list goes."""

import datetime as dt

import pytest
from django.urls import reverse

from members.actions import retention
from members.models import CareEntry, SecurityEvent
from members.models.audit import Opened
from rounds.actions import openings
from rounds.models import Round, Storyteller
from rounds.reports.own import own_rounds
from tests.factories.evaluation import AttendanceFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory, TeamMemberFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def held(world):
    """Ada facilitates it; one person has a place, another is on its panel."""
    round = RoundFactory(
        system=world.system,
        host_organisation=world.elmbridge,
        starts_at=NOON - dt.timedelta(minutes=10),
        ends_at=NOON + dt.timedelta(minutes=50),
    )
    TeamMemberFactory(round=round, person=world.ada, part="facilitator")
    return Round.objects.get()


def entries():
    return set(CareEntry.objects.values_list("by", "what", "about", "where", "hour"))


@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("round_door", Opened.REGISTER),
        ("round_paper_list", Opened.REGISTER),
        ("round_bookings", Opened.BOOKINGS),
        ("round_panel", Opened.PANEL),
    ],
)
def test_opening_a_list_is_written_down_once_an_hour(client, world, held, page, what):
    client.force_login(world.ada)
    for _ in range(2):
        assert client.get(reverse(page, args=[held.pk])).status_code == 200
    assert entries() == {(world.ada.pk, what, held.pk, world.elmbridge.pk, NOON)}


def test_a_storytellers_page_is_the_panel(client, world, held):
    client.force_login(world.ada)
    storyteller = StorytellerFactory(round=held)
    client.get(reverse("round_storyteller", args=[held.pk, storyteller.pk]))
    assert entries() == {(world.ada.pk, Opened.PANEL, held.pk, world.elmbridge.pk, NOON)}


def test_ones_own_pages_and_what_was_refused_are_not_written_down(client, world, held):
    StorytellerFactory(round=held, person=world.ben)
    client.force_login(world.ben)
    for page in ("my_rounds", "your_details"):
        client.get(reverse(page))
    client.get(reverse("preparation", args=[Storyteller.objects.get().pk]))
    assert client.get(reverse("round_door", args=[held.pk])).status_code in (403, 404)
    assert entries() == set()


def test_what_is_forgotten_cannot_be_opened(client, world, held, time_machine):
    time_machine.move_to(held.kept_until)
    client.force_login(world.ada)
    for page in ("round_door", "round_paper_list", "round_bookings", "round_panel"):
        client.get(reverse(page, args=[held.pk]))
    assert entries() == set()


@pytest.mark.parametrize("days", [30, 7])
def test_the_round_is_cut_out_when_its_lists_go(world, held, days, time_machine):
    world.system.days_kept = days
    world.system.save()
    young = RoundFactory(system=world.system, starts_at=NOON, ends_at=NOON + dt.timedelta(hours=2))
    for round in (held, young):
        openings.opened(Opened.REGISTER, round=round, by=world.ada, now=NOON)
    end = held.ends_at + dt.timedelta(days=days)
    assert retention.forget("openings", now=end - dt.timedelta(seconds=1)) == 0
    time_machine.move_to(end)
    retention.run(now=end)
    assert set(CareEntry.objects.values_list("about", "where")) == {
        (None, world.elmbridge.pk),
        (young.pk, young.host.pk),
    }


@pytest.mark.parametrize("days", [30, 7])
def test_how_long_names_are_kept_is_the_systems_own(world, held, days):
    world.system.days_kept = days
    world.system.save()
    BookingFactory(round=held, person=world.ben)
    StorytellerFactory(round=held)
    end = held.ends_at + dt.timedelta(days=days)
    assert held.kept_until == end
    for now, here in ((end - dt.timedelta(seconds=1), True), (end, False)):
        assert Storyteller.objects.shown(now).exists() == here
        assert bool(own_rounds(world.ben, now=now).past) == here
        assert Round.objects.forgotten(now).exists() != here


def test_two_worlds_that_differ_in_one_booking_and_attendance_leave_the_same_logs(client, world, held):
    """Ben books and comes, or does not; the facilitator does the same in both."""

    def logs():
        said = SecurityEvent.objects.values_list("act", "by", "about", "where", "said", "at")
        return [str(row) for row in said.order_by("at", "id")], entries()

    client.force_login(world.ada)
    seen = []
    for comes in (False, True):
        if comes:
            BookingFactory(round=held, person=world.ben)
            AttendanceFactory(round=held, person=world.ben)
        for page in ("round_bookings", "round_door", "round_panel"):
            client.get(reverse(page, args=[held.pk]))
        seen.append(logs())
    assert seen[0] == seen[1]
