"""The numbers of a preview: what they say, to whom, and that nothing is done once they have become others."""

import datetime as dt
import uuid

import pytest

from members.models import Delivery
from rounds import emails
from rounds.actions import inviting, postponing
from rounds.models import KeptPlaces, Round
from rounds.states import BookingState, Format, Keeping, Way
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory, VenueFactory
from tests.worlds import NOON

from .changing import WEDNESDAY, errors, make, preview_in, to, when, where, words

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
        preview = preview_in(ada.post(to(round, what), typed, follow=True))
        BookingFactory.create_batch(3, round=round)
        BookingFactory(round=round, state=BookingState.WAITING)
        answer = confirm(ada, round, what, preview)
        assert errors(answer) == ["Two things changed since you looked."]
        assert "4 people , 3 with a place and one waiting: the same letter" in words(answer)
        assert (Round.objects.get().version, Delivery.objects.count()) == (1, 0)
        assert confirm(ada, round, what, preview_in(answer)).status_code == 302
        assert Round.objects.get().version == 2

    def test_an_offer_is_told_as_an_offer(self, ada, round):
        BookingFactory(round=round)
        BookingFactory(round=round, state=BookingState.OFFERED, offer_ends_at=NOON + HOUR)
        typed = {"reason": ""}
        assert "2 people , one with a place and one with an offer: the same letter." in words(
            ada.post(to(round, "cancel"), typed, follow=True)
        )
        round.bookings.filter(state=BookingState.PLACE).delete()
        assert "1 person , who has an offer: the same letter." in words(
            ada.post(to(round, "cancel"), typed, follow=True)
        )

    def test_of_a_new_date_too(self, ada, round):
        assert confirm(
            ada, round, "postpone", preview_in(ada.post(to(round, "postpone"), {"reason": ""}, follow=True))
        ).status_code
        preview = preview_in(ada.post(to(round, "when"), when(), follow=True))
        BookingFactory(round=round)
        assert errors(confirm(ada, round, "when", preview)) == ["One thing changed since you looked."]

    def test_invitations_that_leave_meanwhile_hold_up_nobody(self, ada, world, round):
        preview = preview_in(ada.post(to(round, "when"), when(), follow=True))
        letter = {"created_at": WEDNESDAY, "due_at": WEDNESDAY, "about": round.pk, "kind": "invitation"}
        Delivery.objects.create(**letter, person=world.ben, dedupe_key="1", state="sent")
        assert confirm(ada, round, "when", preview).status_code == 302
        assert Delivery.objects.filter(kind="round_moved", person=world.ben).exists()

    @pytest.mark.parametrize(("what", "typed"), CHANGES)
    def test_an_administrator_learns_nothing_of_who_books_meanwhile(self, ann, round, what, typed):
        preview = preview_in(ann.post(to(round, what), typed, follow=True))
        BookingFactory.create_batch(3, round=round)
        assert confirm(ann, round, what, preview).status_code == 302


class TestNobodyYet:
    """Published, and nobody has a place, is on the panel or has an invitation in their hands."""

    @pytest.fixture
    def released(self, world, round):
        number = emails.still_to_invite(round, now=NOON).count()
        assert number
        inviting.release_invitations(round=round, expected=number, by=world.ada, now=NOON)
        return round

    @pytest.mark.parametrize(
        ("what", "typed", "verb"),
        [(*CHANGES[0], "Move the Round"), (*CHANGES[1], "Cancel the Round"), (*CHANGES[2], "Postpone the Round")],
    )
    def test_no_letter_is_spoken_of(self, ada, released, what, typed, verb):
        page = words(ada.post(to(released, what), typed, follow=True))
        assert "There is no one yet who has to be told by a letter of their own." in page
        assert f"{verb} Leave it as it is" in page
        assert "write to them" not in page
        assert "the letter" not in page.lower()

    def test_nor_where_no_place_is_booked_or_it_is_at_other_times_too_or_today(self, ada, world):
        today = {"starts_at": NOON + 5 * HOUR, "repeat": uuid.uuid4(), "needs_booking": False}
        page = words(ada.post(to(make(world, **today), "cancel"), {"reason": ""}, follow=True))
        assert "The other times stay as they are." in page
        assert "Everybody to whom this Round is shown sees it on their pages." in page
        assert "the letter" not in page.lower()

    def test_nor_with_its_new_date(self, ada, world, round):
        postponing.postpone(round=round, reason="", seen_version=1, by=world.ada, now=NOON)
        page = words(ada.post(to(round, "when"), when(), follow=True))
        assert "Booking opens again." in page
        assert "Set the new date Leave it as it is" in page
        assert "the letter" not in page.lower()

    def test_of_one_that_is_called_off_invitations_that_have_not_gone_go_no_more(self, ada, released):
        answer = ada.post(to(released, "cancel"), {"reason": ""}, follow=True)
        assert "Invitations that have not gone do not go any more." in words(answer)
        assert confirm(ada, released, "cancel", preview_in(answer)).status_code == 302
        assert not Delivery.objects.exclude(kind="invitation").exists()

    def test_the_panel_is_written_to(self, ada, released):
        StorytellerFactory(round=released)
        page = words(ada.post(to(released, "cancel"), {"reason": ""}, follow=True))
        assert "Cancel the Round and write to them" in page

    def test_an_administrator_reads_the_same_whether_anybody_is(self, ann, world, released):
        page = words(ann.post(to(released, "cancel"), {"reason": ""}, follow=True))
        assert "Cancel the Round and write to them" in page
        BookingFactory(round=released, person=world.ben)
        assert words(ann.post(to(released, "cancel"), {"reason": ""}, follow=True)) == page


class TestFood:
    @pytest.mark.parametrize(
        ("what", "typed", "verb"), [(*CHANGES[0], "changed"), (*CHANGES[1], "called off"), (*CHANGES[2], "called off")]
    )
    def test_is_said_with_its_number_to_the_facilitators_alone(self, ada, client, world, round, what, typed, verb):
        Round.objects.update(food="Lunch", caterer="Brook Kitchen", caterer_phone="01632 960141")
        BookingFactory.create_batch(2, round=round)
        to_do = f"to be {verb}, and no letter does that. Ring Brook Kitchen on 01632 960141."
        assert f"The food, for 2: {to_do}" in words(ada.post(to(round, what), typed, follow=True))
        client.force_login(world.admin)
        assert f"The food: {to_do}" in words(client.post(to(round, what), typed, follow=True))

    def test_groups_eat_too_as_the_page_of_the_food_says(self, ada, world, round):
        Round.objects.update(food="Lunch", keeps_places=True)
        BookingFactory.create_batch(2, round=round)
        KeptPlaces.objects.create(
            round=round, kind=Keeping.GROUP, way=Way.IN_PERSON, places=3, organisation=world.quarry_lane
        )
        assert "The food, for 5: " in words(ada.post(to(round, "cancel"), {}, follow=True))

    def test_nothing_where_there_is_none(self, ada, round):
        Round.objects.update(food="", caterer="")
        assert "The food" not in words(ada.post(to(round, "when"), when(), follow=True))


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
        answer = ada.post(to(booked, "where"), where(world, room=str(cupboard.pk), places="60"), follow=True)
        assert errors(answer)[0].startswith("4 people have a place, and there would be 3 in the room.")
        page = words(answer)
        assert "Nothing is changed yet, and nobody loses a place." in page
        assert "Another room: Great Hall" in page
        assert "Another room: Cupboard" not in page
        assert "Another sitting: plan one like this" in page
        assert Round.objects.get().venue == world.room

    def test_one_press_takes_another_room_as_far_as_the_preview(self, ada, world, booked, cupboard, hall):
        answer = ada.post(to(booked, "where"), where(world, room=str(cupboard.pk), places="3"), follow=True)
        (way_out,) = [(room, places) for room, places in answer.context["ways_out"]["rooms"] if room == hall]
        again = dict(answer.context["ways_out"]["typed"]) | {"room": str(hall.pk), "places": str(way_out[1])}
        preview = ada.post(to(booked, "where"), again, follow=True)
        assert "Then Great Hall" in words(preview)
        assert confirm(ada, booked, "where", preview_in(preview)).status_code == 302
        changed = Round.objects.get()
        assert (changed.venue, changed.places) == (hall, 5)

    def test_a_room_in_which_another_round_meets_then_is_not_offered(self, ada, world, booked, cupboard, hall):
        RoundFactory(system=world.system, venue=hall, starts_at=WEDNESDAY + HOUR / 2)
        page = words(ada.post(to(booked, "where"), where(world, room=str(cupboard.pk)), follow=True))
        assert "Great Hall" not in page.partition("Where is it now?")[2].partition("Room")[0]
        assert "Another room: Great Hall" not in page

    def test_fewer_places_ask_the_same(self, ada, world, booked, hall):
        assert "Another room: Great Hall" in words(ada.post(to(booked, "where"), where(world, places="3"), follow=True))

    def test_a_hybrid_round_may_have_more_online(self, ada, world, booked):
        details = {"joining_details": "https://meet.example/1", "online_places": 9}
        Round.objects.update(format=Format.HYBRID, **details)
        typed = {"joining_details": details["joining_details"], "online_places": "9", "places": "3"}
        assert "Enter more places online below." in words(
            ada.post(to(booked, "where"), where(world, **typed), follow=True)
        )

    def test_too_few_online_ask_for_a_number_and_no_room(self, ada, world, booked):
        Round.objects.update(format=Format.HYBRID, joining_details="https://meet.example/1", online_places=9)
        BookingFactory.create_batch(2, round=booked, way=Way.ONLINE)
        typed = {"joining_details": "https://meet.example/1", "online_places": "1"}
        answer = ada.post(to(booked, "where"), where(world, **typed), follow=True)
        assert errors(answer)[0].startswith("2 people have a place, and there would be 1 online.")
        assert "ways_out" not in answer.context

    def test_an_administrator_reads_no_number(self, ann, world, booked, cupboard):
        page = words(ann.post(to(booked, "where"), where(world, room=str(cupboard.pk), places="3"), follow=True))
        assert "have a place" not in page.partition("Where is it now?")[2]
        assert "Only its facilitators can change how many places this Round has" in page
        page = words(ann.post(to(booked, "where"), where(world, room=str(cupboard.pk), places="60"), follow=True))
        assert "The room takes 3. Enter that many places or fewer" in page
