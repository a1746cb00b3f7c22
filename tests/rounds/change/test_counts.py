"""The numbers of a preview: what they say, to whom, and that nothing is done once they have become others."""

import datetime as dt

import pytest

from members.models import Delivery
from rounds.models import KeptPlaces, Round
from rounds.states import BookingState, Format, Keeping, Way
from tests.factories.rounds import BookingFactory, RoundFactory, VenueFactory

from .changing import WEDNESDAY, errors, preview_in, to, when, where, words

pytestmark = pytest.mark.django_db
CHANGES = [("when", when()), ("cancel", {"reason": ""}), ("postpone", {"reason": ""})]
HOUR = dt.timedelta(hours=1)


def confirm(client, round, what, preview):
    return client.post(to(round, what, "confirm_change"), {"preview": preview})


@pytest.fixture
def ann(client, world):
    client.force_login(world.admin)
    return client


class TestStale:
    @pytest.mark.parametrize(("what", "typed"), CHANGES)
    def test_more_who_come_and_who_wait_are_two_things(self, ada, round, what, typed):
        preview = preview_in(ada.post(to(round, what), typed))
        BookingFactory.create_batch(3, round=round)
        BookingFactory(round=round, state=BookingState.WAITING)
        answer = confirm(ada, round, what, preview)
        assert errors(answer) == ["Two things changed since you looked."]
        assert "4 people , 3 with a place and 1 waiting: the same letter" in words(answer)
        assert (Round.objects.get().version, Delivery.objects.count()) == (1, 0)
        assert confirm(ada, round, what, preview_in(answer)).status_code == 302
        assert Round.objects.get().version == 2

    def test_of_a_new_date_too(self, ada, round):
        assert confirm(ada, round, "postpone", preview_in(ada.post(to(round, "postpone"), {"reason": ""}))).status_code
        preview = preview_in(ada.post(to(round, "when"), when()))
        BookingFactory(round=round)
        assert errors(confirm(ada, round, "when", preview)) == ["One thing changed since you looked."]

    def test_invitations_that_leave_meanwhile_hold_up_nobody(self, ada, world, round):
        preview = preview_in(ada.post(to(round, "when"), when()))
        letter = {"created_at": WEDNESDAY, "due_at": WEDNESDAY, "about": round.pk, "kind": "invitation"}
        Delivery.objects.create(**letter, person=world.ben, dedupe_key="1", state="sent")
        assert confirm(ada, round, "when", preview).status_code == 302
        assert Delivery.objects.filter(kind="round_moved", person=world.ben).exists()

    @pytest.mark.parametrize(("what", "typed"), CHANGES)
    def test_an_administrator_learns_nothing_of_who_books_meanwhile(self, ann, round, what, typed):
        preview = preview_in(ann.post(to(round, what), typed))
        BookingFactory.create_batch(3, round=round)
        assert confirm(ann, round, what, preview).status_code == 302


class TestFood:
    @pytest.mark.parametrize(
        ("what", "typed", "verb"), [(*CHANGES[0], "changed"), (*CHANGES[1], "called off"), (*CHANGES[2], "called off")]
    )
    def test_is_said_with_its_number_to_the_facilitators_alone(self, ada, client, world, round, what, typed, verb):
        Round.objects.update(food="Lunch", caterer="Brook Kitchen", caterer_phone="01632 960141")
        BookingFactory.create_batch(2, round=round)
        to_do = f"to be {verb}, and no letter does that. Ring Brook Kitchen on 01632 960141."
        assert f"The food, for 2: {to_do}" in words(ada.post(to(round, what), typed))
        client.force_login(world.admin)
        assert f"The food: {to_do}" in words(client.post(to(round, what), typed))

    def test_groups_eat_too_as_the_page_of_the_food_says(self, ada, world, round):
        Round.objects.update(food="Lunch", keeps_places=True)
        BookingFactory.create_batch(2, round=round)
        KeptPlaces.objects.create(
            round=round, kind=Keeping.GROUP, way=Way.IN_PERSON, places=3, organisation=world.quarry_lane
        )
        assert "The food, for 5: " in words(ada.post(to(round, "cancel"), {}))

    def test_nothing_where_there_is_none(self, ada, round):
        Round.objects.update(food="", caterer="")
        assert "The food" not in words(ada.post(to(round, "when"), when()))


class TestTooSmall:
    @pytest.fixture
    def booked(self, round):
        BookingFactory.create_batch(4, round=round)
        return round

    @pytest.fixture
    def cupboard(self, world):
        return VenueFactory(organisation=world.elmbridge, name="Cupboard", room_limit=3)

    @pytest.fixture
    def hall(self, world):
        return VenueFactory(organisation=world.elmbridge, name="Great Hall", room_limit=5)

    def test_a_room_that_is_too_small_asks_what_to_do(self, ada, world, booked, cupboard, hall):
        answer = ada.post(to(booked, "where"), where(world, room=str(cupboard.pk), places="60"))
        assert errors(answer)[0].startswith("4 people have a place, and there would be 3 in the room.")
        page = words(answer)
        assert "Nothing is changed yet, and nobody loses a place." in page
        assert "Another room: Great Hall" in page
        assert "Another room: Cupboard" not in page
        assert "Another sitting: plan one like this" in page
        assert Round.objects.get().venue == world.room

    def test_one_press_takes_another_room_as_far_as_the_preview(self, ada, world, booked, cupboard, hall):
        answer = ada.post(to(booked, "where"), where(world, room=str(cupboard.pk), places="3"))
        (way_out,) = [(room, places) for room, places in answer.context["ways_out"]["rooms"] if room == hall]
        again = dict(answer.context["ways_out"]["typed"]) | {"room": str(hall.pk), "places": str(way_out[1])}
        preview = ada.post(to(booked, "where"), again)
        assert "Then Great Hall" in words(preview)
        assert confirm(ada, booked, "where", preview_in(preview)).status_code == 302
        changed = Round.objects.get()
        assert (changed.venue, changed.places) == (hall, 5)

    def test_a_room_in_which_another_round_meets_then_is_not_offered(self, ada, world, booked, cupboard, hall):
        RoundFactory(system=world.system, venue=hall, starts_at=WEDNESDAY + HOUR / 2)
        page = words(ada.post(to(booked, "where"), where(world, room=str(cupboard.pk))))
        assert "Great Hall" not in page.partition("Where is it now?")[2].partition("Room")[0]
        assert "Another room: Great Hall" not in page

    def test_fewer_places_ask_the_same(self, ada, world, booked, hall):
        assert "Another room: Great Hall" in words(ada.post(to(booked, "where"), where(world, places="3")))

    def test_a_hybrid_round_may_have_more_online(self, ada, world, booked):
        details = {"joining_details": "https://meet.example/1", "online_places": 9}
        Round.objects.update(format=Format.HYBRID, **details)
        typed = {"joining_details": details["joining_details"], "online_places": "9", "places": "3"}
        assert "Enter more places online below." in words(ada.post(to(booked, "where"), where(world, **typed)))

    def test_too_few_online_ask_for_a_number_and_no_room(self, ada, world, booked):
        Round.objects.update(format=Format.HYBRID, joining_details="https://meet.example/1", online_places=9)
        BookingFactory.create_batch(2, round=booked, way=Way.ONLINE)
        typed = {"joining_details": "https://meet.example/1", "online_places": "1"}
        answer = ada.post(to(booked, "where"), where(world, **typed))
        assert errors(answer)[0].startswith("2 people have a place, and there would be 1 online.")
        assert "ways_out" not in answer.context

    def test_an_administrator_reads_no_number(self, ann, world, booked, cupboard):
        page = words(ann.post(to(booked, "where"), where(world, room=str(cupboard.pk), places="3")))
        assert "have a place" not in page.partition("Where is it now?")[2]
        assert "Only its facilitators can change how many places this Round has" in page
        page = words(ann.post(to(booked, "where"), where(world, room=str(cupboard.pk), places="60")))
        assert "The room takes 3. Enter that many places or fewer" in page
