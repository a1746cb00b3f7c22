"""What a merger of partners does to Rounds: those to come go on under the new name, those held stay as they were."""

from datetime import timedelta

import pytest
from django.core import serializers

from members.access import today
from members.actions import retention
from members.actions.succession.act import carry_out
from members.actions.succession.plan import Plan, Successor
from members.actions.succession.preview import preview
from members.actions.succession.systems import NextSystem, SystemPlan, change_system, preview_system
from members.models import Delivery, Membership, Organisation, Place
from members.models.succession import Kind
from rounds import emails
from rounds.actions import panel
from rounds.models import (
    Approach,
    AvoidedDates,
    Backfill,
    Booking,
    Offer,
    Round,
    Theme,
    Venue,
    VoiceTally,
)
from rounds.states import BackfillState, RoundState, Step
from tests.factories.members import OrganisationFactory
from tests.factories.rounds import (
    ApproachFactory,
    BackfillFactory,
    BookingFactory,
    IdeaFactory,
    OfferFactory,
    RoundFactory,
    StorytellerFactory,
    ThemeFactory,
    VenueFactory,
)
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def room(world):
    return VenueFactory(organisation=world.quarry_lane, name="Day room", room_limit=24)


def merge(*predecessors, names=("Vale Care",), to=None, heir=0):
    kind = Kind.SPLIT if to else Kind.MERGER
    plan = Plan(kind, predecessors, tuple(map(Successor, names)), today(NOON), to=to or {}, heir=heir)
    told = preview(plan, by=None, now=NOON)
    return told, carry_out(plan, seen=told.seen, by=None, now=NOON).successors


def invited(round):
    return sorted(round.partners.order_by().values_list("name", flat=True))


def rows(*querysets):
    return [serializers.serialize("json", each.order_by("pk")) for each in querysets]


def test_rounds_to_come_go_on_with_the_successor(world, room):
    other = OrganisationFactory(name="Lantern Hospice", system=world.system)
    coming = RoundFactory(partners=[world.quarry_lane, other], host_organisation=world.quarry_lane, venue=room)
    idea = RoundFactory(partners=[world.quarry_lane], state=RoundState.POSTPONED, starts_at=NOON - 9 * DAY)
    elsewhere = RoundFactory(partners=[other])
    told, (vale,) = merge(world.quarry_lane)
    coming.refresh_from_db()
    assert (invited(coming), invited(idea), invited(elsewhere)) == (
        ["Lantern Hospice", "Vale Care"],
        ["Vale Care"],
        ["Lantern Hospice"],
    )
    assert (coming.host_organisation, coming.venue.organisation, coming.venue.name) == (vale, vale, "Day room")
    assert (coming.version, told.parts["rounds"].number, told.parts["rooms"].number) == (1, 2, 1)
    assert told.parts["rounds"].sentence == (
        "2 Rounds to come invite Vale Care instead, or are at home there. All places stay as they are."
    )


def test_rounds_held_and_the_one_that_is_on_are_not_touched(world, room):
    past = RoundFactory(
        partners=[world.quarry_lane],
        host_organisation=world.quarry_lane,
        venue=room,
        starts_at=NOON - 30 * DAY,
        booking_opens_at=NOON - 60 * DAY,
        state=RoundState.CLOSED,
    )
    now_on = RoundFactory(partners=[world.quarry_lane], venue=room, starts_at=NOON - timedelta(minutes=10))
    BookingFactory(round=past, person=world.cleo)
    held = [
        Round.objects.filter(pk__in=[past.pk, now_on.pk]),
        past.invited_partners.all(),
        now_on.invited_partners.all(),
        Booking.objects.all(),
        Venue.objects.filter(pk=room.pk),
        Organisation.objects.filter(pk=world.quarry_lane.pk),
    ]
    before = rows(*held)
    merge(world.quarry_lane)
    assert rows(*held) == before


def test_whoever_has_a_place_keeps_it_and_nobody_is_written_to_again(world):
    coming = RoundFactory(partners=[world.quarry_lane], invitations_released_at=NOON - DAY)
    booking = BookingFactory(round=coming, person=world.cleo)
    emails.invite(coming, now=NOON)
    before = rows(Booking.objects.all(), Delivery.objects.all())
    merge(world.quarry_lane)
    emails.invite(coming, now=NOON)
    assert rows(Booking.objects.all(), Delivery.objects.all()) == before
    assert list(Round.objects.inviting(world.cleo, on=today(NOON))) == [coming]
    assert booking in Booking.objects.with_a_place()


def test_a_round_that_invites_both_invites_the_one_once(world):
    coming = RoundFactory(partners=[world.elmbridge, world.quarry_lane])
    merge(world.elmbridge, world.quarry_lane)
    assert invited(coming) == ["Vale Care"]


def test_two_rooms_of_one_name_stay_two(world, room):
    VenueFactory(organisation=world.elmbridge, name="Day room")
    _, (vale,) = merge(world.elmbridge, world.quarry_lane)
    assert sorted(vale.venues.order_by().values_list("name", flat=True)) == [
        "Day room",
        "Day room, Quarry Lane Care Homes",
    ]


def test_after_a_division_all_are_invited_and_one_is_the_host(world, room):
    coming = RoundFactory(partners=[world.quarry_lane], host_organisation=world.quarry_lane, venue=room)
    to = dict.fromkeys(Membership.objects.filter(organisation=world.quarry_lane).values_list("pk", flat=True), 0)
    merge(world.quarry_lane, names=["North", "South"], to=to, heir=1)
    coming.refresh_from_db()
    assert (invited(coming), coming.host_organisation.name, coming.venue.organisation.name) == (
        ["North", "South"],
        "South",
        "South",
    )


def test_the_letters_of_a_round_that_goes_on_in_another_system_go_with_it(world):
    coming = RoundFactory(system=world.system, partners=[world.quarry_lane], invitations_released_at=NOON - DAY)
    held = RoundFactory(system=world.system, starts_at=NOON - 9 * DAY, state=RoundState.HELD)
    emails.invite(coming, now=NOON)
    Delivery.objects.create(
        kind="reminder",
        dedupe_key="r",
        system=world.system.pk,
        about=held.pk,
        person=world.ben,
        created_at=NOON,
        due_at=NOON,
    )
    plan = SystemPlan(world.system, (NextSystem("QYY", "Greater Vale", "Greater Vale"),), today(NOON))
    (greater,) = change_system(plan, seen=preview_system(plan, by=None, now=NOON).seen, by=None, now=NOON)
    assert set(Delivery.objects.values_list("kind", "system")) == {
        ("invitation", greater.pk),
        ("reminder", world.system.pk),
    }


def test_cover_that_is_yet_to_be_paid_goes_on_and_no_pound_is_lost(world):
    other = OrganisationFactory(name="Lantern Hospice", system=world.system)
    round = RoundFactory(system=world.system, partners=[world.quarry_lane, other], starts_at=NOON - 9 * DAY)
    said = {"round": round, "staff_group": "nursing"}
    theirs = BackfillFactory(**said, organisation=world.quarry_lane, state=BackfillState.APPROVED)
    BackfillFactory(**said, organisation=other, state=BackfillState.ASKED)
    paid = BackfillFactory(
        round=round, staff_group="medical", organisation=other, state=BackfillState.PAID, invoice="L 1"
    )
    before = sum(each.amount for each in Backfill.objects.all())
    _, (vale,) = merge(world.quarry_lane, other)
    rows = Backfill.objects.filter(organisation=vale)
    assert sorted(rows.values_list("staff_group", flat=True)) == ["nursing", "other"]
    assert rows.get(pk=theirs.pk).state == BackfillState.APPROVED
    assert Backfill.objects.get(pk=paid.pk).organisation == other
    assert sum(each.amount for each in Backfill.objects.all()) == before


def test_dates_to_avoid_go_on_and_those_gone_by_stay(world):
    said = {"system": world.system, "organisation": world.quarry_lane}
    day = today(NOON)
    AvoidedDates.objects.create(**said, starts_on=day - 3 * DAY, ends_on=day - DAY, why="Was")
    AvoidedDates.objects.create(**said, starts_on=day - 3 * DAY, ends_on=day, why="Is")
    _, (vale,) = merge(world.quarry_lane)
    assert {each.why: each.organisation for each in AvoidedDates.objects.all()} == {
        "Was": world.quarry_lane,
        "Is": vale,
    }


@pytest.mark.parametrize("codes", [["QYY"], ["QYY", "QZZ"]])
def test_ideas_go_on_in_the_first_system_that_takes_over(world, codes):
    idea = IdeaFactory(system=world.system)
    next_ones = tuple(NextSystem(code, f"Greater {code}", code) for code in codes)
    everything = [*Organisation.objects.values_list("pk", flat=True), *Place.objects.values_list("pk", flat=True)]
    plan = SystemPlan(world.system, next_ones, today(NOON), to=dict.fromkeys(everything, len(codes) - 1))
    told = preview_system(plan, by=None, now=NOON)
    assert told.parts["ideas"].sentence.startswith("1 idea for a Round goes on in Greater QYY")
    first, *_ = change_system(plan, seen=told.seen, by=None, now=NOON)
    idea.refresh_from_db()
    assert (idea.system, idea.state) == (first, RoundState.IDEA)


def divided(world, heirs):
    """The system ends and goes on as two, with these partners in the second and all else in the first."""
    next_ones = tuple(NextSystem(code, f"Greater {code}", code) for code in ("QYY", "QZZ"))
    everything = [*Organisation.objects.values_list("pk", flat=True), *Place.objects.values_list("pk", flat=True)]
    to = dict.fromkeys(everything, 0) | {each.pk: 1 for each in heirs}
    plan = SystemPlan(world.system, next_ones, today(NOON), to=to)
    return change_system(plan, seen=preview_system(plan, by=None, now=NOON).seen, by=None, now=NOON)


@pytest.mark.parametrize("ahead", [DAY, -DAY])
def test_stepping_back_takes_along_what_went_to_another_system_than_the_round(world, ahead):
    """A Round to come goes on with its host, one that was held stays where it was; who was asked goes to the first."""
    round = RoundFactory(
        system=world.system,
        host_organisation=world.quarry_lane,
        facilitators=[world.ada],
        starts_at=NOON + 9 * DAY,
    )
    asked = panel.ask(round=round, email=world.ben.email, by=world.ada, now=NOON)
    ApproachFactory(system=world.system, name="ben booker", created_at=NOON)
    panel.agree(storyteller=asked, now=NOON)
    if ahead < timedelta():
        Round.objects.update(state=RoundState.HELD)
    first, second = divided(world, [world.quarry_lane])
    round.refresh_from_db()
    assert round.system == (second if ahead > timedelta() else world.system)
    assert set(Approach.objects.values_list("system", flat=True)) == {first.pk}
    panel.step_back(storyteller=asked)
    assert Approach.objects.count() == 0


def test_voices_of_a_round_held_before_are_counted_where_its_host_goes_on(world):
    for host in (world.quarry_lane, world.elmbridge):
        round = RoundFactory(system=world.system, host_organisation=host, starts_at=NOON - DAY, state=RoundState.HELD)
        StorytellerFactory(round=round, person=world.ben, done=[Step.AGREED])
    first, second = divided(world, [world.quarry_lane])
    retention.run(now=NOON + 31 * DAY)
    assert set(VoiceTally.objects.values_list("system", "number")) == {(first.pk, 1), (second.pk, 1)}


def test_voices_go_on_there_too_undivided(world):
    """A theme is told of; what staff have written, and who was asked, is nobody's to count."""
    here = {"system": world.system, "person": world.ben}
    OfferFactory(**here, reader=world.ada)
    ApproachFactory(**here)
    ThemeFactory(system=world.system)
    VoiceTally.objects.create(system=world.system, quarter=NOON.date(), kind="clinical", sector="acute", number=2)
    next_ones = tuple(NextSystem(code, f"Greater {code}", code) for code in ("QYY", "QZZ"))
    everything = [*Organisation.objects.values_list("pk", flat=True), *Place.objects.values_list("pk", flat=True)]
    plan = SystemPlan(world.system, next_ones, today(NOON), to=dict.fromkeys(everything, 1))
    told = preview_system(plan, by=None, now=NOON)
    assert told.parts["voices"].sentence.startswith("1 theme for Rounds goes on in Greater QYY")
    first, *_ = change_system(plan, seen=told.seen, by=None, now=NOON)
    moved = [set(model.objects.values_list("system", flat=True)) for model in (Offer, Approach, Theme, VoiceTally)]
    assert moved == [{first.pk}] * 4
    assert (Offer.objects.get().reader, VoiceTally.objects.get().number) == (world.ada, 2)
