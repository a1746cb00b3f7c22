"""A partner in time: what it was, what became of it, its sites, its support; and where its old names still lead."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from members.access import get_join_link, today
from members.actions import imports, ods, organisations, staff_lists
from members.actions.succession.act import carry_out
from members.actions.succession.plan import Plan, Successor
from members.actions.succession.preview import preview
from members.models import JoinLink, Organisation, Site
from members.models.succession import Kind
from rounds_site.kit.refusals import Refused
from tests.factories.members import JoinLinkFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def olu(client, world):
    person = RoleGrantFactory(role="administrator", system=world.system, person__name="Olu Administrator").person
    client.force_login(person)
    return person


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def become(*predecessors, name, on=None, minutes=0):
    now = timezone.now() + timedelta(minutes=minutes)
    plan = Plan(Kind.MERGER, predecessors, (Successor(name, sector="charity"),), on or today(now))
    (successor,) = carry_out(plan, seen=preview(plan, by=None, now=now).seen, by=None, now=now).successors
    return successor


def page(client, organisation, expected=200):
    response = client.get(f"/manage/organisations/{organisation.code}/")
    assert response.status_code == expected
    return text(response)


def test_what_it_was_and_what_became_of_it(client, world, olu):
    vale = become(world.elmbridge, world.quarry_lane, name="Vale Care", on=today(timezone.now()) - timedelta(days=9))
    great = become(vale, name="Great Vale")
    assert "Elmbridge Hospital NHS Trust became part of Vale Care" in page(client, great)
    assert "Vale Care became part of Great Vale" in page(client, great)
    old = page(client, world.elmbridge)
    assert "It is no partner any more. What it was goes on under another name." in old
    assert ("became part of Vale Care" in old, "became part of Great Vale" in old) == (True, True)
    assert "Make a join link" not in old


def test_an_ended_one_is_found_by_search_and_says_what_became_of_it(client, world, olu):
    become(world.quarry_lane, name="Vale Care")
    found = text(client.get("/manage/organisations/", {"q": "quarry"}))
    assert "No partner any more" in found
    assert "Became Vale Care on" in found
    assert "No partner any more" not in text(client.get("/manage/organisations/"))


def test_an_ended_one_can_be_read_and_not_changed(client, world, olu):
    become(world.quarry_lane, name="Vale Care")
    for verb in ("change/", "staff/", "merge/", "sites/add/"):
        assert client.get(f"/manage/organisations/{world.quarry_lane.code}/{verb}").status_code == 404
    client.force_login(RoleGrantFactory(role="administrator", organisation=world.elmbridge).person)
    page(client, world.quarry_lane, expected=404)


def test_its_own_administrator_sees_history_without_the_way_to_change_it(client, world):
    become(world.quarry_lane, name="Vale Care")
    vale = Organisation.objects.get(name="Vale Care")
    client.force_login(RoleGrantFactory(role="administrator", organisation=vale).person)
    shown = page(client, vale)
    assert "Quarry Lane Care Homes became part of Vale Care" in shown
    assert "It merges, is divided" not in shown


# --- Sites ------------------------------------------------------------------------------------------


def test_a_site_is_added_renamed_and_ended(client, world, olu):
    home = f"/manage/organisations/{world.elmbridge.code}/"
    assert client.post(home + "sites/add/", {"name": "Laundry"}).url == home
    assert "Laundry is a site of" in text(client.post(home + "sites/add/", {"name": "laundry"}))
    site = Site.objects.get()
    client.post(f"{home}sites/{site.pk}/", {"name": "The Laundry"})
    assert "The Laundry" in page(client, world.elmbridge)
    client.post(f"{home}sites/{site.pk}/end/")
    assert "None yet. A staff list brings them along" in page(client, world.elmbridge)
    assert client.get(f"{home}sites/{site.pk}/").status_code == 404
    client.post(home + "sites/add/", {"name": "The laundry"})
    assert list(Site.objects.values_list("pk", "ended_on")) == [(site.pk, None)]


def test_no_two_sites_share_a_name(world):
    first = organisations.add_site(organisation=world.elmbridge, name="Laundry", now=NOON)
    second = organisations.add_site(organisation=world.elmbridge, name="Kitchen", now=NOON)
    with pytest.raises(Refused, match="There is a site laundry already"):
        organisations.rename_site(site=second, name="laundry", now=NOON)
    assert organisations.rename_site(site=first, name="laundry", now=NOON).name == "laundry"


# --- Support ----------------------------------------------------------------------------------------


def test_staff_read_whom_their_own_employer_offers(client, world, olu):
    facts = {"name": world.elmbridge.name, "sector": "acute", "has_staff_list": "yes", "postcode": ""}
    said = {"support_text": "The chaplain, extension 12"}
    client.post(f"/manage/organisations/{world.elmbridge.code}/change/", facts | said)
    seen = {}
    for person in (world.ben, world.cleo, PersonFactory()):
        client.force_login(person)
        seen[person] = "The chaplain, extension 12" in text(client.get("/support/"))
    client.logout()
    assert list(seen.values()) == [True, False, False]
    assert "The chaplain" not in text(client.get("/support/"))


# --- Where old links lead ---------------------------------------------------------------------------


def test_a_join_link_that_was_out_leads_on_through_every_merger(client, world):
    out = JoinLinkFactory(organisation=world.quarry_lane)
    vale = become(world.quarry_lane, name="Vale Care")
    great = become(vale, world.elmbridge, name="Great Vale", minutes=1)
    assert get_join_link(out.token).organisation == great
    joining = text(client.get(f"/join/{out.token}/"))
    assert "Great Vale" in joining
    assert "Vale Care is part of Great Vale now." in joining


def test_a_lost_link_stays_lost(client, world):
    lost = JoinLinkFactory(organisation=world.quarry_lane, ended_at=timezone.now() - timedelta(days=3))
    become(world.quarry_lane, name="Vale Care")
    assert client.get(f"/join/{lost.token}/").status_code == 404
    out = JoinLinkFactory(organisation=world.elmbridge)
    elm = become(world.elmbridge, name="Elm", minutes=1)
    JoinLink.objects.filter(organisation=elm).update(ended_at=timezone.now())
    assert client.get(f"/join/{out.token}/").status_code == 404


# --- Lists of other days ------------------------------------------------------------------------------


def test_an_ods_list_brings_nothing_back(world):
    quarry = world.quarry_lane
    become(quarry, name="Vale Care")
    line = ods.Line(1, quarry.code, quarry.name, "social_care", "")
    closed = ods.Line(2, quarry.code, quarry.name, "social_care", "", closed_on="2027-03-31")
    other = SystemFactory(code="QXO")
    for system in (world.system, other):
        for each in (line, closed):
            told = imports.preview(ods.OdsList(system.code, [each], []), system=system, now=timezone.now())
            assert ([code for code, _ in told.succeeded], told.touched) == ([each], set())
            assert told.succeeded == [(each, ["Vale Care"])]


def test_a_staff_list_with_an_old_code_reads_the_new_one(world):
    vale = become(world.quarry_lane, name="Vale Care")
    content = f"Name,Email,Organisation code,Staff group,Site\nAda,ada@x.example,{world.quarry_lane.code},,\n"
    listed = staff_lists.read(content.encode(), organisations=[vale])
    assert [fault.sentence for fault in listed.faults] == [
        f"{world.quarry_lane.code} has become {vale.code}. Write the code that is right today."
    ]
