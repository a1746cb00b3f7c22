"""Who has a place and who waits, for the facilitators alone: rounds/views/bookings.py."""

import html
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from rounds.states import BookingState, Format, Way
from tests.factories.members import MembershipFactory, PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory, TeamMemberFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def round(world):
    return RoundFactory(system=world.system, facilitators=[world.ada], partners=[world.elmbridge, world.quarry_lane])


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client


def bookings(client, round):
    return client.get(reverse("round_bookings", args=[round.pk]))


def words(answer):
    main = answer.content.decode().split("<main")[1].split("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


def test_nobody_yet(ada, round):
    assert "0 of 60 places taken Nobody has booked yet." in words(bookings(ada, round))


def test_names_with_their_employers_and_the_queue_in_its_order(ada, world, round):
    BookingFactory(round=round, person=world.ben)
    BookingFactory(round=round, person=PersonFactory(name="Zoe First"), state=BookingState.WAITING)
    BookingFactory(round=round, person=world.cleo, state=BookingState.WAITING)
    BookingFactory(round=round, person=PersonFactory(name="Al Gone"), state=BookingState.CANCELLED)
    said = words(bookings(ada, round))
    assert "1 of 60 places taken Who has a place Name Works for Ben Booker Elmbridge Hospital NHS Trust" in said
    assert (
        "2 waiting, in this order Who waits, in the order of the list Turn Name Works for Out of turn "
        "1st Zoe First Next 2nd Cleo Carer Quarry Lane Care Homes Offer a place to Cleo Carer" in said
    )
    assert "Al Gone" not in said


def test_a_place_that_is_offered_is_held_and_not_taken(ada, world):
    round = RoundFactory(system=world.system, facilitators=[world.ada], places=2)
    BookingFactory(round=round, person=world.ben)
    BookingFactory(round=round, person=world.cleo, state=BookingState.OFFERED, offer_ends_at=NOON)
    assert "1 of 2 places taken, 1 held for an answer Who has a place" in words(bookings(ada, round))


def test_never_an_address_even_where_there_is_no_name(ada, world, round):
    for person in (world.ben, PersonFactory(name="", works_for=world.quarry_lane)):
        BookingFactory(round=round, person=person)
    page = bookings(ada, round).content.decode()
    assert "Someone who gave no name" in page
    assert "@" not in page


def test_each_way_by_itself(ada, world):
    round = RoundFactory(system=world.system, facilitators=[world.ada], format=Format.HYBRID)
    BookingFactory(round=round, person=world.ben, way=Way.ONLINE)
    said = words(bookings(ada, round))
    assert "In person: 0 of 60 places taken Nobody has booked yet. Online: 1 of 100 places taken" in said


def test_markup_in_a_name_is_shown_as_typed(ada, round):
    BookingFactory(round=round, person=PersonFactory(name="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in bookings(ada, round).content.decode()


def test_doors(client, world, round):
    assert bookings(client, round).url.startswith("/account/login")
    helper = PersonFactory()
    TeamMemberFactory(round=round, person=helper, part="helper")
    administrator = PersonFactory()
    RoleGrantFactory(person=administrator, role="administrator", system=world.system)
    for person, status in ((PersonFactory(), 404), (world.ben, 403), (helper, 403), (administrator, 403)):
        client.force_login(person)
        assert bookings(client, round).status_code == status


def test_as_many_queries_for_three_people_as_for_one(ada, world, round, django_assert_max_num_queries):
    BookingFactory(round=round, person=world.ben)
    BookingFactory(round=round, person=world.cleo, state=BookingState.WAITING)
    with django_assert_max_num_queries(15) as one:
        bookings(ada, round)
    for person in PersonFactory.create_batch(2):
        MembershipFactory(person=person, organisation=world.elmbridge)
        BookingFactory(round=round, person=person, state=BookingState.WAITING)
    with django_assert_max_num_queries(len(one)):
        bookings(ada, round)


def test_nobody_is_named_later_than_30_days_after_the_round(client, world, round, time_machine):
    BookingFactory(round=round, person=world.ben)
    for days, names in [(29, True), (31, False)]:
        time_machine.move_to(round.ends_at + timedelta(days=days))
        client.force_login(world.ada)
        said = words(bookings(client, round))
        assert ("Ben Booker" in said, "1 of 60 places taken" in said) == (names, names)
        assert ("More than 30 days have passed since this Round" in said) is not names


def test_the_days_are_those_of_the_system(client, world, round, time_machine):
    world.system.days_kept = 20
    world.system.save()
    client.force_login(world.ada)
    assert "until 20 days after it" in words(bookings(client, round))
    time_machine.move_to(round.ends_at + timedelta(days=21))
    client.force_login(world.ada)
    assert "More than 20 days have passed since this Round" in words(bookings(client, round))
