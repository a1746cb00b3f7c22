"""Booking, taking a freed place, the diary and cancelling, through their pages: rounds/views/registration.py."""

import datetime as dt
import re

import pytest

from members.models import Delivery
from rounds.actions import registration
from rounds.models import Booking
from rounds.states import BookingState, Format, Way
from tests.factories.rounds import BookingFactory
from tests.worlds import NOON

from .pages import buttons_of, fill, main_of, page_of, tab_of, words_of

pytestmark = pytest.mark.django_db

W25 = "The last place went while you were reading. You can join the waiting list."


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


class TestBook:
    def test_leads_back_to_the_page_with_the_place(self, client, ben, make_round):
        round = make_round()
        answer = client.post(page_of(round, "book"))
        assert (answer.status_code, answer.url) == (302, page_of(round))
        page = client.get(answer.url)
        assert "Done You have a place. You find it under My Rounds." in words_of(page)
        assert tab_of(page) == "You have a place: Round on 17 March: Rounds portal"

    def test_is_said_once_and_takes_the_focus(self, client, ben, make_round):
        round = make_round()
        page = client.post(page_of(round, "book"), follow=True)
        banner = re.search(r'<div class="nhsuk-notification-banner[^>]*>', main_of(page)).group()
        assert 'role="alert" data-module="nhsuk-notification-banner"' in banner
        again = client.get(page_of(round))
        assert "nhsuk-notification-banner" not in main_of(again)
        assert tab_of(again) == "Round on 17 March: Rounds portal"

    def test_twice_is_once(self, client, ben, make_round):
        round = make_round()
        for _ in range(2):
            assert client.post(page_of(round, "book")).status_code == 302
        assert Booking.objects.filter(person=ben).count() == 1
        assert Delivery.objects.filter(person=ben, kind="place_confirmed").count() == 1

    def test_takes_the_chosen_way(self, client, ben, make_round):
        round = make_round(format=Format.HYBRID)
        client.post(page_of(round, "book"), {"way": "online"})
        assert Booking.objects.get(person=ben).way == Way.ONLINE

    @pytest.mark.parametrize("way", [{}, {"way": ""}, {"way": "by_boat"}, {"way": "x" * 5000}, {"way": "<b>"}])
    def test_asks_again_how_one_will_come(self, client, ben, make_round, way):
        page = client.post(page_of(make_round(format=Format.HYBRID), "book"), way)
        assert page.status_code == 200
        assert tab_of(page) == "Error: Round on 17 March: Rounds portal"
        assert "There is a problem Choose how you will come" in words_of(page)
        assert 'href="#id_way_0"' in main_of(page)
        assert Booking.objects.count() == 0

    def test_ignores_a_way_where_there_is_only_one(self, client, ben, make_round):
        client.post(page_of(make_round(), "book"), {"way": "online"})
        assert Booking.objects.get(person=ben).way == Way.IN_PERSON

    def test_joins_the_waiting_list_that_one_was_shown(self, client, ben, make_round):
        round = make_round(places=1)
        fill(round)
        page = client.post(page_of(round, "book"), {"offered": ""}, follow=True)
        assert "Done You are on the waiting list. We offer places in the order people joined." in words_of(page)
        assert tab_of(page) == "You are on the waiting list: Round on 17 March: Rounds portal"
        assert Booking.objects.get(person=ben).state == BookingState.WAITING

    def test_asks_again_when_the_last_place_has_gone_meanwhile(self, client, ben, make_round):
        round = make_round(places=1)
        assert 'name="offered" value="in_person"' in main_of(client.get(page_of(round)))
        fill(round)
        page = client.post(page_of(round, "book"), {"offered": "in_person"})
        assert page.status_code == 200
        assert f"There is a problem {W25}" in words_of(page)
        assert buttons_of(page) == ["Join the waiting list"]
        assert Booking.objects.filter(person=ben).count() == 0

    def test_keeps_the_chosen_way_when_its_last_place_has_gone(self, client, ben, make_round):
        round = make_round(format=Format.HYBRID, places=1)
        fill(round)
        page = client.post(page_of(round, "book"), {"way": "in_person", "offered": "in_person,online"})
        assert W25 in words_of(page)
        assert 'value="in_person" checked' in main_of(page)
        assert 'name="offered" value="online"' in main_of(page)

    def test_says_why_not_when_booking_has_closed_meanwhile(self, client, ben, make_round):
        page = client.post(page_of(make_round(booking_closes_at=NOON), "book"))
        assert "There is a problem Booking closed at midday on Wednesday 3 March 2027." in words_of(page)
        assert buttons_of(page) == []


class TestTakePlace:
    def test_gives_the_free_place(self, client, ben, make_round, move_to):
        round = make_round(places=1)
        holder = fill(round)[0]
        registration.book(round=round, person=ben, way=Way.IN_PERSON, now=NOON)
        late = round.starts_at - dt.timedelta(hours=20)
        move_to(late)
        registration.cancel(round=round, person=holder.person, now=late)
        answer = client.post(page_of(round, "take_place"))
        assert answer.url == page_of(round)
        page = client.get(answer.url)
        assert "Done You have a place." in words_of(page)
        assert tab_of(page) == "You have a place: Round on 17 March: Rounds portal"

    def test_says_when_somebody_was_faster(self, client, ben, make_round, move_to):
        round = make_round(places=1)
        fill(round)
        registration.book(round=round, person=ben, way=Way.IN_PERSON, now=NOON)
        move_to(round.starts_at - dt.timedelta(hours=20))
        page = client.post(page_of(round, "take_place"))
        assert (
            "There is a problem The last place went while you were reading. You are still on the waiting list."
            in words_of(page)
        )


class TestDiary:
    def test_one_tap_sends_an_entry(self, client, ben, make_round):
        round = BookingFactory(round=make_round(), person=ben).round
        page = client.post(page_of(round, "add_to_diary"), follow=True)
        assert page.redirect_chain == [(page_of(round), 302)]
        assert "We have sent you the diary entry." in words_of(page)
        assert tab_of(page) == "We have sent you the diary entry: Round on 17 March: Rounds portal"
        assert buttons_of(page) == ["Take the entry out of my diary", "Make my diary address"]
        assert Delivery.objects.filter(person=ben, kind="diary_entry").count() == 1

    def test_without_a_place_nothing_happens(self, client, ben, make_round):
        round = make_round()
        assert client.post(page_of(round, "add_to_diary")).url == page_of(round)
        assert Delivery.objects.count() == 0

    def test_of_a_turn_in_the_queue_there_is_no_entry(self, client, ben, make_round):
        round = BookingFactory(round=make_round(), person=ben, state=BookingState.WAITING).round
        page = client.post(page_of(round, "add_to_diary"))
        assert "There is a problem Only a place can go into your diary." in words_of(page)
        assert client.get(page_of(round, "diary_file")).status_code == 404

    def test_the_file(self, client, ben, make_round):
        round = BookingFactory(round=make_round(), person=ben).round
        answer = client.get(page_of(round, "diary_file"))
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="diary-entry.ics"'
        assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")
        assert Booking.objects.get(person=ben).open_entry is None

    def test_no_file_without_a_place(self, client, ben, make_round):
        assert client.get(page_of(make_round(), "diary_file")).status_code == 404


class TestCancelPlace:
    def test_asks_first(self, client, ben, make_round):
        round = BookingFactory(round=make_round(), person=ben).round
        page = client.get(page_of(round, "cancel_place"))
        assert tab_of(page) == "Cancel your place?: Rounds portal"
        assert (
            "It is offered at once to whoever waits first. If nobody waits, it is free to book. You need not say why. "
            "Yes, cancel my place Keep my place" in words_of(page)
        )
        assert Booking.objects.get(person=ben).state == BookingState.PLACE

    def test_then_cancels_and_says_a_kind_word(self, client, ben, make_round):
        round = BookingFactory(round=make_round(), person=ben).round
        page = client.post(page_of(round, "cancel_place"), follow=True)
        assert page.redirect_chain == [(page_of(round), 302)]
        assert (
            "Your place is cancelled. Could not come after all? That is working life. "
            "You are just as welcome next time." in words_of(page)
        )
        assert tab_of(page) == "Your place is cancelled: Round on 17 March: Rounds portal"
        assert buttons_of(page) == ["Book my place"]

    def test_leaves_the_waiting_list(self, client, ben, make_round):
        round = make_round(places=1)
        fill(round)
        registration.book(round=round, person=ben, way=Way.IN_PERSON, now=NOON)
        assert client.get(page_of(round, "cancel_place")).url == page_of(round)
        page = client.post(page_of(round, "leave_waiting_list"), follow=True)
        assert "You have left the waiting list." in words_of(page)
        assert tab_of(page) == "You have left the waiting list: Round on 17 March: Rounds portal"

    def test_says_who_gets_it_in_the_last_48_hours(self, client, ben, make_round, move_to):
        round = BookingFactory(round=make_round(), person=ben).round
        move_to(round.starts_at - dt.timedelta(hours=20))
        page = client.get(page_of(round, "cancel_place"))
        assert "It goes to whoever takes it first. You need not say why." in words_of(page)

    def test_twice_is_once(self, client, ben, make_round):
        round = BookingFactory(round=make_round(), person=ben).round
        first, second = (client.post(page_of(round, "cancel_place")) for _ in range(2))
        assert (first.url, second.url) == (page_of(round), page_of(round))
        assert client.get(page_of(round, "cancel_place")).url == page_of(round)

    def test_is_too_late_once_it_has_begun(self, client, ben, make_round, move_to):
        round = BookingFactory(round=make_round(), person=ben).round
        move_to(round.starts_at)
        page = client.post(page_of(round, "cancel_place"))
        assert "There is a problem This Round has begun, so there is nothing left to cancel." in words_of(page)
