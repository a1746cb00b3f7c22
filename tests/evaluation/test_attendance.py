"""Ticks, the headcount and what figures keep of it."""

from datetime import timedelta

import pytest

from evaluation.actions import attendance
from evaluation.models import Attendance, Register, RoundFigure
from evaluation.reports.door import on_the_list
from rounds.states import BookingState, RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import BookingFactory, RoundFactory

pytestmark = pytest.mark.django_db


def tick(booking, now=None):
    return attendance.tick_in(round=booking.round, person=booking.person_id, now=now or booking.round.starts_at)


def close(round, headcount, now=None):
    return attendance.close_register(round=round, headcount=headcount, now=now or round.ends_at)


def test_a_tick_an_undo_and_a_second_tick():
    booking = BookingFactory()
    tick(booking)
    tick(booking)
    assert Attendance.objects.count() == 1
    attendance.undo_tick(round=booking.round, person=booking.person, now=booking.round.starts_at)
    attendance.undo_tick(round=booking.round, person=booking.person, now=booking.round.starts_at)
    assert not Attendance.objects.exists()


def test_an_attendance_keeps_no_time_and_no_order():
    kinds = {field.get_internal_type() for field in Attendance._meta.concrete_fields}
    assert kinds == {"UUIDField", "ForeignKey", "CharField", "BooleanField"}


@pytest.mark.parametrize("state", [BookingState.WAITING, BookingState.CANCELLED])
def test_only_those_with_a_place_are_ticked(state):
    with pytest.raises(Refused, match="welcome all the same"):
        tick(BookingFactory(state=state))


def test_the_list_opens_on_the_day():
    booking = BookingFactory()
    with pytest.raises(Refused, match="on the day of the Round"):
        tick(booking, now=booking.round.starts_at - timedelta(days=1))
    tick(booking, now=booking.round.starts_at.replace(hour=0, minute=0))


@pytest.mark.parametrize("state", [RoundState.PLANNED, RoundState.CANCELLED, RoundState.CLOSED])
def test_there_is_no_list_for_rounds_that_do_not_take_place(state):
    with pytest.raises(Refused, match="no list at the door"):
        tick(BookingFactory(round__state=state))


@pytest.mark.parametrize(("headcount", "shown"), [(1, None), (7, None), (8, 10), (12, 10), (43, 45)])
def test_figures_keep_the_headcount_rounded(headcount, shown):
    round = RoundFactory()
    close(round, headcount)
    figure = RoundFigure.objects.get()
    assert (figure.headcount, figure.headcount_entered_at) == (shown, round.ends_at)
    register = Register.objects.get()
    assert (register.headcount, register.closed_at) == (headcount, round.ends_at)


def test_the_register_closes_once():
    round = RoundFactory()
    close(round, 40)
    with pytest.raises(Refused, match="The register is closed"):
        close(round, 60)
    assert RoundFigure.objects.get().headcount == 40
    assert Register.objects.get().headcount == 40


def test_after_closing_nobody_is_ticked_or_unticked():
    booking = BookingFactory()
    tick(booking)
    close(booking.round, 40)
    for action in (attendance.tick_in, attendance.undo_tick):
        with pytest.raises(Refused, match="The register is closed"):
            action(round=booking.round, person=booking.person, now=booking.round.ends_at)
    assert Attendance.objects.count() == 1


def test_a_headcount_below_the_ticks_or_beyond_reason_is_refused():
    round = RoundFactory()
    for booking in BookingFactory.create_batch(3, round=round):
        tick(booking)
    with pytest.raises(Refused, match="3 people are ticked in, so at least 3 were there"):
        close(round, 2)
    with pytest.raises(Refused, match="Enter a number up to 2,000"):
        close(round, 2001)
    close(round, 3)


def test_the_register_does_not_close_before_the_round_begins():
    round = RoundFactory()
    with pytest.raises(Refused, match="once the Round has begun"):
        close(round, 3, now=round.starts_at - timedelta(minutes=1))


def test_who_gave_their_place_back_after_being_ticked_in_can_be_unticked():
    booking = BookingFactory()
    tick(booking)
    booking.state = BookingState.CANCELLED
    booking.save()
    assert list(on_the_list(booking.round)) == [booking.person_id]
    attendance.undo_tick(round=booking.round, person=booking.person, now=booking.round.starts_at)
    assert list(on_the_list(booking.round)) == []


def test_somebody_who_booked_again_stands_once_on_the_list():
    booking = BookingFactory(state=BookingState.CANCELLED)
    again = BookingFactory(round=booking.round, person=booking.person)
    tick(again)
    assert on_the_list(booking.round) == {booking.person_id: again}
