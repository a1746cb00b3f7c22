"""Several Rounds open to one person are one letter, and it leaves at most once a week."""

import threading
import time
import uuid

import pytest
from django.core import mail
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from members.actions import correspondence, invitations
from members.actions.correspondence import dispatching
from members.models import Delivery, Pace
from rounds import emails
from rounds.emails.progress import progress
from rounds.models import Round
from tests.factories.members import OrganisationFactory, PersonFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.hostile_relay import Relay
from tests.members import mail_backends
from tests.worlds import NOON

from .sending import DAY, HOUR, book, call_off, delivered, move, only_statements

pytestmark = pytest.mark.django_db
ONE = "Schwartz Round on 17 March: booking is open"
SEVERAL = "Schwartz Rounds from 17 March: booking is open"


@pytest.fixture
def weekly(settings):
    settings.BULK_DAYS_APART = 7


@pytest.fixture
def reader(world):
    """The only one who works for Quarry Lane."""
    return world.cleo


def invites(world, days=0, **fields):
    """A Round of Quarry Lane, so many days after the first, with its invitations written."""
    round = RoundFactory(system=world.system, partners=[world.quarry_lane], facilitators=[world.ada],
                         invitations_released_at=NOON, title=f"{days} days later", **fields)  # fmt: skip
    Round.objects.filter(pk=round.pk).update(
        starts_at=round.starts_at + days * DAY,
        ends_at=round.ends_at + days * DAY,
        booking_closes_at=fields.get("booking_closes_at", round.booking_closes_at + days * DAY),
    )
    round.refresh_from_db()
    emails.invite(round, now=NOON)
    return round


def subjects(now=NOON):
    return [subject for _, subject in delivered(now)]


def row(round):
    return Delivery.objects.get(kind="invitation", about=round.pk)


class TestOneLetter:
    def test_lists_every_round_in_its_order_with_day_time_place_and_link(self, world, reader):
        later, first = invites(world, 7), invites(world)
        assert delivered() == [(reader.email, SEVERAL)]
        body, html = mail.outbox[0].body, mail.outbox[0].alternatives[0].content
        for round, day in ((first, "Wednesday 17 March 2027"), (later, "Wednesday 24 March 2027")):
            for said in (day, "12:30pm to 1:30pm", round.title, str(round.venue), f"/rounds/{round.pk}/"):
                assert said in body
                assert said in html
        assert body.index(first.title) < body.index(later.title)
        assert {(each.state, each.message_id) for each in (row(first), row(later))} == {
            ("sent", mail.outbox[0].extra_headers["Message-ID"])
        }

    def test_says_whom_a_round_of_one_team_is_for(self, world):
        invites(world), invites(world, 7, kind="unit")
        delivered()
        for words in (mail.outbox[0].body, mail.outbox[0].alternatives[0].content):
            assert words.count("A unit-based Round: for the people of one ward, clinic or service") == 1

    def test_one_round_alone_is_a_letter_as_ever(self, world):
        invites(world)
        assert subjects() == [ONE]

    def test_one_press_stops_all_invitations(self, world, reader):
        invites(world), invites(world, 7)
        delivered()
        [letter] = mail.outbox
        assert letter.message()["List-Unsubscribe"].strip("<>") in letter.body
        invites(world, 14)
        invitations.stop(person=reader, now=NOON)
        assert delivered() == []

    def test_those_not_open_yet_wait_for_their_own_day(self, world):
        first = invites(world)
        later = invites(world, 7, booking_opens_at=NOON + HOUR / 2)
        assert subjects() == [ONE]
        assert (row(first).state, row(later).state, row(later).due_at) == ("sent", "pending", NOON + HOUR / 2)
        assert len(subjects(NOON + HOUR / 2)) == 1

    def test_one_that_was_put_off_goes_along(self, world):
        first = invites(world)
        Delivery.objects.update(due_at=NOON + HOUR, attempts=4)
        later = invites(world, 7)
        assert subjects() == [SEVERAL]
        assert {row(first).attempts, row(later).attempts} == {1, 5}

    def test_two_systems_are_both_named(self, world, reader):
        elsewhere = SystemFactory(name="South Moor Integrated Care System", licensor_notice="Licensed elsewhere.")
        invites(world)
        other = invites(world, 7)
        Round.objects.filter(pk=other.pk).update(system=elsewhere)
        assert subjects() == [SEVERAL]
        assert "North Vale Integrated Care System and South Moor Integrated Care System" in mail.outbox[0].body
        assert "Licensed elsewhere." in mail.outbox[0].body

    @pytest.mark.parametrize("rounds", [1, 3])
    def test_costs_as_many_statements_as_one(self, world, rounds):
        """Three a letter, and two where it holds one Round. Each further Round of a batch is read once."""
        for number in range(rounds):
            invites(world, 7 * number)
        with CaptureQueriesContext(connection) as queries:
            correspondence.dispatch(now=NOON)
        assert len(only_statements(queries)) == (13 if rounds == 1 else 12 + 2 * rounds)

    def test_what_the_relay_puts_off_goes_again_together(self, world, settings):
        with Relay({"RCPT": "451 come later"}) as relay:
            settings.EMAIL_BACKEND = "rounds_site.kit.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", relay.port
            rounds = [invites(world), invites(world, 7)]
            assert correspondence.dispatch(now=NOON) == {"pending": 1}
            assert {(row(each).state, row(each).attempts) for each in rounds} == {("pending", 1)}
            assert correspondence.dispatch(now=NOON + HOUR) == {"sent": 1}
            assert len(relay.ledger) == 1

    def test_waits_while_another_letter_about_one_of_them_is_in_hand(self, world, reader):
        first, later = invites(world), invites(world, 7)
        booking = book(first, reader)
        confirmation = Delivery.objects.get(kind="place_confirmed", part=booking.pk)
        held = {"state": "handing", "token": uuid.uuid4(), "claimed_until": Now() + HOUR}
        Delivery.objects.filter(pk=confirmation.pk).update(**held)
        assert delivered() == []
        assert {row(first).state, row(later).state} == {"pending"}


class TestDecidedAtHandOver:
    @pytest.fixture
    def meanwhile(self, settings):
        settings.EMAIL_BACKEND = "tests.members.mail_backends.Meanwhile"
        return lambda change: setattr(mail_backends.Meanwhile, "change", staticmethod(change))

    def test_a_round_that_moves_after_rendering_is_rendered_anew(self, world, meanwhile):
        first, later = invites(world), invites(world, 14)
        meanwhile(lambda: move(later, world.ada))
        assert subjects() == [SEVERAL]
        assert "Wednesday 7 April 2027" in mail.outbox[0].body
        assert "Wednesday 31 March 2027" not in mail.outbox[0].body
        assert {row(first).state, row(later).state} == {"sent"}

    def test_one_that_is_called_off_leaves_the_letter(self, world, meanwhile):
        first, later = invites(world), invites(world, 7)
        meanwhile(lambda: call_off(later, world.ada))
        assert subjects() == [ONE]
        assert later.title not in mail.outbox[0].body
        assert (row(first).state, row(later).state) == ("sent", "cancelled")

    def test_all_called_off_leave_no_letter(self, world, meanwhile):
        rounds = [invites(world), invites(world, 7)]
        meanwhile(lambda: [call_off(each, world.ada) for each in rounds])
        assert subjects() == []
        assert {row(each).state for each in rounds} == {"cancelled"}

    def test_whoever_leaves_one_partner_reads_of_the_others_rounds_alone(self, world, reader, meanwhile):
        first = invites(world)
        other = RoundFactory(system=world.system, partners=[OrganisationFactory()], invitations_released_at=NOON)
        other.invited_partners.update(organisation=world.elmbridge)
        job = reader.memberships.create(organisation=world.elmbridge, starts_on=NOON.date(), created_at=NOON)
        emails.invite(other, now=NOON)
        Delivery.objects.exclude(person=reader).delete()
        meanwhile(lambda: job.delete())
        assert delivered() == [(reader.email, ONE)]
        assert other.title not in mail.outbox[0].body
        assert (row(first).state, row(other).state) == ("sent", "cancelled")

    def test_everyone_it_reached_hears_of_a_move_and_of_a_cancellation(self, world, reader):
        first, later = invites(world), invites(world, 7)
        assert subjects() == [SEVERAL]
        move(later, world.ada)
        call_off(first, world.ada)
        assert delivered() == [
            (reader.email, "Schwartz Round on 17 March: it does not take place"),
            (reader.email, "Schwartz Round on 31 March: something has changed"),
        ]

    def test_no_answer_leaves_all_of_it_uncertain_and_they_are_told_all_the_same(self, world, reader):
        rounds = [invites(world), invites(world, 7)]
        held = {"state": "handing", "token": uuid.uuid4(), "claimed_until": Now() - HOUR}
        Delivery.objects.update(**held)
        correspondence.sweep(now=NOON)
        assert {row(each).state for each in rounds} == {"uncertain"}
        move(rounds[1], world.ada)
        assert delivered() == [(reader.email, "Schwartz Round on 31 March: something has changed")]


@pytest.mark.usefixtures("weekly")
class TestAWeek:
    def test_what_comes_within_it_is_one_letter_at_its_end(self, world, reader):
        invites(world)
        assert subjects() == [ONE]
        second, third = invites(world, 14), invites(world, 7)
        assert subjects(NOON + DAY) == []
        assert {row(each).due_at for each in (second, third)} == {NOON + 7 * DAY}
        fourth = invites(world, 21)
        assert delivered(NOON + 7 * DAY) == [(reader.email, "Schwartz Rounds from 24 March: booking is open")]
        assert {row(each).state for each in (second, third, fourth)} == {"sent"}
        assert mail.outbox[0].body.count("See it and book") == 3

    def test_moved_and_cancelled_wait_for_none(self, world):
        round = invites(world)
        delivered()
        moved = move(round, world.ada)
        assert subjects() == ["Schwartz Round on 24 March: something has changed"]
        call_off(moved, world.ada)
        assert subjects() == ["Schwartz Round on 24 March: it does not take place"]

    def test_booking_that_closes_before_its_end_is_said_and_not_broken_into(self, world):
        invites(world)
        delivered()
        soon = invites(world, 14, booking_closes_at=NOON + 5 * DAY)
        assert progress(soon, now=NOON)["to_go"] == 1
        assert subjects(NOON + DAY) == []
        numbers = {"sent": 0, "failed": 0, "to_go": 0, "wait_for_week": 0, "too_late": 1}
        assert progress(soon, now=NOON + DAY) == numbers
        assert subjects(NOON + 7 * DAY) == []
        assert row(soon).state == "cancelled"
        assert progress(soon, now=NOON + 7 * DAY) == numbers

    def test_one_that_gains_time_meanwhile_goes_after_all(self, world):
        invites(world)
        delivered()
        soon = invites(world, 14, booking_closes_at=NOON + 5 * DAY)
        delivered(NOON + DAY)
        later = move(soon, world.ada, NOON + DAY, starts_at=soon.starts_at + DAY, ends_at=soon.ends_at + DAY,
                     booking_closes_at=NOON + 9 * DAY)  # fmt: skip
        delivered(NOON + DAY)
        numbers = progress(later, now=NOON + DAY)
        assert (numbers["to_go"], numbers["wait_for_week"], numbers["too_late"]) == (1, 1, 0)
        assert subjects(NOON + 7 * DAY) == ["Schwartz Round on 1 April: booking is open"]

    def test_what_waits_takes_no_turn_from_others(self, world, settings):
        settings.BULK_PER_MINUTE, settings.BULK_PER_DAY = 2, 100
        invites(world)
        delivered()
        [before] = Pace.objects.filter(lane_rank=1).values_list("tokens", "handed")
        invites(world, 7)
        assert correspondence.dispatch(now=NOON) == {"pending": 1}
        assert Pace.objects.filter(lane_rank=1).values_list("tokens", "handed").get() == before

    def test_two_dispatchers_carry_no_two_letters_to_one_person(self, world):
        """The second Round's row was written when the first was already in the hand of another."""
        first = invites(world)
        [carried] = dispatching.claim(NOON, 10)
        second = invites(world, 7)
        assert correspondence.dispatch(now=NOON) == {"pending": 1}
        assert (row(second).state, row(second).due_at) == ("pending", NOON + HOUR / 60)
        Delivery.objects.filter(pk=carried.pk).update(state="sent", handed_at=NOON, token=None)
        assert subjects(NOON + HOUR) == []
        assert (row(first).state, row(second).due_at) == ("sent", NOON + 7 * DAY)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_rounds_are_held_in_the_order_of_their_keys():
    """As by a merger, which holds many too: in another order the two would block each other."""
    partner, facilitator = OrganisationFactory(), PersonFactory()
    PersonFactory(works_for=partner)
    low, high = sorted([uuid.uuid4(), uuid.uuid4()])
    for key in (high, low):
        round = RoundFactory(pk=key, partners=[partner], facilitators=[facilitator], invitations_released_at=NOON)
        emails.invite(round, now=NOON)
    holding = threading.Event()

    def hold_both():
        with transaction.atomic():
            for key in (low, high):
                Round.objects.select_for_update().get(pk=key)
                holding.set()
                time.sleep(0.5)
        connection.close()

    thread = threading.Thread(target=hold_both)
    thread.start()
    assert holding.wait(5)
    assert subjects() == [SEVERAL]
    thread.join()
