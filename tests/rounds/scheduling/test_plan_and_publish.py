"""From plan to open booking: rounds/actions/scheduling.py and arrangements.py."""

import datetime as dt
import uuid

import pytest

from members.models import Delivery
from rounds.actions import scheduling
from rounds.models import Round, Venue
from rounds.states import Format, RoundState, Way
from tests.factories.members import OrganisationFactory, PersonFactory, PlaceFactory, SystemFactory
from tests.factories.rounds import VenueFactory
from tests.worlds import NOON

from .arranging import DAY, HOUR, LONDON, WEDNESDAY, refusal

pytestmark = pytest.mark.django_db


class TestPlan:
    def test_saves_a_round_that_nobody_is_told_of(self, world, planned):
        round = Round.objects.get(pk=planned().pk)
        assert (round.state, round.version, round.published_at) == (RoundState.PLANNED, 1, None)
        assert round.planned_by == world.ada
        assert set(round.partners.all()) == {world.elmbridge, world.quarry_lane}
        assert [member.person for member in round.team.all()] == [world.ada]
        assert Delivery.objects.count() == 0

    def test_saved_twice_is_one_round(self, planned):
        draft = uuid.uuid4()
        first, second = planned(draft=draft), planned(draft=draft)
        assert first == second
        assert first.pk == draft
        assert Round.objects.count() == 1

    def test_the_draft_of_someone_else_is_not_taken_over(self, world, planned):
        draft = planned().pk
        assert refusal(planned, draft=draft, by=world.ben) == "Someone else has saved this Round. Start a new one."

    def test_makes_the_room_with_it_or_neither(self, world, planned):
        room = {"organisation": world.elmbridge, "name": "Chapel", "room_limit": 70}
        assert "room takes 70" in refusal(planned, new_room=room, venue=None, places=71)
        assert Venue.objects.filter(name="Chapel").count() == 0
        assert planned(new_room=room, venue=None).venue == Venue.objects.get(name="Chapel")

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"title": "  "}, "Enter a title."),
            ({"starts_at": NOON - HOUR}, "The Round must start in the future."),
            ({"starts_at": NOON}, "The Round must start in the future."),
            ({"starts_at": NOON + 4 * 365 * DAY}, "The Round must start within the next 3 years."),
            ({"ends_at": WEDNESDAY}, "The Round must end after it starts."),
            ({"ends_at": WEDNESDAY - HOUR}, "The Round must end after it starts."),
            ({"ends_at": WEDNESDAY + 9 * HOUR}, "The Round must end within 8 hours of its start."),
            ({"booking_closes_at": WEDNESDAY + HOUR}, "Booking must close before the Round starts."),
            ({"booking_closes_at": NOON}, "Booking must close in the future, or nobody can book."),
            ({"booking_opens_at": WEDNESDAY - DAY}, "Booking must open before it closes."),
            ({"places": None}, "Enter how many places there are in person, from 1 to 5,000."),
            ({"places": 0}, "Enter how many places there are in person, from 1 to 5,000."),
            ({"places": 5001}, "Enter how many places there are in person, from 1 to 5,000."),
            ({"places": 81}, "The room takes 80. Enter that many places or fewer, or choose another room."),
            ({"online_places": 5}, "A Round in person has no places online."),
            ({"venue": None}, "Choose the room where people meet."),
            ({"format": Format.ONLINE, "places": None, "online_places": 9}, "A Round online has no room."),
            ({"format": Format.HYBRID}, "Enter how many places there are online, from 1 to 5,000."),
            ({"partners": []}, "Choose at least one partner to invite."),
            ({"facilitators": []}, "Name at least one facilitator."),
        ],
    )
    def test_refuses(self, planned, changes, sentence):
        assert refusal(planned, **changes) == sentence
        assert Round.objects.count() == 0

    def test_refuses_people_of_elsewhere(self, world, planned):
        stranger, elsewhere = OrganisationFactory(system=SystemFactory()), PlaceFactory()
        every = "Every partner must belong to North Vale Integrated Care System."
        assert refusal(planned, partners=[stranger]) == every
        assert refusal(planned, host_organisation=stranger) == every
        assert refusal(planned, host_place=elsewhere).startswith("The Place must belong to")
        assert refusal(planned, facilitators=[PersonFactory(is_active=False)]) == "Name at least one facilitator."

    @pytest.mark.parametrize("day", [dt.date(2028, 3, 26), dt.date(2027, 3, 28)])
    def test_refuses_an_hour_that_the_clocks_leave_out(self, planned, day):
        skipped = dt.datetime.combine(day, dt.time(1, 30), tzinfo=LONDON)
        sentence = "The clocks go forward that night, so there is no 1:30am."
        assert refusal(planned, starts_at=skipped, ends_at=skipped + 2 * HOUR, booking_closes_at=NOON + DAY) == sentence

    def test_keeps_the_first_of_a_doubled_hour(self, planned):
        doubled = dt.datetime(2027, 10, 31, 1, 30, tzinfo=LONDON)
        round = planned(starts_at=doubled, ends_at=doubled + 2 * HOUR)
        round.refresh_from_db()
        assert round.starts_at == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)

    def test_asks_the_database_as_often_for_three_partners_as_for_one(self, world, planned, django_assert_num_queries):
        more = [OrganisationFactory(system=world.system) for _ in range(2)]
        room = VenueFactory(organisation=world.elmbridge, room_limit=80)
        with django_assert_num_queries(9):
            planned(partners=[world.elmbridge], venue=room)
        with django_assert_num_queries(9):
            planned(partners=[world.elmbridge, *more], facilitators=[world.ada, world.ben], venue=room)


class TestPublish:
    def test_makes_it_known_and_writes_to_nobody(self, world, planned):
        round = scheduling.publish(round=planned(), by=world.ada, now=NOON + DAY)
        assert (round.state, round.published_at) == (RoundState.PUBLISHED, NOON + DAY)
        assert Delivery.objects.count() == 0

    def test_twice_is_once(self, world, planned):
        round = scheduling.publish(round=planned(), by=world.ada, now=NOON)
        assert scheduling.publish(round=round, by=world.ada, now=NOON + DAY).published_at == NOON

    def test_not_when_its_time_has_passed(self, world, planned):
        round = planned()
        sentence = refusal(scheduling.publish, round=round, by=world.ada, now=WEDNESDAY)
        assert sentence == "The Round must start in the future."

    @pytest.mark.parametrize("state", [RoundState.HELD, RoundState.CLOSED, RoundState.CANCELLED])
    def test_only_from_where_the_table_allows(self, world, published, state):
        sentence = refusal(scheduling.publish, round=published(state=state), by=world.ada, now=NOON)
        assert sentence == f"This Round is {state.value}, so it cannot become published."


def test_a_hybrid_round_keeps_both_ways(planned):
    round = planned(format=Format.HYBRID, online_places=100, joining_details="https://meet.northvale.example/1")
    assert [round.places_for(way) for way in Way] == [60, 100]
