"""The coming places of somebody who leaves an organisation: given back, next in line, and no word of why."""

import pytest
from django.core import mail

from members.access import today
from members.actions import correspondence, leaving
from members.models import Delivery, Membership, SecurityEvent
from rounds.models import Booking
from rounds.states import BookingState, RoundState, TeamPart
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory
from tests.factories.rounds import (
    BookingFactory,
    DiaryEntryFactory,
    RoundFactory,
    StorytellerFactory,
    TeamMemberFactory,
)
from tests.members.test_joining import text
from tests.worlds import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def full(world):
    """One place, which is Ben's; Ada, of the same hospital, waits for it."""
    round = RoundFactory(title="The night shift", system=world.system, partners=[world.elmbridge], places=1)
    BookingFactory(round=round, person=world.ben)
    BookingFactory(round=round, person=world.ada, state=BookingState.WAITING)
    return round


def leave(person, organisation):
    job = Membership.objects.in_force(today(NOON)).get(person=person, organisation=organisation)
    leaving.leave(membership=job, by=person, now=NOON)


def states(round):
    return dict(round.bookings.order_by().values_list("person__name", "state"))


def test_the_place_goes_to_the_next_in_line(world, full):
    leave(world.ben, world.elmbridge)
    assert states(full) == {world.ben.name: BookingState.CANCELLED, world.ada.name: BookingState.OFFERED}
    kinds = Delivery.objects.exclude(kind="reminder").values_list("kind", "person")
    assert list(kinds) == [("place_offered", world.ada.pk)]
    assert SecurityEvent.objects.count() == 0


def test_a_turn_in_the_waiting_list_goes_too(world, full):
    leave(world.ada, world.elmbridge)
    assert states(full) == {world.ben.name: BookingState.PLACE, world.ada.name: BookingState.CANCELLED}


def test_whom_another_employer_brings_to_the_round_keeps_the_place(world, full):
    other = OrganisationFactory(system=world.system)
    full.partners.add(other)
    MembershipFactory(person=world.ben, organisation=other)
    leave(world.ben, world.elmbridge)
    assert states(full)[world.ben.name] == BookingState.PLACE
    leave(world.ben, other)
    assert states(full)[world.ben.name] == BookingState.CANCELLED


def test_who_is_on_the_panel_or_in_the_team_stays_and_so_does_their_place(world):
    rounds = [RoundFactory(system=world.system, partners=[world.elmbridge]) for _ in range(2)]
    for round in rounds:
        BookingFactory(round=round, person=world.ben)
    StorytellerFactory(round=rounds[0], person=world.ben)
    TeamMemberFactory(round=rounds[1], person=world.ben, part=TeamPart.HELPER)
    leave(world.ben, world.elmbridge)
    assert [states(round) for round in rounds] == [{world.ben.name: BookingState.PLACE}] * 2
    assert (rounds[0].panel.count(), rounds[1].team.count()) == (1, 1)


def test_what_is_past_or_was_someone_elses_is_left_alone(world, full):
    times = {"booking_opens_at": NOON.replace(month=1), "starts_at": NOON.replace(month=2)}
    past = RoundFactory(system=world.system, partners=[world.elmbridge], **times)
    BookingFactory(round=past, person=world.ben)
    BookingFactory(round=full, person=PersonFactory(name="Maya", works_for=world.elmbridge), state=BookingState.WAITING)
    leave(world.ben, world.elmbridge)
    assert states(past) == {world.ben.name: BookingState.PLACE}
    assert states(full)["Maya"] == BookingState.WAITING


def test_a_round_that_is_called_off_has_no_place_to_give_back(world, client, at_noon):
    round = RoundFactory(title="The flood", system=world.system, partners=[world.elmbridge], state="cancelled")
    BookingFactory(round=round, person=world.ben)
    client.force_login(world.ben)
    assert "The flood" not in text(client.get(f"/your-details/leave/{world.ben.memberships.get().pk}/"))
    leave(world.ben, world.elmbridge)
    assert states(round) == {world.ben.name: BookingState.PLACE}


def test_only_the_entry_in_their_own_diary_is_taken_back(world, full):
    DiaryEntryFactory(booking=Booking.objects.get(person=world.ben), gone=True)
    leave(world.ben, world.elmbridge)
    correspondence.run(now=NOON)
    to_ben = [letter for letter in mail.outbox if letter.to == [world.ben.email]]
    assert len(to_ben) == 1
    assert [word for word in ("left", "leave", "employer", "staff of") if word in to_ben[0].body] == []


def test_the_person_alone_sees_what_would_go(world, full, client, at_noon):
    waits = RoundFactory(title="Between two wards", system=world.system, partners=[world.elmbridge])
    BookingFactory(round=waits, person=world.ben, state=BookingState.WAITING)
    client.force_login(world.ben)
    page = text(client.get(f"/your-details/leave/{world.ben.memberships.get().pk}/"))
    assert "Your place at “The night shift” on Wednesday 17 March 2027 goes to the next in line" in page
    assert "Your turn in the waiting list of “Between two wards” on Wednesday 17 March 2027" in page
    assert states(full)[world.ben.name] == BookingState.PLACE


def test_a_round_without_a_date_is_given_none(world, full, client, at_noon):
    type(full).objects.update(state=RoundState.POSTPONED)
    TeamMemberFactory(round=RoundFactory(title="The flood", system=world.system, state="postponed"), person=world.ben)
    client.force_login(world.ben)
    job = world.ben.memberships.get()
    page = text(client.get(f"/your-details/leave/{job.pk}/"))
    undated = "(postponed, without a new date yet)"
    assert f"Your place at “The night shift” {undated} goes to the next in line" in page
    assert f"What you see as a facilitator of “The flood” {undated} rests until" in page
    seen = leaving.rest_in_sight([(world.ben.pk, job.organisation_id)], by=None, now=NOON)
    assert seen == [f"{world.ben} facilitates “The flood” {undated}"]


def test_the_preview_keeps_what_another_employer_would_bring(world, full, client, at_noon):
    other = OrganisationFactory(system=world.system)
    full.partners.add(other)
    MembershipFactory(person=world.ben, organisation=other)
    client.force_login(world.ben)
    job = world.ben.memberships.get(organisation=world.elmbridge)
    assert "The night shift" not in text(client.get(f"/your-details/leave/{job.pk}/"))
