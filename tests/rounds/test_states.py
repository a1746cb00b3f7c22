"""Formats, words for places, and what the database itself refuses: rounds/states.py, rounds/models/."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from rounds.states import WAYS, Availability, Format, TeamPart, Way, availability
from tests.factories.members import OrganisationFactory, PlaceFactory
from tests.factories.rounds import BookingFactory, RoundFactory, TeamMemberFactory, VenueFactory

HOUR = dt.timedelta(hours=1)


def test_every_format_has_its_ways():
    assert {each: WAYS[each] for each in Format} == {
        Format.IN_PERSON: [Way.IN_PERSON],
        Format.ONLINE: [Way.ONLINE],
        Format.HYBRID: [Way.IN_PERSON, Way.ONLINE],
    }


@pytest.mark.parametrize(
    ("previous", "taken", "word"),
    [
        (Availability.AVAILABLE, 79, Availability.AVAILABLE),
        (Availability.AVAILABLE, 80, Availability.SOME),
        (Availability.SOME, 79, Availability.SOME),
        (Availability.SOME, 70, Availability.SOME),
        (Availability.SOME, 69, Availability.AVAILABLE),
        (Availability.SOME, 100, Availability.FULL),
        (Availability.FULL, 99, Availability.SOME),
        (Availability.FULL, 101, Availability.FULL),
    ],
)
def test_one_booking_near_the_edge_does_not_show(previous, taken, word):
    assert availability(previous, places=100, taken=taken) == word


@pytest.mark.django_db
class TestTheDatabaseRefuses:
    def refuses(self, constraint, make, /, **fields):
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            make(**fields)
        assert constraint in str(refusal.value)

    def test_a_round_that_ends_when_it_starts(self):
        start = RoundFactory.starts_at
        self.refuses("round_ends_after_it_starts", RoundFactory, starts_at=start, ends_at=start)

    def test_booking_that_closes_after_the_start(self):
        late = RoundFactory.starts_at + HOUR
        self.refuses("round_booking_closes_before_it_starts", RoundFactory, booking_closes_at=late)

    def test_booking_that_closes_before_it_opens(self):
        early = RoundFactory.booking_opens_at - HOUR
        self.refuses("round_booking_closes_before_it_starts", RoundFactory, booking_closes_at=early)

    def test_an_unknown_state(self):
        self.refuses("round_known_state", RoundFactory, state="forgotten")

    @pytest.mark.parametrize(
        ("kind", "places", "online_places"),
        [
            ("in_person", None, None),
            ("in_person", 60, 100),
            ("online", 60, None),
            ("online", None, None),
            ("hybrid", 60, None),
            ("hybrid", None, 100),
            ("elsewhere", 60, 100),
        ],
    )
    def test_places_that_do_not_fit_the_format(self, kind, places, online_places):
        fields = {"format": kind, "places": places, "online_places": online_places, "joining_details": ""}
        self.refuses("round_places_fit_its_format", RoundFactory, **fields)

    def test_two_hosts(self):
        hosts = {"host_organisation": OrganisationFactory(), "host_place": PlaceFactory()}
        self.refuses("round_one_host_at_most", RoundFactory, **hosts)

    def test_a_partner_invited_twice(self):
        partner = OrganisationFactory()
        self.refuses("", RoundFactory, partners=[partner, partner])

    def test_a_facilitator_named_twice(self):
        member = TeamMemberFactory()
        self.refuses("", TeamMemberFactory, round=member.round, person=member.person)

    def test_an_unknown_part_in_the_team(self):
        self.refuses("team_member_known_part", TeamMemberFactory, part="singer")
        assert TeamMemberFactory(part=TeamPart.HELPER).part == "helper"

    def test_two_rooms_of_one_name(self):
        room = VenueFactory()
        self.refuses("", VenueFactory, organisation=room.organisation, name=room.name)

    def test_two_standing_bookings_of_one_person(self):
        booking = BookingFactory()
        self.refuses("", BookingFactory, round=booking.round, person=booking.person)
        BookingFactory(round=booking.round, state="cancelled", person=booking.person)

    def test_a_number_of_the_queue_given_twice(self):
        booking = BookingFactory()
        self.refuses("", BookingFactory, round=booking.round, queue_number=booking.queue_number)

    def test_an_unknown_state_or_way_of_a_booking(self):
        self.refuses("booking_known_state", BookingFactory, state="perhaps")
        self.refuses("booking_known_way", BookingFactory, way="by_post")


@pytest.mark.django_db
def test_the_best_word_of_each_way():
    round = RoundFactory(format=Format.HYBRID, online_availability=Availability.FULL)
    assert round.ways == [Way.IN_PERSON, Way.ONLINE]
    assert round.availability_for(Way.IN_PERSON) == Availability.AVAILABLE
    assert round.availability_for(Way.ONLINE) == Availability.FULL
    assert (round.places_for(Way.IN_PERSON), round.places_for(Way.ONLINE)) == (60, 100)


@pytest.mark.django_db
def test_who_hosts():
    place, partner = PlaceFactory(), OrganisationFactory()
    system = RoundFactory()
    assert system.host == system.system
    assert RoundFactory(host_place=place).host == place
    assert RoundFactory(host_organisation=partner).host == partner
