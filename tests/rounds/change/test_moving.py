"""Moving a Round as its facilitator meets it: rounds/views/change.py."""

import datetime as dt

import pytest
from django.urls import reverse

from members.models import Delivery
from rounds.actions import scheduling
from rounds.models import Round, Venue
from rounds.states import BookingState, Format, RoundState
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory
from tests.worlds import NOON

from .changing import WEDNESDAY, errors, make, moved, preview_in, to, when, where, words

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class TestMoving:
    @pytest.mark.parametrize(
        ("places", "waiting", "among"),
        [
            (0, 0, "the same letter."),
            (2, 0, "the same letter, the 2 with a place among them."),
            (0, 1, "the same letter, the one waiting among them."),
        ],
    )
    def test_what_nobody_has_is_left_out(self, ada, round, places, waiting, among):
        BookingFactory.create_batch(places, round=round)
        BookingFactory.create_batch(waiting, round=round, state=BookingState.WAITING)
        letter = {"created_at": NOON, "due_at": NOON, "about": round.pk, "kind": "invitation", "state": "sent"}
        Delivery.objects.create(**letter, person=PersonFactory(), dedupe_key="1")
        page = words(ada.post(to(round, "when"), when(), follow=True))
        assert among in page
        assert "diary" not in page
        assert " 0 " not in page

    def test_shows_what_changes_and_who_is_told_and_saves_nothing(self, ada, world, round):
        BookingFactory(round=round, person=world.ben, in_diary=True)
        BookingFactory(round=round, person=world.cleo, state=BookingState.WAITING)
        letter = {"created_at": NOON, "due_at": NOON, "about": round.pk, "kind": "invitation", "state": "sent"}
        for number in range(3):
            Delivery.objects.create(**letter, person=PersonFactory(), dedupe_key=f"{number}")
        page = words(ada.post(to(round, "when"), when(), follow=True))
        assert (
            "5 people : the same letter, the one with a place and the one waiting among them. 1 diary entry moves."
            in page
        )
        assert "Now Wednesday 4 August 2027, 12:30pm to 1:30pm Then Thursday 5 August 2027" in page
        assert "Booking closes Now 11:30am on Wednesday 4 August 2027 Then 11:30am on Thursday 5 August" in page
        assert Round.objects.get().version == 1
        assert Delivery.objects.filter(kind="round_moved").count() == 0

    def test_does_what_was_shown(self, ada, world, round):
        BookingFactory(round=round, person=world.ben)
        assert moved(ada, round, "when", when()).url == reverse("round_details", args=[round.pk])
        round.refresh_from_db()
        assert (round.starts_at, round.ends_at, round.version) == (WEDNESDAY + DAY, WEDNESDAY + DAY + HOUR, 2)
        assert list(Delivery.objects.filter(kind="round_moved").values_list("person", flat=True)) == [world.ben.pk]

    def test_to_a_new_room_with_more_places(self, ada, world, round):
        room = {"room": "new", "new_name": "Chapel", "new_organisation": str(world.elmbridge.pk), "new_limit": "90"}
        moved(ada, round, "where", room | {"places": "90"})
        round.refresh_from_db()
        assert (round.venue, round.places) == (Venue.objects.get(name="Chapel"), 90)

    def test_of_places_alone_nobody_is_told(self, ada, world, round):
        BookingFactory(round=round, person=world.ben)
        answer = ada.post(to(round, "where"), where(world, places="50"), follow=True)
        assert "Nobody. When and where stay as they are." in words(answer)
        done = ada.post(to(round, "where", "confirm_change"), {"preview": preview_in(answer)}, follow=True)
        assert "The Round has changed. Nobody was written to." in words(done)
        assert (Round.objects.get().places, Delivery.objects.filter(kind="round_moved").count()) == (50, 0)

    def test_twice_pressed_is_done_once(self, ada, world, round):
        preview = preview_in(ada.post(to(round, "when"), when(), follow=True))
        confirm = to(round, "when", "confirm_change")
        assert ada.post(confirm, {"preview": preview}).status_code == 302
        again = ada.post(confirm, {"preview": preview})
        assert errors(again) == ["Nothing would change. Enter what is different, or leave the Round as it is."]
        assert Round.objects.get().version == 2

    def test_whoever_goes_back_finds_the_preview_until_it_is_done(self, ada, world, round):
        there = ada.post(to(round, "when"), when())
        assert there.status_code == 302
        for _ in range(2):
            page = ada.get(there.url)
            assert "Thursday 5 August 2027" in words(page)
            assert page.headers["Cache-Control"] == "no-store, private"
        ada.post(to(round, "when", "confirm_change"), {"preview": preview_in(page)})
        back = ada.get(there.url)
        assert (back.status_code, back.context["form"].is_bound) == (200, False)

    def test_the_address_of_a_preview_tells_nobody_else_what_was_typed(self, ada, client, world, round):
        there = ada.post(to(round, "cancel"), {"reason": "The room is flooded"}).url
        assert "flooded" not in there
        client.force_login(world.admin)
        assert "flooded" not in words(client.get(there))

    def test_of_two_changes_the_address_shows_its_own_or_none(self, ada, world, round):
        there = ada.post(to(round, "when"), when()).url
        ada.post(to(make(world), "when"), when("6 8 2027"))
        assert not ada.get(there).context["form"].is_bound

    def test_a_stale_preview_is_refused_and_shown_anew(self, ada, world, round):
        preview = preview_in(ada.post(to(round, "when"), when(), follow=True))
        for version, hours in ((1, 2), (2, 3)):
            changes = {"ends_at": WEDNESDAY + hours * HOUR}
            scheduling.move(round=round, changes=changes, seen_version=version, by=world.ada, now=NOON)
        answer = ada.post(to(round, "when", "confirm_change"), {"preview": preview})
        assert errors(answer) == ["Two things changed since you looked."]
        assert "Thursday 5 August 2027" in words(answer)
        assert Round.objects.get().starts_at == WEDNESDAY
        assert ada.post(to(round, "when", "confirm_change"), {"preview": preview_in(answer)}).status_code == 302
        assert Round.objects.get().starts_at == WEDNESDAY + DAY

    def test_a_preview_lapses_and_is_shown_anew(self, ada, world, round, time_machine):
        preview = preview_in(ada.post(to(round, "when"), when(), follow=True))
        time_machine.move_to(NOON + dt.timedelta(minutes=31))
        ada.force_login(world.ada)
        answer = ada.post(to(round, "when", "confirm_change"), {"preview": preview})
        assert errors(answer)[0].startswith("This preview is more than half an hour old.")
        assert Round.objects.get().version == 1
        assert ada.post(to(round, "when", "confirm_change"), {"preview": preview_in(answer)}).status_code == 302

    def test_a_preview_is_for_one_round_one_person_and_one_change(self, ada, client, world, round):
        preview = preview_in(ada.post(to(round, "when"), when(), follow=True))
        other = make(world)
        for url in (to(other, "when", "confirm_change"), to(round, "cancel", "confirm_change")):
            assert ada.post(url, {"preview": preview}).status_code == 302
        client.force_login(world.admin)
        client.post(to(round, "when", "confirm_change"), {"preview": preview})
        for forged in ("", "x", preview[:-2], "a:b:c", preview.swapcase()):
            ada.post(to(round, "when", "confirm_change"), {"preview": forged})
        assert set(Round.objects.values_list("version", "starts_at")) == {(1, WEDNESDAY)}

    def test_a_day_that_passed_meanwhile_is_asked_again(self, ada, world, round, time_machine):
        preview = preview_in(ada.post(to(round, "when"), when("3 3 2027", "12:10pm", "1:10pm"), follow=True))
        time_machine.move_to(NOON + dt.timedelta(minutes=15))
        answer = ada.post(to(round, "when", "confirm_change"), {"preview": preview})
        assert errors(answer) == ["The date of the Round must be in the future"]

    @pytest.mark.parametrize(
        ("what", "typed", "sentence"),
        [
            ("when", {}, "Enter the date of the Round"),
            ("when", when("31 2 2027"), "The date of the Round must be a real date"),
            ("when", when("2 3 2027"), "The date of the Round must be in the future"),
            ("when", when(ends="12pm"), "The time it ends must be after the time it starts"),
            ("when", when("28 3 2027", "1:30am", "2:30am"), "so there is no 1:30am. Choose another time"),
            ("when", when("4 8 2027"), "Nothing would change. Enter what is different"),
            ("where", {}, "Choose a room, or enter a new one"),
            ("where", {"places": "many"}, "Places in the room must be a whole number, like 60"),
            ("where", {"places": "81"}, "The room takes 80. Enter that many places or fewer, or choose another room"),
            ("cancel", {"reason": "x" * 201}, "“Why, in a few words” must be 200 characters or fewer"),
        ],
    )
    def test_wrong_values_are_said(self, ada, world, round, what, typed, sentence):
        typed = where(world, **typed) if what == "where" and typed else typed
        answer = ada.post(to(round, what), typed, follow=True)
        assert sentence in " ".join(errors(answer))
        assert answer.content.decode().count("There is a problem") == 1

    def test_a_room_too_small_for_those_who_come(self, ada, world, round):
        BookingFactory.create_batch(4, round=round)
        answer = ada.post(to(round, "where"), where(world, places="3"), follow=True)
        assert errors(answer)[0].startswith("4 people have a place, and there would be 3 in the room.")

    def test_a_hybrid_round_asks_for_both(self, ada, world):
        round = make(world, format=Format.HYBRID)
        typed = where(world, joining_details="https://meet.northvale.example/2", online_places="120")
        moved(ada, round, "where", typed)
        round.refresh_from_db()
        assert (round.online_places, round.joining_details) == (120, "https://meet.northvale.example/2")

    def test_nobody_is_told_of_a_plan(self, ada, world):
        round = make(world, state=RoundState.PLANNED)
        page = words(ada.post(to(round, "when"), when(), follow=True))
        assert "Nobody. This Round was not published" in page
        moved(ada, round, "when", when())
        assert Delivery.objects.count() == 0

    def test_what_is_over_is_not_moved(self, ada, world):
        round = make(world, state=RoundState.HELD, starts_at=NOON - DAY, published_at=NOON - 2 * DAY,
                     booking_opens_at=NOON - 9 * DAY)  # fmt: skip
        answer = ada.post(to(round, "when"), when(), follow=True)
        assert errors(answer) == ["This Round has begun or was called off, so it can no longer be changed."]
