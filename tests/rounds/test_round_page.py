"""The page of a Round in every state, and what one may do there: rounds/views/registration.py."""

import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rounds.actions import registration
from rounds.models import Booking
from rounds.states import BookingState, Format, RoundState, Way
from tests.factories.rounds import BookingFactory
from tests.worlds import NOON

from .pages import buttons_of, fill, headings_of, main_of, page_of, plain, tab_of, words_of

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
W20 = (
    "Your manager, HR and employer cannot see whether you booked, came or spoke. "
    "The people running this Round see its list until 30 days after it."
)
W21 = (
    "On a work device, or in a work mailbox or diary, your employer may see that you opened this portal, "
    "that we wrote to you and what the entry says. We cannot prevent that."
)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


# --- Every state, in words ----------------------------------------------------------------------


class TestStates:
    def test_open(self, client, ben, make_round):
        page = client.get(page_of(make_round(food="Lunch from 12:15pm")))
        assert buttons_of(page) == ["Book my place"]
        assert "Wednesday 17 March 2027 12:30pm to 1:30pm Deep end" in words_of(page)
        assert "Places available Book my place " + W20 + " " + W21 in words_of(page)
        assert "The panel is not announced and may change on the day." in words_of(page)
        assert "Lunch from 12:15pm" in words_of(page)
        *sections, beside = headings_of(page)
        assert sections == ["What it is about", "Getting there and access", "In the room"]
        assert beside == "If you are worried about someone"

    def test_shows_the_five_rules_and_whom_to_ring_beside_them(self, client, ben, world, make_round):
        world.system.concern_text = "The safeguarding team: 01632 960 002, day and night."
        world.system.save()
        html = main_of(client.get(page_of(make_round())))
        assert html.partition('class="rd-rules"')[2].count("<li>") == 5
        assert "if that is safe. If you are worried about someone Nothing in this portal" in plain(html)
        assert (
            "Nothing in this portal can open what is closed, not even for safeguarding. If you are worried about "
            "someone, ring: The safeguarding team: 01632 960 002, day and night; in an emergency, 999." in plain(html)
        )

    def test_without_local_numbers_the_note_still_says_whom_to_ring(self, client, ben, world, make_round):
        world.system.concern_text = ""
        world.system.save()
        assert "ring: your organisation’s safeguarding lead; in an emergency, 999." in words_of(
            client.get(page_of(make_round()))
        )

    def test_some_left(self, client, ben, make_round):
        round = make_round(places=10)
        fill(round, 8)
        assert "Some places left Book my place" in words_of(client.get(page_of(round)))

    def test_full(self, client, ben, make_round):
        round = make_round(places=1)
        fill(round)
        page = client.get(page_of(round))
        assert buttons_of(page) == ["Join the waiting list"]
        assert (
            "Full: join the waiting list A freed place is offered to the first person waiting, and held for them "
            "until they answer or the time to answer has passed. This goes on until 48 hours before the Round. "
            "After that it goes to whoever takes it first" in words_of(page)
        )
        assert W20 + " " + W21 in words_of(page)

    def test_not_open_yet(self, client, ben, make_round):
        page = client.get(page_of(make_round(booking_opens_at=NOON + DAY)))
        assert "Booking opens on Thursday 4 March at midday" in words_of(page)
        assert buttons_of(page) == []

    def test_booking_closed(self, client, ben, make_round):
        page = client.get(page_of(make_round(booking_closes_at=NOON - DAY)))
        assert "Booking has closed It closed at midday on Tuesday 2 March 2027." in words_of(page)
        assert buttons_of(page) == []

    def test_a_place(self, client, ben, make_round):
        page = client.get(page_of(BookingFactory(round=make_round(), person=ben).round))
        assert "rd-state--settled" in main_of(page)
        assert "You have a place " + W20 + " " + W21 in words_of(page)
        assert buttons_of(page) == ["Send me an entry", "Make my diary address"]
        assert "Cancel my place" in words_of(page)

    def test_waiting_with_the_true_position(self, client, ben, make_round):
        round = make_round(places=1)
        fill(round, 4)
        registration.book(round=round, person=ben, way=Way.IN_PERSON, now=NOON)
        fill(round, 2)
        page = client.get(page_of(round))
        assert "You are on the waiting list You are 4th. We offer places in the order people joined." in words_of(page)
        assert buttons_of(page) == ["Leave the waiting list"]
        assert "Leave the waiting list" in words_of(page)

    def test_a_place_that_is_free_in_the_last_48_hours(self, client, ben, make_round, move_to):
        round = make_round(places=1)
        holder = fill(round)[0]
        registration.book(round=round, person=ben, way=Way.IN_PERSON, now=NOON)
        move_to(round.starts_at - dt.timedelta(hours=20))
        registration.cancel(round=round, person=holder.person, now=round.starts_at - dt.timedelta(hours=20))
        page = client.get(page_of(round))
        assert "A place is free Whoever takes it first has it, on the waiting list or not." in words_of(page)
        assert buttons_of(page) == ["Take the place", "Leave the waiting list"]

    def test_full_in_the_last_48_hours(self, client, ben, make_round, move_to):
        round = make_round(places=1)
        fill(round)
        move_to(round.starts_at - dt.timedelta(hours=20))
        assert (
            "The Round begins in less than 48 hours. A place that is freed now goes to whoever takes it first"
            in words_of(client.get(page_of(round)))
        )

    def test_waiting_after_booking_has_closed(self, client, ben, make_round, move_to):
        round = make_round(places=1)
        fill(round)
        registration.book(round=round, person=ben, way=Way.IN_PERSON, now=NOON)
        move_to(round.booking_closes_at)
        assert "Booking has closed, so no more places are given." in words_of(client.get(page_of(round)))

    def test_nothing_is_cancelled_while_it_runs(self, client, ben, make_round, move_to):
        round = BookingFactory(round=make_round(), person=ben).round
        move_to(round.starts_at)
        page = words_of(client.get(page_of(round)))
        assert "You have a place" in page
        assert "Cancel my place" not in page

    def test_whoever_has_a_place_online_is_offered_no_lunch(self, client, ben, make_round):
        round = make_round(food="Lunch from 12:15pm", format=Format.HYBRID, online_places=5)
        assert "Lunch from 12:15pm" in words_of(client.get(page_of(round)))
        BookingFactory(round=round, person=ben, way=Way.ONLINE)
        assert "Lunch from 12:15pm" not in words_of(client.get(page_of(round)))

    def test_moved(self, client, ben, make_round):
        moved = make_round(version=2, moved_at=NOON, start_before=NOON + 3 * DAY)
        assert "This Round has moved. It was to begin at" in words_of(client.get(page_of(moved)))
        assert "This Round has moved." in words_of(client.get(page_of(make_round(version=2, moved_at=NOON))))
        assert "This Round has moved." not in words_of(client.get(page_of(make_round(version=2))))

    def test_cancelled(self, client, ben, make_round):
        round = make_round(state=RoundState.CANCELLED, cancelled_reason="The room is flooded.", version=2)
        BookingFactory(round=round, person=ben)
        page = client.get(page_of(round))
        assert "This Round is cancelled The room is flooded. You need do nothing." in words_of(page)
        assert buttons_of(page) == []

    @pytest.mark.parametrize("state", [RoundState.HELD, RoundState.CLOSED])
    def test_held(self, client, ben, make_round, state):
        page = client.get(page_of(make_round(state=state)))
        assert "This Round is over" in words_of(page)
        assert buttons_of(page) == []

    def test_over_before_the_clock_has_said_so(self, client, ben, make_round, move_to):
        round = make_round()
        move_to(round.ends_at)
        assert "This Round is over" in words_of(client.get(page_of(round)))

    def test_begun(self, client, ben, make_round, move_to):
        round = make_round()
        move_to(round.starts_at)
        page = client.get(page_of(round))
        assert "This Round has begun" in words_of(page)
        assert buttons_of(page) == []

    def test_two_ways_ask_how_one_will_come(self, client, ben, make_round):
        round = make_round(format=Format.HYBRID, places=1, online_places=100)
        fill(round)
        page = client.get(page_of(round))
        assert (
            "How will you come? In person Full: join the waiting list Online Places available "
            "If there is no place that way, I would take one the other way too Book my place" in words_of(page)
        )

    def test_someone_waiting_hears_of_places_in_the_other_way(self, client, ben, make_round):
        round = make_round(format=Format.HYBRID, places=1, online_places=100)
        fill(round)
        registration.book(round=round, person=ben, way=Way.IN_PERSON, now=NOON)
        page = client.get(page_of(round))
        assert "You wait for a place in the room. There are places online. I would come either way" in words_of(page)
        page = client.post(page_of(round, "come_either_way"), {"either": "1"}, follow=True)
        assert "A place is yours if you want it" in words_of(page)
        assert "It is a place online." in words_of(page)

    def test_somebody_who_would_take_either_has_what_there_is_and_waits_for_both(self, client, ben, make_round):
        round = make_round(format=Format.HYBRID, places=1, online_places=1)
        holders = [*fill(round), *fill(round, way=Way.ONLINE)]
        fill(round, way=Way.ONLINE)
        page = client.post(page_of(round, "book"), {"way": "in_person", "either": "on", "offered": ""}, follow=True)
        assert "You wait for a place in the room or online, whichever comes first. Wait for" in words_of(page)
        page = client.post(page_of(round, "come_either_way"), {}, follow=True)
        assert "You wait for a place in the room. I would come either way" in words_of(page)
        client.post(page_of(round, "come_either_way"), {"either": "1"})
        registration.cancel(round=round, person=holders[1].person, now=NOON)
        assert "You are on the waiting list" in words_of(client.get(page_of(round)))
        registration.cancel(round=round, person=holders[0].person, now=NOON)
        assert "It is a place in the room." in words_of(client.get(page_of(round)))

    def test_with_either_one_has_the_place_there_is(self, client, ben, make_round):
        round = make_round(format=Format.HYBRID, places=1, online_places=1)
        fill(round)
        page = client.post(page_of(round, "book"), {"way": "in_person", "either": "on", "offered": ""}, follow=True)
        assert "You have a place" in words_of(page)
        assert Booking.objects.get(person=ben).way == Way.ONLINE

    @pytest.mark.parametrize(("first", "said"), [("in_person", "in the room already"), ("online", "online already")])
    def test_another_way_from_a_tab_behind_changes_nothing_and_says_so(self, client, ben, make_round, first, said):
        round = make_round(format=Format.HYBRID, places=9, online_places=9)
        other = {"in_person": "online", "online": "in_person"}[first]
        client.post(page_of(round, "book"), {"way": first, "offered": ""})
        page = client.post(page_of(round, "book"), {"way": other, "offered": ""}, follow=True)
        assert f"You have a place {said}, and keep it." in words_of(page)
        assert Booking.objects.get(person=ben).way == first
        page = client.post(page_of(round, "book"), {"way": first, "offered": ""}, follow=True)
        assert "already" not in words_of(page)

    def test_no_thank_you_from_a_tab_behind_keeps_the_place_and_says_so(self, client, ben, make_round):
        round = make_round()
        client.post(page_of(round, "book"), {"offered": ""})
        page = client.post(page_of(round, "leave_waiting_list"), {"my_rounds": "1"}, follow=True)
        assert "You have a place, and keep it." in words_of(page)
        assert Booking.objects.get(person=ben).state == BookingState.PLACE

    def test_whoever_facilitates_finds_the_way_to_its_workspace(self, client, world, make_round):
        round = make_round(facilitators=[world.ada])
        client.force_login(world.ada)
        assert "You facilitate this Round. Open its workspace" in words_of(client.get(page_of(round)))
        client.force_login(world.ben)
        assert "You facilitate" not in words_of(client.get(page_of(round)))


class TestWhatIsNeverShown:
    def test_a_number_of_places(self, client, ben, make_round):
        round = make_round(places=47_470)
        fill(round, 3)
        html = main_of(client.get(page_of(round)))
        assert [number for number in ("47470", "47,470", "47467", "47,467") if number in plain(html)] == []

    def test_a_title_in_the_tab(self, client, ben, make_round):
        assert tab_of(client.get(page_of(make_round()))) == "Round on 17 March: Rounds portal"

    def test_the_link_without_a_place_or_too_early(self, client, ben, make_round, move_to):
        round = make_round(format=Format.ONLINE)
        day_before = round.starts_at - DAY
        move_to(day_before)
        assert "meet.northvale.example" not in words_of(client.get(page_of(round)))
        BookingFactory(round=round, person=ben, way=Way.ONLINE)
        assert "The link is behind this button, after the ground rules. Come in" in words_of(client.get(page_of(round)))
        move_to(day_before - dt.timedelta(seconds=1))
        page = words_of(client.get(page_of(round)))
        assert "Come in" not in page
        assert "From 12:30pm on Tuesday 16 March 2027 you find the link here. It is in no letter" in page

    def test_the_link_to_someone_with_a_seat_in_the_room(self, client, ben, make_round, move_to):
        round = make_round(format=Format.HYBRID)
        BookingFactory(round=round, person=ben, way=Way.IN_PERSON)
        move_to(round.starts_at - DAY)
        assert "How to join" not in words_of(client.get(page_of(round)))

    def test_html_of_a_title_as_html(self, client, ben, make_round):
        round = make_round(about="<script>alert(1)</script>")
        round.title = "<b>Bold</b>"
        round.save()
        html = main_of(client.get(page_of(round)))
        assert "<b>Bold</b>" not in html
        assert "<script>" not in html
        assert "&lt;b&gt;Bold&lt;/b&gt;" in html


VERBS = ["round_page", "book", "take_place", "add_to_diary", "diary_file", "cancel_place"]


class TestDoors:
    @pytest.mark.parametrize("name", VERBS)
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_an_outsider_learns_nothing(self, client, world, make_round, name, method):
        client.force_login(world.cleo)
        there = getattr(client, method)(page_of(make_round(), name))
        nowhere = getattr(client, method)(reverse(name, args=[uuid.uuid4()]))
        assert there.status_code == nowhere.status_code
        assert there.status_code in (404, 405) or there.url.startswith("/rounds/")
        assert Booking.objects.count() == 0

    @pytest.mark.parametrize("state", [RoundState.IDEA, RoundState.PLANNED])
    def test_a_plan_is_not_here(self, client, ben, make_round, state):
        round = make_round(state=state, published_at=None)
        assert client.get(page_of(round)).status_code == 404
        assert client.post(page_of(round, "book")).status_code == 404

    @pytest.mark.parametrize("name", VERBS)
    def test_signed_out_one_signs_in_and_comes_back(self, client, make_round, name):
        address = page_of(make_round(), name)
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code in (302, 405)
            if answer.status_code == 302:
                assert answer.url == f"{reverse('account_request_login_code')}?next={address}"

    @pytest.mark.parametrize("name", ["book", "take_place", "add_to_diary"])
    def test_a_get_does_nothing(self, client, ben, make_round, name):
        round = make_round()
        answer = client.get(page_of(round, name))
        assert answer.status_code == 302
        assert answer.url == page_of(round)
        assert Booking.objects.count() == 0

    def test_a_post_needs_a_token(self, world, make_round):
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.ben)
        assert client.post(page_of(make_round(), "book")).status_code == 403
        assert Booking.objects.count() == 0

    def test_the_way_through_the_invitation_letter(self, client, world, make_round, mailoutbox):
        """Signed out, along the link of a letter: the code, and then the Round itself, without another search."""
        address = page_of(make_round())
        coming_from = {"next": address}
        hidden = f'<input type="hidden" name="next" value="{address}"'
        asked = client.get(address, follow=True)
        assert hidden in main_of(asked)
        sent = client.post(asked.redirect_chain[-1][0], {"email": world.ben.email} | coming_from, follow=True)
        assert hidden in main_of(sent)
        code = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mailoutbox[0].body)[0]
        entered = client.post(sent.redirect_chain[-1][0], {"code": code} | coming_from)
        assert entered.url == address
        assert buttons_of(client.get(address)) == ["Book my place"]


def test_as_many_queries_with_three_bookings_as_with_one(client, ben, make_round):
    counts = []
    for people in (1, 2):
        round = make_round(places=1)
        fill(round, people)
        registration.book(round=round, person=ben, way=Way.IN_PERSON, now=NOON)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(page_of(round))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    # On PostgreSQL six more than on SQLite: four say who looks, and that nobody does any more; two count the queue.
    assert counts[0] <= (14 if connection.vendor == "postgresql" else 12)


def test_a_room_without_a_venue_yet(client, ben, make_round):
    round = make_round(venue=None)
    assert "Room to be announced" in words_of(client.get(page_of(round)))


def test_the_promise_says_the_days_of_its_system(client, ben, make_round):
    round = make_round()
    round.system.days_kept = 1
    round.system.save()
    assert "see its list until 1 day after it." in words_of(client.get(page_of(round)))
