"""Who is written to about a place of theirs, and reminded of it."""

import datetime as dt

import pytest
from django.core import mail
from django.utils import timezone

from members.models import Delivery
from rounds import emails
from rounds.actions import registration, waiting
from rounds.emails import reading
from rounds.models import Booking
from tests.factories.rounds import LONDON, RoundFactory
from tests.worlds import NOON

from .sending import DAY, HOUR, MESSAGE, book, delivered, find_a_date, kinds, move, postpone

pytestmark = pytest.mark.django_db


def offered(world, round):
    """To Ines, who waited for the place that Ben gave back."""
    type(round).objects.update(places=1)
    book(round, world.ben)
    book(round, world.ines)
    registration.cancel(round=round, person=world.ben, now=NOON)
    round.refresh_from_db()


def offers_to(person):
    """Of what leaves now."""
    delivered()
    return [letter for letter in mail.outbox if letter.to == [person.email] and "answer by" in letter.subject]


class TestPlaces:
    def test_a_place(self, world, a_round):
        book(a_round, world.ben)
        assert delivered() == [(world.ben.email, MESSAGE)]
        assert "You have a place." in mail.outbox[0].body

    def test_waiting_then_a_place_of_ones_own(self, world, a_round):
        type(a_round).objects.update(places=1)
        book(a_round, world.ben)
        book(a_round, world.ines)
        assert len(delivered()) == 2
        registration.cancel(round=a_round, person=world.ben, now=NOON)
        assert delivered() == [(world.ines.email, f"{MESSAGE}: please answer by 5pm Friday")]
        assert "We are holding it for you until 5pm on Friday 5 March." in mail.outbox[0].body
        registration.take_place(round=a_round, person=world.ines, now=NOON)
        assert delivered() == [(world.ines.email, MESSAGE)]
        assert "You have a place." in mail.outbox[0].body

    def test_a_freed_place_that_is_given_outright(self, world, a_round):
        type(a_round).objects.update(places=1, gives_outright=True)
        book(a_round, world.ben)
        book(a_round, world.ines)
        assert len(delivered()) == 2
        assert [("is yours at once" in letter.body) for letter in mail.outbox].count(True) == 1
        registration.cancel(round=a_round, person=world.ben, now=NOON)
        assert delivered() == [(world.ines.email, MESSAGE)]
        assert "A place has come free, and it is yours." in mail.outbox[0].body

    def test_an_offer_that_ended(self, world, a_round):
        """To who did not answer; the next one has an offer of their own. No letter about it once they have answered."""
        type(a_round).objects.update(places=1)
        for person in (world.ben, world.ines, world.cleo):
            book(a_round, person)
        registration.cancel(round=a_round, person=world.ben, now=NOON)
        delivered()
        late = NOON + 3 * DAY
        assert waiting.lapse_offers(now=late) == 1
        assert delivered(late) == [
            (world.cleo.email, f"{MESSAGE}: please answer by 5pm Monday"),
            (world.ines.email, MESSAGE),
        ]
        lapsed = next(letter for letter in mail.outbox if letter.to == [world.ines.email])
        assert "The time to answer has passed, so the next person was offered the place." in lapsed.body
        registration.cancel(round=a_round, person=world.cleo, now=late)
        assert waiting.lapse_offers(now=late + 9 * DAY) == 0

    def test_an_offer_that_was_answered_or_has_ended_is_not_sent(self, world, a_round):
        type(a_round).objects.update(places=1)
        for person in (world.ben, world.ines, world.cleo):
            book(a_round, person)
        registration.cancel(round=a_round, person=world.ben, now=NOON)
        registration.leave_the_list(round=a_round, person=world.ines, now=NOON)
        assert delivered(NOON + 3 * DAY) == []
        waiting.lapse_offers(now=NOON + 3 * DAY)
        book(a_round, world.cleo, now=NOON + 3 * DAY)
        assert [subject for _, subject in delivered(NOON + 3 * DAY)] == [MESSAGE]
        assert kinds(kind="offer_lapsed") == {("offer_lapsed", "cancelled"): 1}

    def test_an_offer_has_a_letter_for_each_end_as_its_round_moves(self, world, a_round):
        """To and fro: what the last letter says is so, also where an end comes again."""
        offered(world, a_round)
        delivered()
        ends = []
        for days in (-5, 5, -5):
            a_round.refresh_from_db()
            start = a_round.starts_at + days * DAY
            move(a_round, world.ada, starts_at=start, ends_at=start + HOUR)
            theirs = offers_to(world.ines)
            end = Booking.objects.get(person=world.ines).offer_ends_at
            assert [reading.words_of_offer(end)["held_until"] in letter.body for letter in theirs] == [True]
            ends.append(end)
            [of_all] = [letter for letter in mail.outbox if letter not in theirs]
            assert "If a place is offered to you, answer by the day on its page." in of_all.body
        assert ends[0] == ends[2] != ends[1]

    def test_an_offer_that_had_not_gone_says_only_the_end_that_it_has(self, world, a_round):
        offered(world, a_round)
        move(a_round, world.ada)
        assert len(offers_to(world.ines)) == 1
        assert kinds(person=world.ines, kind="place_offered") == {
            ("place_offered", "cancelled"): 1,
            ("place_offered", "sent"): 1,
        }

    @pytest.mark.parametrize("looked_at", [True, False])
    def test_an_offer_that_had_not_gone_when_the_round_was_postponed_goes_with_its_new_date(
        self, world, a_round, looked_at
    ):
        """Also where its end is the same as before."""
        offered(world, a_round)
        end = Booking.objects.get(person=world.ines).offer_ends_at
        a_round = postpone(a_round, world.ada)
        if looked_at:
            delivered()
        find_a_date(a_round, world.ada, a_round.starts_at)
        assert Booking.objects.get(person=world.ines).offer_ends_at == end
        assert len(offers_to(world.ines)) == 1

    def test_neutral_letters_say_by_when_and_no_more(self, world, a_round):
        type(a_round).objects.update(places=1)
        type(world.ines).objects.filter(pk=world.ines.pk).update(neutral_letters=True)
        book(a_round, world.ben)
        book(a_round, world.ines)
        registration.cancel(round=a_round, person=world.ben, now=NOON)
        assert delivered() == [(world.ines.email, f"{MESSAGE}: please answer by 5pm Friday")]
        assert "place" not in mail.outbox[0].body

    def test_what_is_no_longer_true_is_not_sent(self, world, a_round):
        type(a_round).objects.update(places=1)
        book(a_round, world.ben)
        book(a_round, world.ines)
        registration.cancel(round=a_round, person=world.ben, now=NOON)
        assert delivered() == [(world.ines.email, f"{MESSAGE}: please answer by 5pm Friday")]
        assert kinds(person=world.ines) == {("on_waiting_list", "cancelled"): 1, ("place_offered", "sent"): 1}
        assert kinds(person=world.ben) == {("place_confirmed", "cancelled"): 1, ("reminder", "pending"): 2}

    def test_booking_again_is_a_new_letter(self, world, a_round):
        for _ in range(2):
            book(a_round, world.ben)
            assert delivered() == [(world.ben.email, MESSAGE)]
            registration.cancel(round=a_round, person=world.ben, now=NOON)

    def test_nothing_once_the_round_has_begun_or_the_account_is_closed(self, world, a_round):
        book(a_round, world.ben)
        book(a_round, world.ines)
        type(world.ines).objects.filter(pk=world.ines.pk).update(is_active=False)
        assert delivered(a_round.starts_at) == []


class TestReminders:
    def test_at_the_rounds_own_hour_so_many_days_before(self, world, a_round):
        book(a_round, world.ben)
        delivered()
        assert delivered(a_round.starts_at - 7 * DAY - dt.timedelta(minutes=1)) == []
        assert delivered(a_round.starts_at - 7 * DAY) == [(world.ben.email, MESSAGE)]
        assert delivered(a_round.starts_at - DAY) == [(world.ben.email, MESSAGE)]
        assert delivered(a_round.starts_at) == []

    def test_by_the_clock_on_the_wall_across_a_change_of_the_clocks(self, world, a_round):
        a_round.starts_at = dt.datetime(2027, 3, 29, 12, 30, tzinfo=LONDON)
        moment = timezone.localtime(emails.writing.reminder_moment(a_round, 7))
        assert (moment.isoformat(), a_round.starts_at.isoformat()) == (
            "2027-03-22T12:30:00+00:00",
            "2027-03-29T12:30:00+01:00",
        )

    @pytest.mark.parametrize(
        ("starts", "goes"),
        [
            # 28 March 2027: at 1am it is 2am; 31 October: at 2am it is 1am. The second pair is UTC.
            ((2027, 3, 28, 12, 30), "2027-03-27T12:30"),
            ((2027, 3, 29, 12, 30), "2027-03-28T11:30"),
            ((2027, 3, 29, 1, 30), "2027-03-28T01:30"),
            ((2027, 10, 31, 12, 30), "2027-10-30T11:30"),
            ((2027, 11, 1, 12, 30), "2027-10-31T12:30"),
            ((2027, 11, 1, 1, 30), "2027-10-31T00:30"),
        ],
    )
    def test_once_and_at_its_hour_when_the_clocks_change(self, world, starts, goes):
        starts_at, goes_at = dt.datetime(*starts, tzinfo=LONDON), dt.datetime.fromisoformat(f"{goes}+00:00")
        round = RoundFactory(system=world.system, starts_at=starts_at, reminder_days=[1])
        book(round, world.ben)
        delivered()
        assert delivered(goes_at - dt.timedelta(minutes=1)) == []
        assert delivered(goes_at) == [(world.ben.email, MESSAGE)]
        assert delivered(goes_at + HOUR) == []

    def test_only_those_still_ahead(self, world, a_round):
        book(a_round, world.ben, now=a_round.starts_at - 3 * DAY)
        [due_at] = Delivery.objects.filter(kind="reminder").values_list("due_at", flat=True)
        assert due_at == a_round.starts_at - DAY

    def test_not_without_a_place(self, world, a_round):
        book(a_round, world.ben)
        registration.cancel(round=a_round, person=world.ben, now=NOON)
        assert delivered(a_round.starts_at - 7 * DAY) == []

    def test_one_and_not_two_after_a_long_silence(self, world, a_round):
        book(a_round, world.ben)
        delivered()
        assert delivered(a_round.starts_at - HOUR) == [(world.ben.email, MESSAGE)]

    def test_follow_the_round_to_another_day(self, world, a_round):
        book(a_round, world.ben)
        move(a_round, world.ada)
        delivered()
        assert delivered(a_round.starts_at - 7 * DAY) == []
        assert delivered(a_round.starts_at) == [(world.ben.email, MESSAGE)]

    def test_are_given_anew_for_a_new_day_and_once_for_a_new_hour(self, world, a_round):
        book(a_round, world.ben)
        delivered(a_round.starts_at - 7 * DAY)
        later = move(
            a_round,
            world.ada,
            a_round.starts_at - 6 * DAY,
            starts_at=a_round.starts_at + 30 * DAY,
            ends_at=a_round.ends_at + 30 * DAY,
        )
        delivered(a_round.starts_at - 6 * DAY)
        assert delivered(later.starts_at - 7 * DAY) == [(world.ben.email, MESSAGE)]
        an_hour = {"starts_at": later.starts_at + HOUR, "ends_at": later.ends_at + HOUR}
        move(later, world.ada, later.starts_at - 6 * DAY, **an_hour)
        delivered(later.starts_at - 6 * DAY)
        assert delivered(later.starts_at - 5 * DAY) == []
        assert delivered(later.starts_at - DAY) == []
        assert delivered(later.starts_at - DAY + HOUR) == [(world.ben.email, MESSAGE)]

    def test_come_back_with_a_round_that_moves_back(self, world, a_round):
        book(a_round, world.ben)
        there = move(a_round, world.ada)
        move(there, world.ada, starts_at=a_round.starts_at, ends_at=a_round.ends_at)
        delivered()
        assert delivered(a_round.starts_at - 7 * DAY) == [(world.ben.email, MESSAGE)]
