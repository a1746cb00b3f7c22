"""Mergers: what ends, what begins, and what goes along."""

from datetime import timedelta

import pytest

from members.actions import memberships
from members.actions.succession.preview import preview
from members.models import (
    ApprovedDomain,
    InvitationLink,
    JoinLink,
    Membership,
    Organisation,
    PlaceEdge,
    Site,
    StaffCount,
    Succession,
    SystemEdge,
)
from members.models.succession import Kind
from tests.factories.members import (
    LONG_AGO,
    JoinLinkFactory,
    MembershipFactory,
    PlaceFactory,
    RoleGrantFactory,
    StaffCountFactory,
)
from tests.members.successions import TODAY, division, do, jobs_at, merger, spans, told
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def olu(world):
    return RoleGrantFactory(role="administrator", system=world.system, person__name="Olu Administrator").person


# --- A merger ---------------------------------------------------------------------------------------


def test_two_become_one(world):
    (vale,) = do(merger(world.elmbridge, world.quarry_lane, on=TODAY - 30 * DAY))
    began = TODAY - 30 * DAY
    for old in (world.elmbridge, world.quarry_lane):
        assert spans(SystemEdge.objects, organisation=old) == [(LONG_AGO, began)]
        assert set(Membership.objects.filter(organisation=old).values_list("ends_on", flat=True)) == {began}
    assert spans(SystemEdge.objects, organisation=vale) == [(began, None)]
    assert spans(Membership.objects, organisation=vale) == [(began, None)] * 4
    assert (vale.name, vale.local_code, vale.sector) == ("Vale Care", True, "charity")
    assert sorted(Succession.objects.values_list("predecessor__name", "successor", "kind", "on")) == [
        ("Elmbridge Hospital NHS Trust", vale.pk, "merger", began),
        ("Quarry Lane Care Homes", vale.pk, "merger", began),
    ]


def test_whoever_works_at_both_works_at_the_one_once(world):
    MembershipFactory(person=world.ben, organisation=world.quarry_lane, starts_on=LONG_AGO + DAY)
    (vale,) = do(merger(world.elmbridge, world.quarry_lane))
    assert spans(Membership.objects, organisation=vale, person=world.ben) == [(TODAY, None)]


def test_who_works_at_the_one_that_is_joined_keeps_the_row_they_have(world):
    mine = MembershipFactory(person=world.ben, organisation=world.quarry_lane, staff_group="housing")
    do(merger(world.elmbridge, into=world.quarry_lane))
    assert Membership.objects.get(person=world.ben, ends_on=None).pk == mine.pk


def test_who_came_after_the_day_counts_as_come_to_the_new_one(world):
    late = MembershipFactory(organisation=world.elmbridge, starts_on=TODAY - 5 * DAY)
    (vale,) = do(merger(world.elmbridge, on=TODAY - 10 * DAY, kind=Kind.RENAMING))
    late.refresh_from_db()
    assert (late.starts_on, late.ends_on) == (TODAY - 5 * DAY, TODAY - 5 * DAY)
    assert spans(Membership.objects, organisation=vale, person=late.person) == [(TODAY - 5 * DAY, None)]


def test_jobs_that_end_later_end_then_at_the_new_one_too(world):
    MembershipFactory(person=world.ben, organisation=world.quarry_lane, ends_on=TODAY + 9 * DAY)
    gone = MembershipFactory(organisation=world.quarry_lane, ends_on=TODAY - DAY)
    (vale,) = do(merger(world.quarry_lane))
    assert spans(Membership.objects, organisation=vale, person=world.ben) == [(TODAY, TODAY + 9 * DAY)]
    assert not Membership.objects.filter(organisation=vale, person=gone.person).exists()


def test_places_sites_and_what_people_said_go_with_them(world):
    castlemere = PlaceFactory(system=world.system)
    PlaceEdge.objects.create(place=castlemere, organisation=world.quarry_lane, starts_on=LONG_AGO)
    laundry = Site.objects.create(organisation=world.quarry_lane, name="Laundry")
    Membership.objects.filter(person=world.cleo).update(site=laundry, staff_group="estates", corrected=["staff_group"])
    (vale,) = do(merger(world.quarry_lane))
    job = Membership.objects.get(person=world.cleo, organisation=vale)
    assert (job.site.name, job.site.organisation, job.staff_group) == ("Laundry", vale, "estates")
    assert job.corrected == ["staff_group"]
    assert spans(PlaceEdge.objects, organisation=vale, place=castlemere) == [(TODAY, None)]
    assert spans(PlaceEdge.objects, organisation=world.quarry_lane) == [(LONG_AGO, TODAY)]


def test_numbers_are_added_up_where_everybody_said_one(world):
    StaffCountFactory(organisation=world.elmbridge, staff_group="nursing", number=400)
    StaffCountFactory(organisation=world.quarry_lane, staff_group="nursing", number=60)
    StaffCountFactory(organisation=world.quarry_lane, staff_group="estates", number=5)
    plan = merger(world.elmbridge, world.quarry_lane)
    assert told(plan)["numbers"] == "Its staff number is what the others last said, added up: 465."
    (vale,) = do(plan)
    rows = StaffCount.objects.filter(organisation=vale).order_by("staff_group")
    assert list(rows.values_list("staff_group", "number", "counted_on", "source")) == [
        ("estates", 5, TODAY, "added"),
        ("nursing", 460, TODAY, "added"),
    ]


def test_half_a_number_is_none(world):
    StaffCountFactory(organisation=world.elmbridge, number=400)
    plan = merger(world.elmbridge, world.quarry_lane)
    assert told(plan)["numbers"] == "No staff number goes with them: enter one as soon as it is known."
    (vale,) = do(plan)
    assert not StaffCount.objects.filter(organisation=vale).exists()


def test_a_new_partner_is_passed_letters_as_those_before_it(world):
    Organisation.objects.filter(pk=world.quarry_lane.pk).update(
        has_staff_list=False, contact_name="Noor", contact_email="noor@quarry.example", support_text="The chaplain"
    )
    (vale,) = do(merger(world.elmbridge, Organisation.objects.get(pk=world.quarry_lane.pk), code="XV9"))
    assert (vale.code, vale.local_code, vale.has_staff_list) == ("XV9", False, False)
    assert (vale.contact_name, vale.contact_email, vale.support_text) == ("Noor", "noor@quarry.example", "The chaplain")


def test_an_open_join_link_gets_a_successor_and_a_lost_one_none(world):
    lost = JoinLinkFactory(organisation=world.quarry_lane, ended_at=NOON - DAY)
    out = JoinLinkFactory(organisation=world.quarry_lane)
    (vale,) = do(merger(world.quarry_lane))
    out.refresh_from_db()
    assert (out.ended_at, lost.ended_at) == (NOON, NOON - DAY)
    assert JoinLink.objects.filter(organisation=vale, ended_at=None).count() == 1


def test_domains_and_invitations_go_on(world):
    for domain in ("quarry.example", "nhs.example"):
        ApprovedDomain.objects.create(organisation=world.quarry_lane, domain=domain)
    ApprovedDomain.objects.create(organisation=world.elmbridge, domain="nhs.example")
    InvitationLink.objects.create(organisation=world.quarry_lane, email="new@quarry.example", created_at=NOON)
    plan = merger(world.quarry_lane, into=world.elmbridge)
    assert told(plan)["links"] == (
        "Addresses at nhs.example and quarry.example open Elmbridge Hospital NHS Trust, as they did before."
    )
    do(plan)
    domains = ApprovedDomain.objects.filter(organisation=world.elmbridge).order_by("domain")
    assert list(domains.values_list("domain", flat=True)) == ["nhs.example", "quarry.example"]
    assert InvitationLink.objects.get().organisation == world.elmbridge


def test_of_a_division_open_invitations_end_and_domains_open_every_part(world):
    ApprovedDomain.objects.create(organisation=world.quarry_lane, domain="quarry.example")
    InvitationLink.objects.create(organisation=world.quarry_lane, email="new@quarry.example", created_at=NOON)
    JoinLinkFactory(organisation=world.quarry_lane)
    plan = division(world.quarry_lane, "North", "South", to=dict.fromkeys(jobs_at(world.quarry_lane).values(), 0))
    part = preview(plan, by=None, now=NOON).parts["links"]
    assert (part.sentence, part.lines) == (
        "Its join link ends: each part can have one of its own.",
        ("1 invitation ends: send them anew.", "Addresses at quarry.example open North and South, as they did before."),
    )
    heirs = do(plan)
    assert ApprovedDomain.objects.filter(organisation__in=heirs, domain="quarry.example").count() == 2
    assert not InvitationLink.objects.exists()


def test_who_comes_to_an_ended_one_comes_to_what_became_of_it(world):
    (vale,) = do(merger(world.quarry_lane))
    (great,) = do(merger(vale, name="Great Vale"))
    facts = {"staff_group": "nursing", "source": "added", "now": NOON}
    job = memberships.employ(person=world.ben, organisation=world.quarry_lane, **facts)
    assert (job.organisation, job.starts_on) == (great, TODAY)
    assert not Membership.objects.filter(person=world.ben, organisation__in=[world.quarry_lane, vale]).exists()
