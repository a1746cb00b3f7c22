"""Who reads what when a Round is postponed, and when it has a new date: in the same words, place or none."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import transaction

from members.models import Delivery
from rounds import emails
from rounds.actions import panel, registration
from rounds.models import Booking, Round
from rounds.states import BookingState
from tests.factories.members import OrganisationFactory, PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON

from .diary import Diaries
from .sending import DAY, HOUR, MESSAGE, book, call_off, delivered, find_a_date, kinds, move, postpone

pytestmark = pytest.mark.django_db
POSTPONED = "Schwartz Round on 17 March: it is postponed"
NEW_DATE = "Schwartz Round on 24 March: a new date"
URGENT = "Today's meeting has changed: please read now"


def again(round):
    return Round.objects.get(pk=round.pk)


@pytest.fixture
def invited(world, a_round):
    """Everyone at Elmbridge, and the contact of a home, have been written to; Ben has a place, Ines waits."""
    home = OrganisationFactory(name="Larch", has_staff_list=False, contact_email="rota@larch.example")
    a_round.invited_partners.create(organisation=home)
    Round.objects.update(places=1)
    emails.invite(a_round, now=NOON)
    emails.pass_on_letters(a_round, now=NOON)
    book(a_round, world.ben)
    book(a_round, world.ines)
    delivered()
    return again(a_round)


def without_links(letter):
    return re.sub(r"http\S+", "", letter.body)


class TestWhoIsTold:
    def test_everyone_who_was_written_to_in_the_same_words(self, world, invited):
        everyone = ["rota@larch.example", *(each.email for each in (world.ada, world.ben, world.ines))]
        postpone(invited, world.ada, reason="The room is flooded.")
        assert delivered() == sorted((address, POSTPONED) for address in everyone)
        assert len({without_links(letter) for letter in mail.outbox}) == 1
        said = " ".join(mail.outbox[0].body.split())
        assert "The room is flooded." in said
        assert "it stays yours until there is a new date, at most until Friday 16 April 2027" in said
        find_a_date(again(invited), world.ada)
        assert delivered() == sorted((address, NEW_DATE) for address in everyone)
        assert len({without_links(letter) for letter in mail.outbox}) == 1
        assert "it is still yours. Can you come on that day?" in mail.outbox[0].body

    def test_who_booked_without_being_written_to(self, world, a_round):
        BookingFactory(round=a_round, person=world.cleo)
        postpone(a_round, world.ada)
        assert delivered() == [(world.cleo.email, POSTPONED)]

    def test_the_panel_reads_that_there_is_news_and_nothing_else(self, world, a_round):
        panel.ask(round=a_round, email="nora@elsewhere.example", by=world.ada, now=NOON)
        delivered()
        postpone(a_round, world.ada)
        assert delivered() == [("nora@elsewhere.example", MESSAGE)]
        assert "postponed" not in mail.outbox[0].body
        find_a_date(again(a_round), world.ada)
        assert delivered() == [("nora@elsewhere.example", MESSAGE)]

    def test_news_reaches_the_panel_after_the_day_that_it_had(self, world, a_round):
        panel.ask(round=a_round, email="nora@elsewhere.example", by=world.ada, now=NOON)
        delivered()
        postpone(a_round, world.ada)
        later = a_round.ends_at + 5 * DAY
        assert delivered(later) == [("nora@elsewhere.example", MESSAGE)]

    def test_nobody_where_it_was_never_published(self, world):
        planned = RoundFactory(system=world.system, facilitators=[world.ada], state="planned")
        assert postpone(planned, world.ada).version == 2
        assert (delivered(), find_a_date(again(planned), world.ada).state) == ([], "planned")
        assert delivered() == []

    def test_a_letter_that_was_overtaken_does_not_go(self, world, invited):
        postpone(invited, world.ada)
        find_a_date(again(invited), world.ada)
        assert {subject for _, subject in delivered()} == {NEW_DATE}
        assert kinds(kind="round_postponed") == {("round_postponed", "cancelled"): 4}

    def test_called_off_after_all_also_when_its_day_is_past(self, world, invited):
        postpone(invited, world.ada)
        delivered()
        later = invited.ends_at + 5 * DAY
        call_off(again(invited), world.ada, later)
        assert {subject for _, subject in delivered(later)} == {"Schwartz Round on 17 March: it does not take place"}
        assert len(mail.outbox) == 4


class TestAtShortNotice:
    def test_it_is_read_now(self, world):
        today = RoundFactory(system=world.system, facilitators=[world.ada], starts_at=NOON + 5 * HOUR)
        BookingFactory(round=today, person=world.ben)
        postpone(today, world.ada)
        assert delivered() == [(world.ben.email, URGENT)]
        assert "Please do not set out for it." in mail.outbox[0].body

    def test_a_new_date_today_is_too(self, world, a_round):
        BookingFactory(round=a_round, person=world.ben)
        postpone(a_round, world.ada)
        delivered()
        find_a_date(again(a_round), world.ada, NOON + 5 * HOUR)
        assert delivered() == [(world.ben.email, URGENT)]
        assert "takes place very soon" in mail.outbox[0].body

    def test_a_day_that_is_past_makes_no_new_date_urgent(self, world, a_round):
        BookingFactory(round=a_round, person=world.ben)
        postpone(a_round, world.ada)
        later = a_round.ends_at + DAY
        delivered(later)
        find_a_date(again(a_round), world.ada, a_round.starts_at + 14 * DAY, later)
        assert delivered(later) == [(world.ben.email, "Schwartz Round on 31 March: a new date")]


class TestMeanwhile:
    def test_no_invitation_and_no_reminder_goes_and_those_left_out_are_invited_to_the_new_date(self, world, invited):
        postpone(invited, world.ada)
        new = PersonFactory(works_for=world.elmbridge)
        delivered()
        day_before = invited.starts_at - DAY
        assert emails.invite(again(invited), now=day_before) == 0
        assert delivered(day_before) == []
        find_a_date(again(invited), world.ada, invited.starts_at + 21 * DAY, day_before)
        emails.invite(again(invited), now=day_before)
        assert (new.email, "Schwartz Round on 7 April: booking is open") in delivered(day_before)
        reminded = delivered(invited.starts_at + 20 * DAY)
        assert (world.ben.email, MESSAGE) in reminded

    def test_an_invitation_that_waited_goes_with_the_new_date(self, world, a_round):
        emails.invite(a_round, now=NOON)
        postpone(a_round, world.ada)
        assert delivered() == []
        find_a_date(again(a_round), world.ada)
        assert {subject for _, subject in delivered()} == {"Schwartz Round on 24 March: booking is open"}
        assert len(mail.outbox) == 3

    def test_what_was_stopped_stays_stopped(self, world, a_round):
        emails.invite(a_round, now=NOON)
        with transaction.atomic():
            Round.objects.update(invitations_stopped_at=NOON)
            emails.stop_inviting(a_round, now=NOON)
        postpone(again(a_round), world.ada)
        find_a_date(again(a_round), world.ada)
        assert delivered() == []


class TestPlaces:
    def test_stand_and_what_is_given_back_goes_on_with_the_new_date(self, world, invited):
        postpone(invited, world.ada)
        delivered()
        registration.cancel(round=invited, person=world.ben, now=NOON)
        ines = Booking.objects.get(person=world.ines)
        assert (ines.state, delivered()) == (BookingState.WAITING, [])
        find_a_date(again(invited), world.ada)
        ines.refresh_from_db()
        assert ines.state == BookingState.OFFERED
        assert [subject for address, subject in delivered() if address == world.ines.email and MESSAGE in subject]

    def test_can_be_given_back_after_the_day_that_it_had(self, world, invited):
        postpone(invited, world.ada)
        later = invited.ends_at + DAY
        assert registration.cancel(round=invited, person=world.ben, now=later).had_place

    def test_nobody_books_meanwhile(self, world, invited):
        postpone(invited, world.ada)
        with pytest.raises(registration.NotOpen, match="This Round is postponed"):
            book(again(invited), world.cleo)

    def test_no_entry_is_put_into_a_diary_meanwhile(self, world, invited):
        postpone(invited, world.ada)
        with pytest.raises(registration.Refused, match="there is no day to put into your diary yet"):
            registration.keep_in_diary(booking=Booking.objects.get(person=world.ben), now=NOON)

    def test_names_are_kept_no_longer_than_promised(self, world, invited):
        """A date found later than 30 days after the day that it had begins with nobody."""
        postpone(invited, world.ada)
        last = invited.kept_until
        find_a_date(again(invited), world.ada, last + 9 * DAY, last)
        assert Booking.objects.count() == 0
        assert again(invited).availability == "available"

    def test_up_to_that_day_they_stand(self, world, invited):
        postpone(invited, world.ada)
        last = invited.kept_until - dt.timedelta(seconds=1)
        find_a_date(again(invited), world.ada, last + 9 * DAY, last)
        assert Booking.objects.count() == 2


class TestDiaries:
    def test_entries_come_out_and_another_is_put_in_for_the_new_date(self, world, a_round):
        diaries = Diaries()
        registration.keep_in_diary(booking=book(a_round, world.ben), now=NOON)
        delivered_into(diaries)
        assert list(diaries.shown()) == [world.ben.email]
        postpone(again(a_round), world.ada)
        delivered_into(diaries)
        assert diaries.shown() == {}
        found = find_a_date(again(a_round), world.ada, now=NOON + HOUR)
        delivered_into(diaries, NOON + HOUR)
        assert diaries.shown() == {}
        registration.keep_in_diary(booking=Booking.objects.get(), now=NOON + HOUR)
        delivered_into(diaries, NOON + HOUR)
        assert [when for when, _ in diaries.shown()[world.ben.email]] == [found.starts_at]

    @pytest.mark.parametrize("following", [find_a_date, call_off])
    def test_a_cancellation_that_had_not_gone_goes_with_the_next_news(self, world, a_round, following):
        diaries = Diaries()
        registration.keep_in_diary(booking=book(a_round, world.ben), now=NOON)
        delivered_into(diaries)
        postpone(again(a_round), world.ada)
        following(again(a_round), world.ada, now=NOON + HOUR)
        delivered_into(diaries, NOON + HOUR)
        assert diaries.shown() == {}
        assert Delivery.objects.filter(kind="round_postponed", state="sent").count() == 0

    def test_one_that_has_gone_is_not_sent_again(self, world, a_round):
        diaries = Diaries()
        registration.keep_in_diary(booking=book(a_round, world.ben), now=NOON)
        delivered_into(diaries)
        postpone(again(a_round), world.ada)
        delivered_into(diaries)
        find_a_date(again(a_round), world.ada, now=NOON + HOUR)
        delivered_into(diaries, NOON + HOUR)
        assert ["text/calendar" in letter.message().as_string() for letter in mail.outbox] == [False]


def delivered_into(diaries, now=NOON):
    delivered(now)
    diaries.read = 0
    diaries.look()


def test_moved_after_a_new_date_is_a_move(world, a_round):
    BookingFactory(round=a_round, person=world.ben)
    postpone(a_round, world.ada)
    find_a_date(again(a_round), world.ada)
    delivered()
    move(again(a_round), world.ada)
    assert delivered() == [(world.ben.email, "Schwartz Round on 31 March: something has changed")]
    assert "It was to begin" in mail.outbox[0].body


def test_moved_before_anybody_knows_the_new_date_it_names_none_that_nobody_was_told(world, a_round):
    BookingFactory(round=a_round, person=world.ben)
    postpone(a_round, world.ada)
    delivered()
    find_a_date(again(a_round), world.ada)
    move(again(a_round), world.ada)
    assert delivered() == [(world.ben.email, "Schwartz Round on 31 March: something has changed")]
    assert "It was to begin" not in mail.outbox[0].body
