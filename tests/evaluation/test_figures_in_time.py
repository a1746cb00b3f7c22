"""Figures after a merger: under today's names where all of one went into another, and a plain note where it did not."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from evaluation.reports.partners import partners_of
from evaluation.reports.system import SystemFigures
from members.access import today
from members.actions.succession.act import carry_out
from members.actions.succession.plan import Plan, Successor
from members.actions.succession.preview import preview
from members.actions.succession.systems import NextSystem, SystemPlan, change_system, preview_system
from members.models import Membership, RoleGrant, Succession
from members.models.succession import Kind
from rounds.states import RoundState
from tests.evaluation.dashboard.reading import release
from tests.factories.evaluation import RoundFigureFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        yield small_world()


@pytest.fixture
def held(world):
    """A Round that Quarry Lane invited and hosted three weeks ago."""
    round = RoundFactory(
        system=world.system,
        partners=[world.quarry_lane],
        host_organisation=world.quarry_lane,
        starts_at=NOON - timedelta(days=21),
        booking_opens_at=NOON - timedelta(days=60),
        state=RoundState.CLOSED,
    )
    RoundFigureFactory(round=round, headcount=40)
    return round


def become(plan):
    return carry_out(plan, seen=preview(plan, by=None, now=NOON).seen, by=None, now=NOON).successors


def merge(*organisations, sector="charity"):
    (successor,) = become(Plan(Kind.MERGER, organisations, (Successor("Vale Care", sector=sector),), today(NOON)))
    return successor


def divide(organisation):
    to = dict.fromkeys(Membership.objects.filter(organisation=organisation).values_list("pk", flat=True), 0)
    return become(Plan(Kind.SPLIT, (organisation,), (Successor("North"), Successor("South")), today(NOON), to=to))


def figures(world):
    return SystemFigures(world.system, half_year_key=None, now=NOON)


def said(world):
    heirs = Succession.objects.heirs()
    return {each.name: (each.invited, each.hosting) for each in partners_of(world.system, on=today(NOON), heirs=heirs)}


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def page(client, world):
    client.force_login(world.ines)
    return text(client.get(reverse("dashboard", args=[f"ics-{world.system.code.lower()}"])))


def test_what_merged_counts_as_the_one_that_it_is_now(client, world, held):
    merge(world.quarry_lane, world.elmbridge)
    assert said(world) == {"Vale Care": (True, True)}
    assert figures(world).hosts == 1
    assert "Vale Care counts with what Quarry Lane Care Homes did, which is part of it now." in page(client, world)
    held.refresh_from_db()
    assert held.host == world.quarry_lane


def test_what_was_divided_counts_for_nobody_and_the_page_says_so(client, world, held):
    divide(world.quarry_lane)
    assert said(world) == {
        "Elmbridge Hospital NHS Trust": (False, False),
        "North": (False, False),
        "South": (False, False),
    }
    note = "What Quarry Lane Care Homes did before it was divided counts for none of its parts."
    shown = page(client, world)
    assert shown.count(note) == 1


def test_a_page_of_partners_that_never_merged_says_nothing_of_it(client, world, held):
    assert "counts with what" not in page(client, world)


def test_reach_stands_in_the_sector_of_its_time(client, world, held):
    release(world, "2026-04", {"social_care": (40, 400)})
    before = page(client, world)
    merge(world.quarry_lane)
    after = page(client, world)
    note = "Partners that have merged since stand in the sector that they were in then."
    assert (note in before, note in after) == (False, True)
    assert "Social care" in after


def test_the_figures_of_a_system_before_stay_as_they_were_for_whoever_sees_those_of_today(client, world, held):
    plan = SystemPlan(world.system, (NextSystem("QNEW1", "Greater Vale", "Greater Vale"),), date(2027, 3, 1))
    was = page(client, world)
    (greater,) = change_system(plan, seen=preview_system(plan, by=None, now=NOON).seen, by=None, now=NOON)
    world.ines._grants_on = None
    then = page(client, world)
    assert was[was.index("Rounds in North Vale") :][:60] == then[then.index("Rounds in North Vale") :][:60]
    now = text(client.get(reverse("dashboard", args=["ics-qnew1"])))
    assert "Until 1 March 2027 this was North Vale. Its figures stand as they were then" in now
    client.force_login(world.ben)
    assert client.get(reverse("dashboard", args=[f"ics-{world.system.code.lower()}"])).status_code == 404
    assert RoleGrant.objects.filter(person=world.ines, system=greater).exists()
