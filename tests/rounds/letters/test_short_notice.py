"""A change within 24 hours of a Round: the words of its letter, at which hour it goes, and how long it counts."""

import datetime as dt

import pytest
from django.core import mail

from rounds import emails
from rounds.actions import registration
from rounds.models import Round
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory, VenueFactory
from tests.worlds import LONDON, NOON

from .sending import DAY, HOUR, MESSAGE, book, call_off, delivered, move

pytestmark = pytest.mark.django_db
TODAY = "Today's meeting has changed: please read now"
TOMORROW = "Tomorrow's meeting has changed: please read now"
MIDNIGHT = dt.datetime(2027, 3, 4, tzinfo=LONDON)


def begins(world, hours, **fields):
    """A Round so many hours from noon, at which Ben has a place."""
    start = NOON + hours * HOUR
    usual = {"system": world.system, "partners": [world.elmbridge], "facilitators": [world.ada]}
    usual |= {"starts_at": start, "reminder_days": []}
    round = RoundFactory(**usual | {"booking_closes_at": start - HOUR / 2} | fields)
    BookingFactory(round=round, person=world.ben)
    return round


def to(round, hours, by, now=NOON):
    start = NOON + hours * HOUR
    return move(round, by, now, starts_at=start, ends_at=start + HOUR)


def urgent(round):
    return (round.urgent_start, round.urgent_until)


class TestWhenItCounts:
    @pytest.mark.parametrize(
        ("was", "now", "counts"),
        [
            # Hours from now: until 24 of them, of the beginning as it was or as it is.
            (24, 200, True),
            (25, 200, False),
            (200, 24, True),
            (200, 25, False),
        ],
    )
    def test_of_a_move(self, world, was, now, counts):
        moved = to(begins(world, was), now, world.ada)
        assert (moved.urgent_start is not None) == counts

    def test_another_room_or_link_counts_and_more_places_or_time_to_book_do_not(self, world):
        for changes, counts in (
            ({"venue": VenueFactory()}, True),
            ({"places": 70}, False),
            ({"booking_closes_at": NOON + 3 * HOUR}, False),
        ):
            assert (move(begins(world, 5), world.ada, **changes).urgent_start is not None) == counts
        online = begins(world, 5, format="online")
        assert move(online, world.ada, joining_details="https://meet.northvale.example/2").urgent_start

    def test_a_cancellation_counts_and_of_a_plan_nothing(self, world):
        assert call_off(begins(world, 24), world.ada).urgent_start == NOON + 24 * HOUR
        assert call_off(begins(world, 25), world.ada).urgent_start is None
        assert to(begins(world, 5, state="planned"), 6, world.ada).urgent_start is None

    def test_it_begins_with_the_first_such_day_and_ends_with_the_last(self, world):
        assert urgent(to(begins(world, 5), 7 * 24, world.ada)) == (NOON + 5 * HOUR, MIDNIGHT)
        assert urgent(to(begins(world, 5), 22, world.ada)) == (NOON + 5 * HOUR, MIDNIGHT + DAY)
        assert urgent(to(begins(world, 22), 5, world.ada)) == (NOON + 5 * HOUR, MIDNIGHT + DAY)

    def test_a_second_change_takes_nothing_back(self, world):
        moved = to(begins(world, 5), 200, world.ada)
        again = to(moved, 220, world.ada, NOON + HOUR)
        assert urgent(again) == (NOON + 5 * HOUR, MIDNIGHT)
        sooner = to(again, 20, world.ada, NOON + HOUR)
        assert urgent(sooner) == (NOON + 5 * HOUR, MIDNIGHT + DAY)

    def test_the_room_before_is_remembered_as_long_as_it_counts(self, world):
        round, chapel = begins(world, 5), VenueFactory()
        room = round.venue
        moved = move(round, world.ada, venue=chapel)
        assert moved.room_before == room
        assert to(moved, 30 * 24, world.ada, NOON + HOUR).room_before == room
        last = Round.objects.get(pk=round.pk)
        assert to(last, 31 * 24, world.ada, last.starts_at - HOUR).room_before is None

    def test_a_day_of_25_hours_ends_at_its_midnight(self, world):
        """31 October 2027, from summer time on."""
        start = dt.datetime(2027, 10, 31, 12, tzinfo=LONDON)
        moved = call_off(begins(world, 0, starts_at=start), world.ada, start - 2 * HOUR)
        assert moved.urgent_until == dt.datetime(2027, 11, 1, tzinfo=dt.UTC)


class TestItsWords:
    def test_moved_today(self, world):
        to(begins(world, 5), 6, world.ada)
        assert delivered() == [(world.ben.email, TODAY)]
        body = mail.outbox[0].body
        assert "A Schwartz Round has changed at short notice." in body
        assert "6pm to 7pm" in body

    def test_tomorrow_is_called_so_and_after_midnight_today(self, world):
        to(begins(world, 20), 21, world.ada)
        assert delivered(NOON + 11 * HOUR) == [(world.ben.email, TOMORROW)]
        to(begins(world, 20), 21, world.ada)
        assert delivered(MIDNIGHT + HOUR) == [(world.ben.email, TODAY)]

    def test_a_round_that_leaves_today_for_next_week_is_todays(self, world):
        to(begins(world, 5), 7 * 24 + 5, world.ada)
        assert delivered() == [(world.ben.email, TODAY)]
        assert "Wednesday 10 March 2027" in mail.outbox[0].body

    def test_called_off_today_with_the_reason(self, world):
        call_off(begins(world, 5), world.ada, reason="The hall has no heating.")
        assert delivered() == [(world.ben.email, TODAY)]
        assert "It had to be called off at short notice:" in mail.outbox[0].body
        assert "The hall has no heating." in mail.outbox[0].body

    def test_once_that_day_is_over_it_is_a_letter_as_ever(self, world):
        to(begins(world, 5), 7 * 24 + 5, world.ada)
        assert delivered(MIDNIGHT) == [(world.ben.email, "Schwartz Round on 10 March: something has changed")]

    def test_everyone_gets_the_same_and_at_any_hour(self, world):
        """With a place, waiting or only invited; in the quiet hours, within a week of an invitation."""
        type(world.system).objects.update(quiet_from="20:00", quiet_until="07:00")
        round, night = begins(world, 22, invitations_released_at=NOON, places=1), NOON + 11 * HOUR
        emails.invite(round, now=NOON)
        book(round, world.ines)
        delivered()
        call_off(round, world.ada, night)
        assert delivered(night) == sorted((each.email, TOMORROW) for each in (world.ada, world.ben, world.ines))
        assert len({letter.body for letter in mail.outbox}) == 1

    def test_the_panel_reads_that_it_should_look_today_and_no_more(self, world):
        teller, shy = PersonFactory(), PersonFactory(neutral_letters=True)
        round = begins(world, 5)
        for person in (teller, shy):
            StorytellerFactory(round=round, person=person)
        registration.cancel(round=round, person=world.ben, now=NOON)
        delivered()
        call_off(round, world.ada)
        assert delivered() == sorted((each.email, f"{MESSAGE}: please read it today") for each in (teller, shy))
        assert all(round.title not in letter.message().as_string() for letter in mail.outbox)
