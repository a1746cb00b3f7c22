"""What speaks against a merger, what the preview says, and that no table is forgotten."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from members.actions.succession.act import Stale, carry_out
from members.actions.succession.preview import preview
from members.models import (
    Membership,
    Organisation,
    Succession,
    SystemEdge,
)
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    LONG_AGO,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.members.successions import TODAY, division, do, merger, told
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def olu(world):
    return RoleGrantFactory(role="administrator", system=world.system, person__name="Olu Administrator").person


# --- What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "words"), [(1, "still to come"), (-4 * 365, "more than three years ago"), (-1000, "was no partner yet")]
)
def test_no_day_that_cannot_be(world, days, words):
    SystemEdge.objects.update(starts_on=date(2025, 1, 1))
    with pytest.raises(Refused, match=words):
        do(merger(world.elmbridge, on=TODAY + days * DAY))


def test_nothing_becomes_itself_or_ends_twice(world):
    with pytest.raises(Refused, match="cannot end and take over"):
        do(merger(world.elmbridge, into=world.elmbridge))
    do(merger(world.elmbridge))
    with pytest.raises(Refused, match="Elmbridge Hospital NHS Trust became Vale Care on 3 March 2027 already"):
        do(merger(world.elmbridge, name="Another"))
    with pytest.raises(Refused, match="became Vale Care"):
        do(merger(world.quarry_lane, into=world.elmbridge))


def test_no_name_and_no_code_twice(world):
    with pytest.raises(Refused, match="Two of the names are the same"):
        do(division(world.elmbridge, "North", "north", to={}))
    with pytest.raises(Refused, match="at least two"):
        do(division(world.elmbridge, "North", to={}))
    with pytest.raises(Refused, match="an organisation with the code"):
        do(merger(world.elmbridge, code=world.quarry_lane.code))


def test_a_partner_of_two_systems_is_for_somebody_who_looks_after_both(world, olu):
    other = SystemFactory(name="South Moor")
    SystemEdge.objects.create(system=other, organisation=world.elmbridge, starts_on=LONG_AGO)
    with pytest.raises(Refused, match="belongs to South Moor too"):
        do(merger(world.elmbridge), by=olu)
    RoleGrantFactory(person=olu, role="administrator", system=other)
    olu._grants_on = None
    do(merger(world.elmbridge), by=olu)


def test_nothing_of_ours_becomes_a_partner_of_others(world, olu):
    far = OrganisationFactory(system=SystemFactory(name="South Moor"))
    with pytest.raises(Refused, match="belongs to South Moor too"):
        do(merger(world.elmbridge, into=far), by=olu)
    shared = OrganisationFactory(system=world.system)
    SystemEdge.objects.create(system=far.system_edges.get().system, organisation=shared, starts_on=LONG_AGO)
    do(merger(world.elmbridge, into=shared), by=olu)


def test_a_stale_preview_is_refused_and_says_what_changed(world):
    plan = merger(world.elmbridge)
    seen = preview(plan, by=None, now=NOON).seen
    MembershipFactory(organisation=world.elmbridge)
    RoleGrantFactory(role="facilitator", organisation=world.elmbridge, person=PersonFactory())
    with pytest.raises(Stale, match=r"Two things changed since you looked: people, roles\."):
        carry_out(plan, seen=seen, by=None, now=NOON)
    with pytest.raises(Stale):
        carry_out(plan, seen="nonsense", by=None, now=NOON)
    assert not Succession.objects.exists()


def test_the_database_keeps_the_history_straight(world):
    row = {"predecessor": world.elmbridge, "kind": "merger", "on": TODAY}
    wrong = [
        row | {"successor": world.elmbridge},
        row | {"successor": world.quarry_lane, "kind": "takeover"},
    ]
    for facts in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Succession.objects.create(**facts)
    Succession.objects.create(**row, successor=world.quarry_lane)
    with pytest.raises(IntegrityError), transaction.atomic():
        Succession.objects.create(**row, successor=OrganisationFactory())


def test_what_became_of_what_is_followed_to_its_end(world):
    (first,) = do(merger(world.elmbridge, name="First"))
    (second,) = do(merger(first, world.quarry_lane, name="Second"))
    do(division(second, "North", "South", to=dict.fromkeys(Membership.objects.values_list("pk", flat=True), 0)))
    assert Succession.objects.heirs() == {
        world.elmbridge.pk: second.pk,
        world.quarry_lane.pk: second.pk,
        first.pk: second.pk,
    }
    assert dict(Succession.objects.forebears()) == {second.pk: {world.elmbridge.pk, world.quarry_lane.pk, first.pk}}


def test_the_preview_says_what_will_be(world, olu):
    plan = merger(world.elmbridge, world.quarry_lane)
    assert told(plan, by=olu) == {
        "people": "Four people will be shown under Vale Care.",
        "places": "Vale Care belongs to North Vale from that day.",
    }


# What the act does with each table that points to an organisation; a new one has to be thought about here.
WHAT_BECOMES_OF = {
    "members.SystemEdge.organisation": "ends, and begins at the successors",
    "members.PlaceEdge.organisation": "ends, and begins at the successors",
    "members.Membership.organisation": "ends, and begins at the successor of that person",
    "members.RoleGrant.organisation": "ends, and is given anew",
    "members.Site.organisation": "stays, and the successor has one of the same name",
    "members.StaffCount.organisation": "stays, and is added up at the one successor",
    "members.JoinLink.organisation": "ends, and leads to the one successor",
    "members.ApprovedDomain.organisation": "stays, and is approved at the successors too",
    "members.InvitationLink.organisation": "goes on with the one successor, or ends",
    "members.ListedJob.organisation": "goes: the list of the successor names its people again",
    "members.Licence.holder": "goes on with the first successor",
    "members.Coverage.organisation": "goes on with the first successor, once where both were covered",
    "members.Succession.predecessor": "is written",
    "members.Succession.successor": "is written",
    "rounds.Round.host_organisation": "of Rounds to come: the successor",
    "rounds.Round.co_host": "of Rounds to come: the successor, once where both hosted it",
    "rounds.RoundPartner.organisation": "of Rounds to come: the successors",
    "rounds.KeptPlaces.organisation": "of Rounds to come: the first successor",
    "rounds.Backfill.organisation": "what is yet to be paid: the first successor",
    "rounds.Suggestion.organisation": "the first successor, with its answer",
    "rounds.NewHost.organisation": "goes on with the first successor, once where both were on their way",
    "rounds.AvoidedDates.organisation": "those not gone by: the first successor",
    "rounds.Series.host_organisation": "stays: it says by whom the series was planned",
    "rounds.Venue.organisation": "stays, and the successor has one of the same name",
    "evaluation.Attendance.organisation": "stays: a register says where people came from on that day",
}


def test_nothing_that_points_to_an_organisation_is_forgotten():
    pointing = {
        f"{field.model._meta.label}.{field.name}"
        for model in apps.get_models()
        # A view says what stands in the tables beneath it.
        if model._meta.managed
        for field in model._meta.concrete_fields
        if field.related_model is Organisation
    }
    assert pointing == set(WHAT_BECOMES_OF)
