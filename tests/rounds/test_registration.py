"""Places, the waiting list and the 48 hours: rounds/actions/registration.py."""

import datetime as dt

import pytest

from members.models import Delivery
from rounds.actions import registration
from rounds.actions.waiting import turn
from rounds.models import Booking, Round
from rounds.states import Availability, BookingState, Format, RoundState, Way
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def book(round, person=None, way=Way.IN_PERSON, now=NOON, **options):
    return registration.book(round=round, person=person or PersonFactory(), way=way, now=now, **options)


def cancel(booking, now=NOON):
    return registration.cancel(round=booking.round, person=booking.person, now=now)


def letters(person):
    return sorted(Delivery.objects.filter(person=person).exclude(kind="reminder").values_list("kind", flat=True))


def states(round):
    return list(round.bookings.order_by("queue_number").values_list("state", flat=True))


class TestBook:
    def test_gives_a_place_and_writes_once(self):
        round = RoundFactory(places=1)
        booking = book(round)
        assert (booking.state, booking.queue_number, booking.changed_at) == (BookingState.PLACE, 1, NOON)
        assert letters(booking.person) == ["place_confirmed"]

    def test_puts_the_next_one_into_the_queue(self):
        round = RoundFactory(places=1)
        book(round)
        second, third = book(round), book(round)
        assert states(round) == [BookingState.PLACE, BookingState.WAITING, BookingState.WAITING]
        assert [turn(each).position for each in (second, third)] == [1, 2]
        assert letters(second.person) == ["on_waiting_list"]

    def test_twice_is_once(self):
        round, person = RoundFactory(), PersonFactory()
        first, second = book(round, person), book(round, person)
        assert first == second
        assert round.bookings.count() == 1
        assert letters(person) == ["place_confirmed"]

    def test_after_a_cancellation_is_a_new_booking_with_new_letters(self):
        round, person = RoundFactory(), PersonFactory()
        first = book(round, person)
        cancel(first)
        second = book(round, person)
        assert first.pk != second.pk
        assert states(round) == [BookingState.CANCELLED, BookingState.PLACE]
        assert letters(person) == ["place_confirmed", "place_confirmed"]

    def test_counts_each_way_by_itself(self):
        round = RoundFactory(format=Format.HYBRID, places=1, online_places=1)
        book(round, way=Way.IN_PERSON)
        waiting = book(round, way=Way.IN_PERSON)
        online = book(round, way=Way.ONLINE)
        assert (waiting.state, online.state) == (BookingState.WAITING, BookingState.PLACE)
        assert turn(waiting).position == 1

    def test_asks_again_whoever_was_shown_a_place_that_has_gone(self):
        round, person = RoundFactory(places=1), PersonFactory()
        book(round)
        with pytest.raises(registration.LastPlaceGone) as refusal:
            book(round, person, or_wait=False)
        assert str(refusal.value) == "The last place went while you were reading. You can join the waiting list."
        assert letters(person) == []

    def test_does_not_let_a_newcomer_pass_the_queue(self):
        """A place is freed without a cancellation when an account is erased."""
        round = RoundFactory(places=1)
        holder = book(round)
        waiting = book(round)
        holder.person.delete()
        newcomer = book(round)
        waiting.refresh_from_db()
        assert (waiting.state, newcomer.state) == (BookingState.OFFERED, BookingState.WAITING)
        assert letters(waiting.person) == ["on_waiting_list", "place_offered"]

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"booking_opens_at": NOON + DAY}, "Booking opens at midday on Thursday 4 March 2027."),
            ({"booking_closes_at": NOON}, "Booking closed at midday on Wednesday 3 March 2027."),
            ({"state": RoundState.PLANNED}, "This Round is not open for booking."),
            ({"state": RoundState.HELD}, "This Round is not open for booking."),
            ({"state": RoundState.CANCELLED}, "This Round is cancelled."),
        ],
    )
    def test_refuses_when_booking_is_not_open(self, fields, sentence):
        round = RoundFactory(**fields)
        with pytest.raises(registration.NotOpen) as refusal:
            book(round)
        assert str(refusal.value) == sentence
        assert round.bookings.count() == 0

    def test_opens_at_its_very_moment(self):
        assert book(RoundFactory(booking_opens_at=NOON)).state == BookingState.PLACE

    @pytest.mark.parametrize("way", ["online", "", "by_boat"])
    def test_refuses_a_way_that_the_round_does_not_have(self, way):
        round = RoundFactory()
        with pytest.raises(Refused) as refusal:
            book(round, way=way)
        assert str(refusal.value) == "Choose how you will come."

    def test_writes_reminders_that_are_still_ahead(self):
        round = RoundFactory(reminder_days=[30, 7, 1])
        booking = book(round)
        due = Delivery.objects.filter(person=booking.person, kind="reminder").order_by("due_at")
        assert [letter.due_at for letter in due] == [round.starts_at - 7 * DAY, round.starts_at - DAY]


class TestCancel:
    def test_offers_the_place_to_the_first_in_the_queue(self):
        round = RoundFactory(places=1)
        holder = book(round)
        first, second = book(round), book(round)
        cancel(holder)
        assert states(round) == [BookingState.CANCELLED, BookingState.OFFERED, BookingState.WAITING]
        assert turn(second).position == 1
        assert letters(first.person) == ["on_waiting_list", "place_offered"]
        assert letters(second.person) == ["on_waiting_list"]

    def test_gives_it_within_its_own_way(self):
        round = RoundFactory(format=Format.HYBRID, places=1, online_places=1)
        in_room, online = book(round), book(round, way=Way.ONLINE)
        waits_for_room, waits_online = book(round), book(round, way=Way.ONLINE)
        cancel(online)
        waits_for_room.refresh_from_db()
        waits_online.refresh_from_db()
        assert (waits_for_room.state, waits_online.state) == (BookingState.WAITING, BookingState.OFFERED)
        assert in_room.state == BookingState.PLACE

    def test_of_a_turn_in_the_queue_moves_the_others_up(self):
        round = RoundFactory(places=1)
        book(round)
        first, second = book(round), book(round)
        cancel(first)
        assert turn(second).position == 1
        assert letters(first.person) == ["on_waiting_list"]

    def test_twice_gives_one_place_to_one_person(self):
        round = RoundFactory(places=2)
        holder = book(round)
        book(round)
        book(round)
        book(round)
        cancel(holder)
        assert cancel(holder) is None
        assert states(round) == [
            BookingState.CANCELLED,
            BookingState.PLACE,
            BookingState.OFFERED,
            BookingState.WAITING,
        ]

    def test_without_a_booking_is_nothing(self):
        assert registration.cancel(round=RoundFactory(), person=PersonFactory(), now=NOON) is None

    def test_is_refused_once_the_round_has_begun(self):
        booking = BookingFactory()
        with pytest.raises(Refused) as refusal:
            cancel(booking, now=booking.round.starts_at)
        assert str(refusal.value) == "This Round has begun, so there is nothing left to cancel."

    def test_takes_the_entry_out_of_a_diary_that_has_it(self):
        with_entry, without = BookingFactory(in_diary=True), BookingFactory()
        cancel(with_entry)
        cancel(without)
        assert letters(with_entry.person) == ["place_given_back"]
        assert letters(without.person) == []


class TestLastFortyEightHours:
    @pytest.fixture
    def round(self):
        return RoundFactory(places=1)

    @pytest.fixture
    def late(self, round):
        return round.starts_at - dt.timedelta(hours=48)

    def test_until_then_a_place_is_offered(self, round, late):
        holder, waiting = book(round), book(round)
        cancel(holder, now=late - dt.timedelta(seconds=1))
        waiting.refresh_from_db()
        assert waiting.state == BookingState.OFFERED

    def test_from_then_on_it_is_free_for_whoever_takes_it(self, round, late):
        holder, waiting = book(round), book(round)
        cancel(holder, now=late)
        waiting.refresh_from_db()
        assert waiting.state == BookingState.WAITING
        assert book(round, now=late).state == BookingState.PLACE

    def test_someone_waiting_may_take_it(self, round, late):
        holder, first, second = book(round), book(round), book(round)
        cancel(holder, now=late)
        taken = registration.take_place(round=round, person=second.person, now=late)
        assert taken == second
        assert states(round) == [BookingState.CANCELLED, BookingState.WAITING, BookingState.PLACE]
        assert letters(second.person) == ["on_waiting_list", "place_confirmed"]
        with pytest.raises(registration.LastPlaceGone) as refusal:
            registration.take_place(round=round, person=first.person, now=late)
        assert str(refusal.value) == ("The last place went while you were reading. You are still on the waiting list.")

    def test_taking_twice_is_once(self, round, late):
        holder, waiting = book(round), book(round)
        cancel(holder, now=late)
        for _ in range(2):
            registration.take_place(round=round, person=waiting.person, now=late)
        assert letters(waiting.person) == ["on_waiting_list", "place_confirmed"]

    def test_nothing_is_taken_by_those_who_do_not_wait(self, round, late):
        with pytest.raises(Refused) as refusal:
            registration.take_place(round=round, person=PersonFactory(), now=late)
        assert str(refusal.value) == "You are not on the waiting list of this Round."

    def test_nothing_is_taken_after_booking_has_closed(self, round):
        book(round)
        waiting = book(round)
        with pytest.raises(registration.NotOpen):
            registration.take_place(round=round, person=waiting.person, now=round.booking_closes_at)


class TestKeepInDiary:
    def test_sends_an_entry_once(self):
        booking = BookingFactory()
        for _ in range(2):
            booking = registration.keep_in_diary(booking=booking, now=NOON)
        assert booking.open_entry.address == booking.person.email
        assert letters(booking.person) == ["diary_entry"]

    @pytest.mark.parametrize("state", [BookingState.WAITING, BookingState.CANCELLED])
    def test_only_of_a_place(self, state):
        booking = BookingFactory(state=state)
        with pytest.raises(Refused) as refusal:
            registration.keep_in_diary(booking=booking, now=NOON)
        assert str(refusal.value) == "Only a place can go into your diary."


class TestFillFreePlaces:
    def test_gives_what_a_larger_room_brings(self):
        round = RoundFactory(places=1)
        book(round)
        waiting = [book(round), book(round), book(round)]
        round = Round.objects.get(pk=round.pk)
        round.places = 3
        assert registration.fill_free_places(round=round, now=NOON) == waiting[:2]
        assert states(round) == [BookingState.PLACE, *[BookingState.OFFERED] * 2, BookingState.WAITING]

    def test_gives_nothing_in_a_smaller_room(self):
        round = RoundFactory(places=2)
        book(round)
        book(round)
        book(round)
        round.places = 1
        assert registration.fill_free_places(round=round, now=NOON) == []

    def test_gives_nothing_at_a_round_that_does_not_take_place(self):
        round = RoundFactory(places=1, state=RoundState.CANCELLED)
        BookingFactory(round=round, state=BookingState.WAITING)
        assert registration.fill_free_places(round=round, now=NOON) == []


class TestWords:
    """All that is said about places outside the team, with hysteresis."""

    def test_follow_every_booking(self):
        round, said = RoundFactory(places=10), []
        for _ in range(10):
            book(round)
            round.refresh_from_db()
            said.append(round.availability)
        assert said == [Availability.AVAILABLE] * 7 + [Availability.SOME] * 2 + [Availability.FULL]

    def test_do_not_change_back_at_the_edge(self):
        round = RoundFactory(places=10)
        bookings = [book(round) for _ in range(8)]
        said = []
        for booking in bookings[:3]:
            cancel(booking)
            round.refresh_from_db()
            said.append(round.availability)
        assert said == [Availability.SOME, Availability.AVAILABLE, Availability.AVAILABLE]

    def test_stay_full_while_a_freed_place_goes_to_the_queue(self):
        round = RoundFactory(places=1)
        holder = book(round)
        book(round)
        cancel(holder)
        round.refresh_from_db()
        assert round.availability == Availability.FULL

    def test_are_kept_per_way(self):
        round = RoundFactory(format=Format.HYBRID, places=1, online_places=10)
        book(round)
        round.refresh_from_db()
        assert (round.availability, round.online_availability) == (Availability.FULL, Availability.AVAILABLE)


def test_nothing_but_the_booking_and_its_letters_is_kept(django_assert_max_num_queries):
    round, person = RoundFactory(), PersonFactory()
    with django_assert_max_num_queries(9):
        book(round, person)
    assert Booking.objects.filter(person=person).count() == 1
