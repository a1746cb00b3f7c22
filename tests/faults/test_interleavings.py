"""What broke an earlier design, each in its worst order: nobody is left out, told twice, or left with what is not true.

Others of these stand beside what they are about: a version that changes between rendering and hand-over and a late
answer in tests/members/test_correspondence.py, an entry overtaken by its cancellation in
tests/rounds/letters/test_diaries.py, the days on which clocks change in tests/rounds/letters/test_places.py.
"""

import datetime as dt
from collections import Counter

import pytest
from django.core import mail
from django.utils import timezone

from members.actions import correspondence
from members.models import Delivery
from members.models.delivery import DeliveryState
from rounds import emails
from rounds.actions import registration
from rounds.models import Round
from tests.factories.members import OrganisationFactory, PersonFactory
from tests.factories.rounds import RoundFactory
from tests.members.conftest import kind  # noqa: F401 (a fixture)
from tests.members.correspondents import post
from tests.races.together import together
from tests.rounds.letters.sending import DAY, HOUR, MINUTE, book, delivered, kinds, move
from tests.worlds import LONDON, NOON, small_world

from .mailbox import told_by

pytestmark = pytest.mark.django_db
OLD, NEW = "17 March", "24 March"


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def a_round(world):
    people = {"partners": [world.quarry_lane], "facilitators": [world.ada]}
    return RoundFactory(invitations_released_at=NOON, gives_outright=True, **people)


def staff(world, number):
    return [PersonFactory(works_for=world.quarry_lane) for _ in range(number)]


def last_words():
    """{address: the last subject that it got}, and how many letters of each kind everybody got."""
    return {letter.to[0]: letter.subject for letter in mail.outbox}, Counter(told_by(mail.outbox))


class TestFanOut:
    def test_moved_at_half_way_everybody_is_invited_once_and_nobody_is_left_with_the_old_date(
        self, world, a_round, monkeypatch
    ):
        monkeypatch.setattr(emails.writing, "BATCH", 2)
        people = [world.cleo, *staff(world, 5)]
        emails.writing._invite_batch(a_round, NOON)
        assert correspondence.dispatch(now=NOON, limit=1) == {"sent": 1}
        emails.writing._invite_batch(a_round, NOON)
        move(a_round, world.ada)
        emails.invite(a_round, now=NOON)
        while correspondence.dispatch(now=NOON):
            pass
        last, counted = last_words()
        key = str(a_round.pk)
        invited = {(person.email, "invitation", key): 1 for person in people}
        told_old = mail.outbox[0].to[0]
        assert OLD in mail.outbox[0].subject
        assert counted == invited | {(told_old, "moved", key): 1}
        assert {address for address, subject in last.items() if NEW in subject} == {each.email for each in people}

    def test_who_joins_between_two_batches_gets_one(self, world, a_round, monkeypatch):
        monkeypatch.setattr(emails.writing, "BATCH", 2)
        people = [world.cleo, *staff(world, 3)]
        emails.writing._invite_batch(a_round, NOON)
        people += staff(world, 2)
        emails.invite(a_round, now=NOON)
        people += staff(world, 1)
        emails.invite(a_round, now=NOON)
        delivered()
        assert last_words()[1] == {(person.email, "invitation", str(a_round.pk)): 1 for person in people}

    def test_who_joins_after_the_move_reads_the_new_date_alone(self, world, a_round):
        emails.invite(a_round, now=NOON)
        delivered()
        move(a_round, world.ada)
        [late] = staff(world, 1)
        emails.invite(a_round, now=NOON)
        assert [subject for address, subject in delivered() if address == late.email] == [
            f"Schwartz Round on {NEW}: booking is open"
        ]


class TestPlaces:
    def test_booked_given_back_and_booked_again_before_any_letter_left_is_one_letter(self, world, a_round):
        book(a_round, world.cleo)
        registration.cancel(round=a_round, person=world.cleo, now=NOON)
        book(a_round, world.cleo)
        delivered()
        assert told_by(mail.outbox) == [(world.cleo.email, "place", str(a_round.pk))]

    def test_a_place_that_came_free_lapsed_and_came_free_again_is_told_both_times(self, world, a_round):
        first, second = staff(world, 2)
        Round.objects.update(places=1)
        for _ in range(2):
            book(a_round, first)
            book(a_round, second)
            registration.cancel(round=a_round, person=first, now=NOON)
            delivered()
            assert told_by(mail.outbox) == [(second.email, "freed", str(a_round.pk))]
            registration.cancel(round=a_round, person=second, now=NOON)

    def test_one_that_was_given_on_before_its_letter_left_is_told_to_whoever_has_it(self, world, a_round):
        first, second, third = staff(world, 3)
        Round.objects.update(places=1)
        for person in (first, second, third):
            book(a_round, person)
        registration.cancel(round=a_round, person=first, now=NOON)
        registration.cancel(round=a_round, person=second, now=NOON)
        delivered()
        assert told_by(mail.outbox) == [(third.email, "freed", str(a_round.pk))]


@pytest.mark.usefixtures("kind")
class TestWithoutARound:
    """Their keys to person and Round are null, and nulls are never equal."""

    def test_the_key_alone_makes_a_second_one_impossible(self):
        post(address="rota@quarrylane.example")
        post(address="rota@quarrylane.example")
        post(address="rota@quarrylane.example", number=2)
        assert delivered() == [("rota@quarrylane.example", mail.outbox[0].subject)] * 2

    def test_one_in_hand_holds_up_no_other_to_the_same_address(self):
        stuck = post(address="rota@quarrylane.example")
        post(address="rota@quarrylane.example", number=2)
        Delivery.objects.filter(pk=stuck.pk).update(state=DeliveryState.HANDING, token=stuck.pk)
        assert correspondence.dispatch(now=NOON) == {"sent": 1}

    def test_two_to_one_person_about_nothing_hold_each_other_up_no_more(self):
        person = PersonFactory()
        stuck = post(person=person)
        post(person=person, number=2)
        Delivery.objects.filter(pk=stuck.pk).update(state=DeliveryState.HANDING, token=stuck.pk)
        assert correspondence.dispatch(now=NOON) == {"sent": 1}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    PEOPLE = 12

    @pytest.fixture
    def crowd(self):
        partner = OrganisationFactory()
        people = [PersonFactory(works_for=partner) for _ in range(self.PEOPLE)]
        return people, RoundFactory(partners=[partner], facilitators=[people[0]], invitations_released_at=NOON)

    def test_whoever_books_while_a_round_moves_ends_with_the_new_date(self, crowd):
        people, round = crowd

        def act(number):
            move(round, people[0]) if number == 5 else book(round, people[number])

        together(self.PEOPLE, act)
        delivered()
        booked = {people[number].email for number in range(self.PEOPLE) if number != 5}
        assert {address for address, what, _ in told_by(mail.outbox) if what == "place"} == booked
        assert {letter.to[0] for letter in mail.outbox if "24 March" in letter.body} == booked
        # The old date stands only where it is said to be the old one.
        said = [
            letter.body.replace("It was to begin at 12:30pm on Wednesday 17 March 2027.", "") for letter in mail.outbox
        ]
        assert [body for body in said if "17 March" in body] == []

    def test_letters_that_leave_while_a_round_moves_are_followed_by_the_news(self, crowd):
        """Whoever read the old date is told; nobody else is."""
        people, round = crowd
        emails.invite(round, now=NOON)

        def act(number):
            move(round, people[0]) if number == 1 else correspondence.run(now=NOON)

        together(4, act)
        later()
        told_old = {letter.to[0] for letter in mail.outbox if OLD in letter.subject}
        assert {address for address, what, _ in told_by(mail.outbox) if what == "moved"} == told_old
        assert Counter(what for _, what, _ in told_by(mail.outbox))["invitation"] == self.PEOPLE

    def test_any_number_of_dispatchers_over_one_outbox_send_each_letter_once(self, crowd):
        people, round = crowd
        emails.invite(round, now=NOON)
        for person in people:
            book(round, person)
        together(8, lambda number: [correspondence.dispatch(now=NOON, limit=3) for _ in range(6)])
        later()
        assert kinds(due_at__lte=NOON + DAY) == {
            ("invitation", "sent"): self.PEOPLE,
            ("place_confirmed", "sent"): self.PEOPLE,
        }
        assert set(Counter(told_by(mail.outbox)).values()) == {1}
        assert len(mail.outbox) == 2 * self.PEOPLE


def later():
    """What had to wait for another letter to the same person about the same Round."""
    while correspondence.dispatch(now=NOON + 2 * MINUTE):
        pass


@pytest.mark.parametrize(
    ("month", "day", "hours"), [(3, 28, 23), (10, 31, 25)], ids=["an hour is left out", "an hour comes twice"]
)
def test_in_the_nights_when_clocks_change_each_letter_goes_once(world, month, day, hours):
    """Dispatchers and fan-outs at every half hour of that day."""
    midnight = dt.datetime(2027, month, day, tzinfo=LONDON)
    starts_at = midnight.replace(hour=12) + 2 * DAY
    round = RoundFactory(
        partners=[world.quarry_lane],
        starts_at=starts_at,
        booking_opens_at=midnight,
        invitations_released_at=midnight,
        reminder_days=[1],
    )
    people, told = [world.cleo, *staff(world, 2)], Counter()
    for half_hour in range(2 * hours + 48):
        now = midnight.astimezone(dt.UTC) + half_hour * HOUR / 2
        if half_hour < len(people):
            book(round, people[half_hour], now=now)
        emails.invite(round, now=now)
        delivered(now)
        told.update(what for _, what, _ in told_by(mail.outbox))
    assert timezone.localtime(now) == midnight + 2 * DAY - HOUR / 2
    assert told == {"invitation": 3, "place": 3, "reminder": 3}
