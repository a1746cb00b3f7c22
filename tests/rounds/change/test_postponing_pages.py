"""Postponing, a new date and going back to planned, as their pages ask, and what everybody's pages say meanwhile."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Delivery
from rounds.actions import postponing, registration
from rounds.models import Round
from rounds.states import BookingState, RoundState
from tests.factories.rounds import BookingFactory, StorytellerFactory
from tests.worlds import NOON

from .changing import WEDNESDAY, errors, make, moved, preview_in, to, when, where, words

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def postponed(round, by, now=NOON, reason=""):
    return postponing.postpone(round=round, reason=reason, seen_version=round.version, by=by, now=now)


class TestPostponing:
    def test_shows_who_is_told_and_saves_nothing(self, ada, world, round):
        BookingFactory(round=round, person=world.ben, in_diary=True)
        assert "Nobody can book meanwhile" in words(ada.get(to(round, "postpone")))
        page = words(ada.post(to(round, "postpone"), {"reason": "The room is flooded."}, follow=True))
        assert "1 person , who has a place: the same letter. 1 diary entry goes." in page
        assert "The reason they read The room is flooded." in page
        assert "Postpone the Round and write to them" in page
        assert Round.objects.get().state == RoundState.PUBLISHED

    def test_does_what_was_shown(self, ada, world, round):
        BookingFactory(round=round, person=world.ben)
        assert moved(ada, round, "postpone", {"reason": ""}).url == reverse("round_details", args=[round.pk])
        assert Round.objects.get().state == RoundState.POSTPONED
        assert "Postponed, and without a date" in words(ada.get(reverse("round_details", args=[round.pk])))

    def test_an_administrator_reads_no_number(self, client, world, round):
        BookingFactory(round=round, person=world.ben)
        client.force_login(world.admin)
        page = words(client.post(to(round, "postpone"), {"reason": ""}, follow=True))
        assert "You see no numbers here" in page
        assert "Diary entries that people asked for come out." in page

    def test_at_short_notice_it_says_whom_to_ring(self, ada, world):
        today = make(world, starts_at=NOON + 5 * HOUR, title="Today")
        assert "This is at short notice" in words(ada.post(to(today, "postpone"), {"reason": ""}, follow=True))

    def test_not_twice(self, ada, world, round):
        preview = preview_in(ada.post(to(round, "postpone"), {"reason": ""}, follow=True))
        ada.post(to(round, "postpone", "confirm_change"), {"preview": preview})
        again = ada.post(to(round, "postpone", "confirm_change"), {"preview": preview})
        assert errors(again) == ["This Round has begun or does not take place, so it can no longer be postponed."]

    def test_one_that_nobody_knows_of(self, ada, world):
        planned = make(world, state="planned")
        page = words(ada.post(to(planned, "postpone"), {"reason": ""}, follow=True))
        assert "Nobody. This Round was not published, so nobody knows of it yet." in page
        done = moved(ada, planned, "postpone", {"reason": ""})
        assert "Nobody was written to." in words(ada.get(done.url))


class TestANewDate:
    @pytest.fixture
    def postponed(self, world, round):
        BookingFactory(round=round, person=world.ben)
        BookingFactory(round=round, person=world.cleo, state=BookingState.WAITING)
        return postponed(round, world.ada)

    def test_is_asked_for_first(self, ada, postponed):
        workspace = words(ada.get(reverse("round_workspace", args=[postponed.pk])))
        assert "Set a new date, or call it off Needs you" in workspace
        assert "No date yet It was to be on Wednesday 4 August 2027" in workspace
        asked = words(ada.get(reverse("round_change", args=[postponed.pk])))
        assert "It has a new date" in asked
        assert "It is postponed" not in asked
        assert "What is the new date?" in words(ada.get(to(postponed, "when")))

    def test_shows_who_is_told(self, ada, postponed):
        page = words(ada.post(to(postponed, "when"), when("18 8 2027"), follow=True))
        assert "2 people , one with a place and one waiting: the same letter." in page
        assert "Now Postponed, without a date Then Wednesday 18 August 2027" in page
        assert "the letter asks them to give it back if they cannot come on that day" in page
        assert Round.objects.get().state == RoundState.POSTPONED

    def test_does_what_was_shown(self, ada, postponed):
        done = moved(ada, postponed, "when", when("18 8 2027"))
        assert "The Round has a new date. Whoever was told of it gets a letter." in words(ada.get(done.url))
        round = Round.objects.get()
        assert (round.state, round.starts_at) == (RoundState.PUBLISHED, WEDNESDAY + 14 * DAY)
        assert Delivery.objects.filter(kind="round_new_date").count() == 2

    def test_twice_pressed_is_done_once(self, ada, postponed):
        preview = preview_in(ada.post(to(postponed, "when"), when("18 8 2027"), follow=True))
        for _ in range(2):
            ada.post(to(postponed, "when", "confirm_change"), {"preview": preview})
        assert Round.objects.get().version == 3

    def test_the_day_that_it_had_will_do_and_one_that_is_past_will_not(self, ada, postponed):
        assert errors(ada.post(to(postponed, "when"), when("1 3 2027"), follow=True)) == [
            "The date of the Round must be in the future"
        ]
        moved(ada, postponed, "when", when("4 8 2027"))
        assert Round.objects.get().starts_at == WEDNESDAY

    def test_another_room_meanwhile_is_said_with_it(self, ada, world, postponed):
        page = ada.post(to(postponed, "where"), where(world, places="50"), follow=True)
        assert "Nobody yet. The letter that says the new date says this too." in words(page)
        moved(ada, postponed, "where", where(world, places="50"))
        assert Round.objects.get().places == 50

    def test_called_off_instead(self, ada, postponed):
        moved(ada, postponed, "cancel", {"reason": ""})
        assert Round.objects.get().state == RoundState.CANCELLED
        assert Delivery.objects.filter(kind="round_cancelled").count() == 2


class TestBackToPlanned:
    def press(self, client, round):
        return client.post(reverse("unpublish_round", args=[round.pk]))

    def test_while_nobody_knows(self, ada, round):
        assert "Take it back to planned" in words(ada.get(reverse("round_details", args=[round.pk])))
        self.press(ada, round)
        assert Round.objects.get().state == RoundState.PLANNED

    def test_not_once_somebody_has_booked(self, ada, world, round):
        registration.book(round=round, person=world.ben, way="in_person", now=NOON)
        assert "has booked, so it cannot go back" in words(self.press(ada, round))
        assert Round.objects.get().state == RoundState.PUBLISHED

    def test_is_not_offered_to_whoever_may_not_see_bookings(self, client, world, round):
        client.force_login(world.admin)
        assert "Take it back" not in words(client.get(reverse("round_details", args=[round.pk])))
        assert self.press(client, round).status_code == 403

    def test_nothing_happens_by_looking(self, ada, round):
        ada.get(reverse("unpublish_round", args=[round.pk]))
        assert Round.objects.get().state == RoundState.PUBLISHED


class TestEverybodysPages:
    @pytest.fixture(params=[-1, 20])
    def later(self, request, time_machine):
        """Before the day that it had, and after it."""
        return lambda round, person, client: (
            time_machine.move_to(round.ends_at + request.param * DAY),
            client.force_login(person),
        )

    def test_with_a_place(self, client, world, round, later):
        BookingFactory(round=round, person=world.ben)
        postponed(round, world.ada, reason="The room is flooded.")
        later(round, world.ben, client)
        page = words(client.get(reverse("round_page", args=[round.pk])))
        assert "No date yet It was to be on Wednesday 4 August 2027" in page
        assert "This Round is postponed The room is flooded." in page
        assert "Your place is kept until then, at most until Friday 3 September 2027." in page
        assert "Give my place back" in page
        mine = words(client.get(reverse("my_rounds")))
        assert "Not taking place as planned No date yet" in mine
        assert f"“{round.title}”, postponed" in words(client.get(reverse("all_we_hold")))
        assert "Cancel your place?" in words(client.get(reverse("cancel_place", args=[round.pk])))
        client.post(reverse("cancel_place", args=[round.pk]))
        assert round.bookings.get().state == BookingState.CANCELLED

    def test_without_one(self, client, world, round, later):
        postponed(round, world.ada)
        later(round, world.ben, client)
        page = words(client.get(reverse("round_page", args=[round.pk])))
        assert "Its new date is not known yet." in page
        assert "kept until then" not in page
        assert "Book" not in page
        assert "Postponed, without a new date yet No date yet" in words(client.get(reverse("find_rounds")))
        assert client.get(reverse("cancel_place", args=[round.pk])).status_code == 302

    def test_on_the_panel(self, client, world, round, later):
        mine = StorytellerFactory(round=round, person=world.cleo, done=["agreed"])
        postponed(round, world.ada)
        later(round, world.cleo, client)
        page = words(client.get(reverse("preparation", args=[mine.pk])))
        assert "This Round is postponed Its new date is not known yet." in page
        assert "Step back from this Round" in page

    def test_its_facilitators_go_on_with_the_panel(self, client, world, round, later):
        postponed(round, world.ada)
        later(round, world.ada, client)
        page = words(client.get(reverse("round_panel", args=[round.pk])))
        assert "Thrown in, postponed" in page
        assert "Ask someone" in page
        assert "Thrown in, postponed" in words(client.get(reverse("organise")))

    def test_no_place_is_in_a_diary_that_fetches(self, client, world, round):
        BookingFactory(round=round, person=world.ben)
        postponed(round, world.ada)
        client.force_login(world.ben)
        assert client.get(reverse("diary_file", args=[round.pk])).status_code == 404

    def test_at_short_notice_on_every_page(self, client, world):
        today = make(world, starts_at=NOON + 5 * HOUR, title="Today")
        postponed(today, world.ada)
        client.force_login(world.ben)
        assert "is postponed. Its new date is not known yet." in words(client.get(reverse("home")))
        assert "Changed at short notice This Round is postponed." in words(
            client.get(reverse("round_page", args=[today.pk]))
        )

    def test_find_asks_as_often_for_three_as_for_one(self, client, world, round):
        postponed(round, world.ada)
        client.force_login(world.ben)

        def asked():
            with CaptureQueriesContext(connection) as found:
                client.get(reverse("find_rounds"))
            return len(found)

        once = asked()
        for _ in range(2):
            postponed(make(world), world.ada)
        assert asked() == once

    def test_names_go_when_promised(self, client, world, round, time_machine):
        BookingFactory(round=round, person=world.ben)
        postponed(round, world.ada)
        time_machine.move_to(round.kept_until)
        client.force_login(world.ben)
        assert "Not taking place as planned" not in words(client.get(reverse("my_rounds")))
