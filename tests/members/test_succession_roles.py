"""Roles at a merger, and who goes where in a division."""

from datetime import timedelta

import pytest

from members.actions.succession.preview import preview
from members.models import (
    Membership,
    RoleGrant,
    SecurityEvent,
    Succession,
    SystemEdge,
)
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    LONG_AGO,
    RoleGrantFactory,
)
from tests.members.successions import TODAY, division, do, jobs_at, merger
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def olu(world):
    return RoleGrantFactory(role="administrator", system=world.system, person__name="Olu Administrator").person


# --- Roles ------------------------------------------------------------------------------------------


def test_roles_end_and_are_given_anew_with_a_row_in_the_log_for_each(world, olu):
    RoleGrantFactory(person=world.cleo, role="facilitator", organisation=world.quarry_lane)
    plan = merger(world.quarry_lane, on=TODAY - 9 * DAY)
    (vale,) = do(plan, by=olu)
    held = RoleGrant.objects.filter(person=world.cleo).order_by("ends_on")
    assert sorted((each.scope.name, each.starts_on, each.ends_on) for each in held) == [
        ("Quarry Lane Care Homes", LONG_AGO, TODAY),
        ("Vale Care", TODAY, None),
    ]
    acts = SecurityEvent.objects.order_by("act").values_list("act", "by", "where")
    assert list(acts) == [
        ("organisations.merged", olu.pk, world.quarry_lane.pk),
        ("roles.ended", olu.pk, world.quarry_lane.pk),
        ("roles.given", olu.pk, vale.pk),
    ]


def test_nobody_gives_by_a_merger_what_their_role_does_not_give(world):
    RoleGrantFactory(person=world.cleo, role="administrator", organisation=world.quarry_lane)
    plan = merger(world.quarry_lane, into=world.elmbridge)
    (line,) = preview(plan, by=world.ines, now=NOON).parts["roles"].lines
    assert line == (
        "Cleo Carer, Administrator of Quarry Lane Care Homes: ends. "
        "Your own role does not let you give it anew; an administrator can."
    )
    do(plan, by=world.ines)
    assert not RoleGrant.objects.filter(person=world.cleo, ends_on=None).exists()


def test_what_two_people_gave_goes_on_as_theirs(world, olu):
    two = {"proposed_by": world.ines, "granted_by": world.ada}
    RoleGrantFactory(person=world.cleo, role="facilitator", organisation=world.quarry_lane, **two)
    (vale,) = do(merger(world.quarry_lane), by=olu)
    given = RoleGrant.objects.get(person=world.cleo, organisation=vale)
    assert (given.proposed_by, given.granted_by) == (world.ines, world.ada)


def test_a_role_held_at_both_is_held_once(world, olu):
    for organisation in (world.elmbridge, world.quarry_lane):
        RoleGrantFactory(person=world.cleo, role="facilitator", organisation=organisation)
    do(merger(world.elmbridge, world.quarry_lane), by=olu)
    assert RoleGrant.objects.filter(person=world.cleo, ends_on=None).count() == 1


# --- A division -------------------------------------------------------------------------------------


def test_a_division_waits_until_everybody_has_a_place(world):
    jobs = jobs_at(world.elmbridge)
    plan = division(world.elmbridge, "North", "South", to={jobs["Ada"]: 0, jobs["Ben"]: 1})
    assert [job.person for job in preview(plan, by=None, now=NOON).undecided] == [world.ines]
    with pytest.raises(Refused, match="One person has no place yet"):
        do(plan)
    assert not Succession.objects.exists()


def test_everybody_goes_where_they_were_said_to_go_and_roles_with_them(world, olu):
    jobs = jobs_at(world.elmbridge)
    for person in (world.ben, world.cleo):
        RoleGrantFactory(person=person, role="facilitator", organisation=world.elmbridge)
    plan = division(world.elmbridge, "North", "South", to={jobs["Ada"]: 0, jobs["Ben"]: 0, jobs["Ines"]: 1}, heir=1)
    north, south = do(plan, by=olu)
    now_at = Membership.objects.filter(ends_on=None).values_list("person__name", "organisation__name")
    assert sorted(now_at) == [
        ("Ada Facilitator", "North"),
        ("Ben Booker", "North"),
        ("Cleo Carer", "Quarry Lane Care Homes"),
        ("Ines Lead", "South"),
    ]
    held = RoleGrant.objects.filter(ends_on=None, organisation__isnull=False).order_by("person__name")
    # Cleo does not work there, so hers stays with the one that takes on what cannot be divided.
    assert list(held.values_list("person", "organisation")) == [(world.ben.pk, north.pk), (world.cleo.pk, south.pk)]
    assert {each.sector for each in (north, south)} == {"acute"}
    assert SystemEdge.objects.filter(organisation__in=[north, south], starts_on=TODAY, ends_on=None).count() == 2
