"""The one letter after a Round: to everyone who had a place, decided without a look at the register."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections
from django.test.utils import CaptureQueriesContext

from evaluation import emails
from evaluation.actions import clock, feedback
from evaluation.models import FeedbackBox
from members.actions import correspondence
from members.models import Delivery
from rounds.models import Booking, Round
from rounds.states import BookingState, RoundState
from tests.factories.evaluation import AttendanceFactory, FeedbackBoxFactory, RegisterFactory
from tests.factories.rounds import BookingFactory, RoundFactory, TeamMemberFactory

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def box():
    return FeedbackBoxFactory(room_code="K7M3HT", round__title="Between <two> wards & homes")


def over(box, *, after=MINUTE):
    clock.follow(now=box.round.ends_at + after)


def send(box, *, after=MINUTE):
    mail.outbox.clear()
    correspondence.dispatch(now=box.round.ends_at + after)
    return sorted(mail.outbox, key=lambda letter: letter.to)


def states():
    return sorted(Delivery.objects.order_by("id").values_list("kind", "state"))


def test_everyone_who_had_a_place_gets_the_same_letter_come_or_not(box):
    came, stayed = BookingFactory.create_batch(2, round=box.round)
    AttendanceFactory(round=box.round, person=came.person)
    RegisterFactory(round=box.round, headcount=2, closed_at=box.round.ends_at)
    BookingFactory(round=box.round, state=BookingState.WAITING)
    BookingFactory(round=box.round, state=BookingState.CANCELLED)
    AttendanceFactory(round=box.round)
    TeamMemberFactory(round=box.round)
    over(box)
    written = Delivery.objects.order_by("id").values_list("person", flat=True)
    assert set(written) == {came.person_id, stayed.person_id}
    first, second = send(box)
    assert sorted([*first.to, *second.to]) == sorted([came.person.email, stayed.person.email])
    assert (first.subject, first.body, first.alternatives) == (second.subject, second.body, second.alternatives)


def test_it_says_what_every_personal_letter_says_outside_and_where_to_go_inside(box):
    BookingFactory(round=box.round)
    over(box)
    [letter] = send(box)
    assert letter.subject == "You have a message in the Rounds portal"
    html = letter.alternatives[0][0]
    for body in (letter.body, html):
        assert "/feedback/?code=K7M3HT" in body
        assert "You are just as welcome next time." in body
        assert "If a story stays with you, you need not carry it alone." in body
        assert "116 123" in body
        assert "Saturday 20 March 2027" in body
    assert "Between <two> wards & homes" in letter.body
    assert "Between &lt;two&gt; wards &amp; homes" in html


def test_no_look_is_taken_at_the_register(box):
    BookingFactory(round=box.round)
    AttendanceFactory(round=box.round)
    with CaptureQueriesContext(connections["default"]) as queries:
        emails.write_after(box.round, now=box.round.ends_at)
        send(box)
    assert not [query for query in queries if "evaluation_attendance" in query["sql"] or "register" in query["sql"]]
    assert len(mail.outbox) == 1


def test_it_goes_once_and_not_before_the_round_is_over(box):
    BookingFactory(round=box.round)
    over(box, after=-MINUTE)
    assert states() == []
    for _ in range(3):
        over(box)
    assert states() == [("feedback", "pending")]
    assert len(send(box)) == 1
    over(box, after=HOUR)
    assert send(box, after=HOUR) == []


def test_the_letters_are_personal_ones(box):
    BookingFactory(round=box.round)
    over(box)
    assert Delivery.objects.get().lane_rank == 0


@pytest.mark.parametrize("why", ["cancelled", "counted", "closed", "no place", "inactive"])
def test_whoever_should_have_none_gets_none(box, why):
    booking = BookingFactory(round=box.round)
    over(box)
    after = MINUTE
    if why == "cancelled":
        Round.objects.update(state=RoundState.CANCELLED)
    elif why == "counted":
        FeedbackBox.objects.update(state="counted")
    elif why == "closed":
        after = feedback.STAYS_OPEN
    elif why == "no place":
        Booking.objects.update(state=BookingState.CANCELLED)
    else:
        booking.person.is_active = False
        booking.person.save()
    assert send(box, after=after) == []
    assert states() == [("feedback", "cancelled")]


@pytest.mark.parametrize("state", [RoundState.CANCELLED, RoundState.PLANNED, RoundState.POSTPONED])
def test_nothing_is_written_about_a_round_that_did_not_take_place(box, state):
    BookingFactory(round=box.round)
    Round.objects.update(state=state)
    over(box)
    assert not Delivery.objects.exists()


def test_a_box_that_is_counted_while_the_letter_leaves_stops_it(box):
    BookingFactory(round=box.round)
    over(box)
    delivery = Delivery.objects.get()
    facts = emails.read(delivery, box.round.ends_at)
    assert emails.lock(delivery) == facts.mark
    FeedbackBox.objects.update(state="counted")
    assert emails.lock(delivery) != facts.mark


def test_many_letters_are_written_in_batches_and_few_questions(box, monkeypatch):
    monkeypatch.setattr(emails, "BATCH", 2)
    BookingFactory.create_batch(5, round=box.round)
    assert emails.write_after(box.round, now=box.round.ends_at) == 5
    assert emails.write_after(box.round, now=box.round.ends_at) == 0


@pytest.mark.parametrize("people", [1, 3])
def test_writing_asks_as_many_questions_for_three_as_for_one(box, people, django_assert_num_queries):
    BookingFactory.create_batch(people, round=box.round)
    with django_assert_num_queries(4):
        emails.write_after(box.round, now=box.round.ends_at)


def test_a_round_without_bookings_needs_no_letter():
    box = FeedbackBoxFactory(round=RoundFactory())
    over(box)
    assert not Delivery.objects.exists()
