"""Who is told that a Round has moved or is cancelled."""

import threading
import time

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from members.models import Delivery
from rounds import emails
from rounds.actions import registration
from rounds.states import BookingState, RoundState
from rounds_site.kit.acting import acting
from tests.factories.members import OrganisationFactory, PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON

from .sending import DAY, HOUR, book, call_off, delivered, kinds, move, only_statements

pytestmark = pytest.mark.django_db


class TestMovedAndCancelled:
    def test_everyone_already_written_to_and_everyone_with_a_booking_in_the_same_words(self, world, a_round):
        guest, waiting, late = PersonFactory(), PersonFactory(), PersonFactory(works_for=world.elmbridge)
        late.memberships.update(starts_on=(NOON + DAY).date())
        emails.invite(a_round, now=NOON)
        delivered()
        BookingFactory(round=a_round, person=guest)
        BookingFactory(round=a_round, person=waiting, state=BookingState.WAITING)
        book(a_round, world.ben)
        delivered()
        late.memberships.update(starts_on=NOON.date())
        emails.invite(a_round, now=NOON)
        moved = move(a_round, world.ada)
        told = [world.ada, world.ben, world.ines, guest, waiting]
        letters = delivered()
        subject = "Schwartz Round on 24 March: something has changed"
        assert [address for address, said in letters if said == subject] == sorted(each.email for each in told)
        assert (late.email, "Schwartz Round on 24 March: booking is open") in letters
        bodies = {(letter.body, letter.alternatives[0].content) for letter in mail.outbox if letter.subject == subject}
        assert len(bodies) == 1
        call_off(moved, world.ada)
        subject = "Schwartz Round on 24 March: it does not take place"
        assert delivered() == sorted((each.email, subject) for each in [*told, late])

    def test_two_moves_are_one_letter_where_the_first_had_not_gone(self, world, a_round):
        book(a_round, world.ben)
        delivered()
        move(move(a_round, world.ada), world.ada)
        assert delivered() == [(world.ben.email, "Schwartz Round on 31 March: something has changed")]
        assert kinds(kind="round_moved") == {("round_moved", "cancelled"): 1, ("round_moved", "sent"): 1}

    def test_says_when_it_was_to_begin_as_all_knew_who_read_it(self, world, a_round):
        book(a_round, world.ben)
        delivered()
        moved = move(move(a_round, world.ada), world.ada)
        delivered()
        assert "It was to begin at 12:30pm on Wednesday 17 March 2027." in mail.outbox[0].body
        moved = move(moved, world.ada)
        delivered()
        assert "It was to begin at 12:30pm on Wednesday 31 March 2027." in mail.outbox[0].body
        move(moved, world.ada, ends_at=moved.ends_at + HOUR)
        delivered()
        assert "something has changed" in mail.outbox[0].subject
        assert "It was to begin" not in mail.outbox[0].body

    def test_says_no_time_before_where_only_some_had_the_letter_of_an_earlier_move(self, world, a_round):
        for person in (world.ben, world.ada):
            book(a_round, person)
        delivered()
        moved = move(a_round, world.ada)
        Delivery.objects.filter(kind="round_moved", person=world.ben).update(state="sent")
        moved = move(moved, world.ada)
        assert len(delivered()) == 2
        assert not any("It was to begin" in letter.body for letter in mail.outbox)

    def test_a_cancelled_round_sends_nothing_else(self, world, a_round):
        emails.invite(a_round, now=NOON)
        book(a_round, world.ben)
        moved = move(a_round, world.ada)
        call_off(moved, world.ada, reason="The hall has no heating.")
        assert delivered() == [(world.ben.email, "Schwartz Round on 24 March: it does not take place")]
        assert "The hall has no heating." in mail.outbox[0].body
        assert delivered(moved.starts_at - DAY) == []

    def test_nobody_is_told_of_a_plan_that_changes(self, world):
        round = RoundFactory(state=RoundState.PLANNED, partners=[world.elmbridge], facilitators=[world.ada])
        move(round, world.ada)
        assert Delivery.objects.count() == 0

    @pytest.mark.parametrize("people", [1, 3])
    def test_statements(self, world, a_round, people):
        for _ in range(people):
            BookingFactory(round=a_round)
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            emails.round_moved(a_round, now=NOON)
        assert len(only_statements(queries)) == 6


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_move_that_commits_while_a_letter_leaves_is_in_the_letter():
    """The hand-over waits for whoever changes the Round, sees what has changed, and renders again."""
    partner = OrganisationFactory()
    PersonFactory(works_for=partner)
    round = RoundFactory(partners=[partner], invitations_released_at=NOON)
    emails.invite(round, now=NOON)
    holding = threading.Event()

    @acting
    def move_slowly():
        moving = registration.lock(round.pk)
        moving.starts_at, moving.ends_at = moving.starts_at + 7 * DAY, moving.ends_at + 7 * DAY
        moving.save()
        holding.set()
        time.sleep(0.5)

    def move_and_let_go():
        move_slowly()
        connection.close()

    thread = threading.Thread(target=move_and_let_go)
    thread.start()
    assert holding.wait(5)
    assert [subject for _, subject in delivered()] == ["Schwartz Round on 24 March: booking is open"]
    thread.join()
