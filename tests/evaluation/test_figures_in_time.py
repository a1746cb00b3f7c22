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
from members.models import Membership, PlaceEdge, RoleGrant, Succession
from members.models.succession import Kind
from rounds.states import RoundState
from tests.evaluation.dashboard.reading import release
from tests.factories.evaluation import RoundFigureFactory
from tests.factories.members import PlaceFactory
from tests.factories.rounds import RoundFactory, SeriesFactory
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


def become(plan, now=NOON):
    return carry_out(plan, seen=preview(plan, by=None, now=now).seen, by=None, now=now).successors


def merge(*organisations, sector="charity", now=NOON):
    (successor,) = become(Plan(Kind.MERGER, organisations, (Successor("Vale Care", sector=sector),), today(now)), now)
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


def become_another(world):
    plan = SystemPlan(world.system, (NextSystem("QNEW1", "Greater Vale", "Greater Vale"),), today(NOON))
    (system,) = change_system(plan, seen=preview_system(plan, by=None, now=NOON).seen, by=None, now=NOON)
    return system


def mains(client, world):
    """All that stands on each page of figures of the system, and of one of its Places and partners."""
    client.force_login(world.ines)
    scope = f"ics-{world.system.code.lower()}"
    names = ["dashboard", "offered", "equity", "board_report", "annual_report"]
    pages = [(name, [scope]) for name in names]
    pages += [("offered_in_place", [scope, "alder"]), ("partner_figures", [scope, world.quarry_lane.code.lower()])]
    return {name: main(client, reverse(name, args=args)) for name, args in pages}


def main(client, address):
    answer = client.get(address, {"half_year": "2026-10"})
    assert answer.status_code == 200, address
    found = re.search(r"<main.*?</main>", answer.content.decode(), re.DOTALL)[0]
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", found)


def test_what_merged_counts_as_the_one_that_it_is_now(client, world, held):
    merge(world.quarry_lane, world.elmbridge)
    assert said(world) == {"Vale Care": (True, True)}
    assert figures(world).hosts == 1
    parts = "Elmbridge Hospital NHS Trust and Quarry Lane Care Homes"
    assert f"Vale Care counts with what {parts} did, which are part of it now." in page(client, world)
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
    greater = become_another(world)
    world.ines._grants_on = None
    assert "hosted by 1 of 2 partners" in page(client, world)
    now = text(client.get(reverse("dashboard", args=["ics-qnew1"])))
    assert "Until 3 March 2027 this was North Vale. Its figures stand as they were then" in now
    client.force_login(world.ben)
    assert client.get(reverse("dashboard", args=[f"ics-{world.system.code.lower()}"])).status_code == 404
    assert RoleGrant.objects.filter(person=world.ines, system=greater).exists()


@pytest.fixture
def alder(world):
    """A Place that Quarry Lane serves."""
    place = PlaceFactory(system=world.system, code="alder", name="Alder")
    PlaceEdge.objects.create(place=place, organisation=world.quarry_lane, starts_on=date(2020, 1, 1))
    return place


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=20)])
def test_every_page_of_a_system_that_became_another_stands_as_on_its_last_day(client, world, held, alder, later):
    release(world, "2026-04", {"social_care": (40, 400)}, employer={str(world.quarry_lane.pk): (40, 400)})
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        was = mains(client, world)
    become_another(world)
    merge(world.quarry_lane, world.elmbridge)
    world.ines._grants_on = None
    with time_machine.travel(NOON + later, tick=False):
        assert mains(client, world) == was


def test_a_system_that_others_became_again_has_not_ended(world, held):
    greater = become_another(world)
    back = SystemPlan(greater, (NextSystem(world.system.code, "North Vale", "North Vale"),), today(NOON))
    change_system(back, seen=preview_system(back, by=None, now=NOON).seen, by=None, now=NOON)
    assert figures(world).today == today(NOON)


def offered_to(client, world, half_year="2026-10"):
    client.force_login(world.ines)
    return client.get(reverse("offered", args=[f"ics-{world.system.code.lower()}"]), {"half_year": half_year})


def hosts_in(answer):
    return {row[0]: row[1] for row in answer.context["regularity"]["table"]["rows"]}


NOTE = "What Quarry Lane Care Homes did before it was divided counts for none of its parts."


def test_where_and_when_the_rounds_of_a_host_that_was_divided_stand_in_a_row_of_their_own(client, world, held):
    before = offered_to(client, world)
    assert hosts_in(before) == {"Quarry Lane Care Homes": 1}
    divide(world.quarry_lane)
    after = offered_to(client, world)
    assert hosts_in(after) == {"Hosts that are no longer partners": 1}
    said = text(after)
    assert "No host has" not in said
    assert "0 partners" not in said
    assert "places to one that is no longer a partner." in said
    assert "All Rounds of this half-year and the one before were of hosts that are no longer partners." in said
    assert (text(before).count(NOTE), said.count(NOTE)) == (0, 1)
    there = client.get(after.context["regularity"]["csv_url"]).content.decode()
    assert "Hosts that are no longer partners,1" in there


def test_a_host_that_is_a_partner_still_is_named_beside_them(client, world, held):
    RoundFactory(
        system=world.system,
        partners=[world.elmbridge],
        host_organisation=world.elmbridge,
        starts_at=NOON - timedelta(days=14),
        booking_opens_at=NOON - timedelta(days=60),
        state=RoundState.CLOSED,
    )
    divide(world.quarry_lane)
    answer = offered_to(client, world)
    assert list(hosts_in(answer)) == ["Elmbridge Hospital NHS Trust", "Hosts that are no longer partners"]
    assert "to one partner and one that is no longer a partner." in text(answer)
    assert "No host has yet held Rounds often enough" in text(answer)


def test_the_page_of_a_series_says_what_was_divided(client, world, held):
    held.series = SeriesFactory(system=world.system)
    held.save()
    divide(world.quarry_lane)
    client.force_login(world.ines)
    said = text(client.get(reverse("series_figures", args=[held.series.pk]), {"half_year": "2026-10"}))
    assert said.count(NOTE) == 1


def test_a_half_year_that_is_over_counts_its_hosts_and_partners_as_of_its_last_day_on_every_page(client, world, held):
    with time_machine.travel(NOON + timedelta(days=60), tick=False):
        merge(world.quarry_lane, world.elmbridge, now=NOON + timedelta(days=40))
        client.force_login(world.ines)
        scope = f"ics-{world.system.code.lower()}"
        for name in ("dashboard", "board_report"):
            answer = client.get(reverse(name, args=[scope]), {"half_year": "2026-10"})
            assert "hosted by 1 of 2 partners" in text(answer), name
        assert hosts_in(offered_to(client, world)) == {"Quarry Lane Care Homes": 1}


def test_large_employers_that_became_another_since_stand_under_their_names_of_then_and_it_is_said(client, world, held):
    release(world, "2026-04", {"social_care": (40, 400)}, employer={str(world.quarry_lane.pk): (40, 400)})
    note = "Quarry Lane Care Homes stands under its name of then: it is part of Vale Care now."
    before = page(client, world)
    merge(world.quarry_lane, world.elmbridge)
    after = page(client, world)
    assert (before.count(note), after.count(note)) == (0, 1)
