"""Entries in diaries: whatever happens in whatever order, a diary shows the Round where it is, or does not show it."""

import datetime as dt
from itertools import count

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from members.actions import correspondence, people
from members.models import Delivery
from rounds.actions import registration, scheduling
from rounds.models import Booking, DiaryEntry
from rounds.states import BookingState, RoundState
from tests.worlds import NOON

from .diary import Diaries
from .sending import DAY, HOUR, MESSAGE, book, call_off, find_a_date, kinds, move, postpone

pytestmark = pytest.mark.django_db
HOME = "ben@home.example"
PRIVATE, PLAIN = "Private appointment", "Schwartz Round"


@pytest.fixture
def diaries():
    return Diaries()


@pytest.fixture
def ben(world):
    EmailAddress.objects.create(user=world.ben, email=HOME, verified=True)
    return world.ben


def deliver(now=NOON):
    """Everything that may go; what waits a minute for another letter in hand goes too."""
    for minutes in (0, 2):
        while correspondence.dispatch(now=now + dt.timedelta(minutes=minutes)):
            pass


def booked(round, person):
    return Booking.objects.active().filter(round=round, person=person).first()


def put_in(round, person):
    return registration.keep_in_diary(booking=booked(round, person) or book(round, person), now=NOON)


def give_back(round, person, now=NOON):
    return registration.cancel(round=round, person=person, now=now)


def wants(person, now=NOON, **wishes):
    people.choose_letters(person=person, now=now, **wishes)


def reword(round, by, *, title, unit="", about="", food=""):
    scheduling.reword(round=round, title=title, unit=unit, about=about, food=food, by=by, now=NOON)


def again(round):
    round.refresh_from_db()
    return round


def sent(diaries, now=NOON):
    deliver(now)
    return diaries.look().shown()


class TestOneEntry:
    def test_nobody_gets_one_unasked(self, world, a_round, ben, diaries):
        book(a_round, ben)
        deliver()
        move(a_round, world.ada)
        assert sent(diaries) == {}

    def test_is_put_in_moved_and_taken_out(self, world, a_round, ben, diaries):
        book(a_round, world.ines)
        put_in(a_round, ben)
        assert sent(diaries) == {ben.email: [(a_round.starts_at, PRIVATE)]}
        moved = move(a_round, world.ada)
        assert sent(diaries) == {ben.email: [(moved.starts_at, PRIVATE)]}
        call_off(moved, world.ada)
        assert sent(diaries) == {}
        [(sequence, _)] = diaries[ben.email].last.values()
        assert sequence == a_round.version + 2

    def test_a_new_title_goes_only_to_the_diaries_that_show_it(self, world, a_round, ben, diaries):
        wants(ben, diary_style="plain")
        for person in (ben, world.ines):
            put_in(a_round, person)
        book(a_round, world.cleo)
        sent(diaries)
        before = len(mail.outbox)
        reword(a_round, world.ada, title="Another title")
        shown = {ben.email: f"{PLAIN}: Another title", world.ines.email: PRIVATE}
        assert {address: title for address, [(_, title)] in sent(diaries).items()} == shown
        assert [letter.to for letter in mail.outbox[before:]] == [[ben.email]]
        for words in ({"title": "Another title", "about": "Other words"}, {"title": "Another title", "food": "Soup"}):
            reword(a_round, world.ada, **words)
        assert kinds(kind="diary_entry") == {("diary_entry", "sent"): 3}

    def test_titles_changed_before_the_letter_has_gone_are_one_letter(self, world, a_round, ben, diaries):
        wants(ben, diary_style="plain")
        put_in(a_round, ben)
        for title in ("Second", "Third"):
            reword(a_round, world.ada, title=title)
        assert sent(diaries) == {ben.email: [(a_round.starts_at, f"{PLAIN}: Third")]}
        assert kinds(kind="diary_entry") == {("diary_entry", "sent"): 1}

    def test_goes_with_the_place_and_only_where_it_is_in(self, world, a_round, ben, diaries):
        book(a_round, world.ines)
        put_in(a_round, ben)
        deliver()
        mail.outbox.clear()
        give_back(a_round, ben)
        give_back(a_round, world.ines)
        deliver()
        assert [(letter.to, letter.subject) for letter in mail.outbox] == [([ben.email], MESSAGE)]

    def test_goes_without_the_place(self, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        registration.take_out_of_diary(booking=booked(a_round, ben), now=NOON)
        assert sent(diaries) == {}
        assert booked(a_round, ben).state == BookingState.PLACE
        assert "It changes nothing about your place." in mail.outbox[-1].body

    def test_taken_out_and_put_in_again_is_another(self, a_round, ben, diaries):
        for _ in range(3):
            put_in(a_round, ben)
            deliver()
            registration.take_out_of_diary(booking=booked(a_round, ben), now=NOON)
        put_in(a_round, ben)
        assert sent(diaries) == {ben.email: [(a_round.starts_at, PRIVATE)]}
        assert len(diaries[ben.email].ended) == 3

    def test_called_otherwise_is_a_newer_version_of_it(self, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        wants(ben, diary_style="plain")
        assert sent(diaries) == {ben.email: [(a_round.starts_at, f"Schwartz Round: {a_round.title}")]}
        assert "The entry says which Round it is." in mail.outbox[-1].body
        assert diaries[ben.email].ended == set()

    def test_the_letter_says_what_it_is_called_and_how_to_give_the_place_back(self, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        body = next(letter.body for letter in mail.outbox if "the entry for your diary" in letter.body)
        assert "The entry is called “Private appointment”." in body
        assert "Declining or deleting it does not give your place back: that is done on the page of the Round." in body
        assert f"/rounds/{a_round.pk}/" in body

    def test_a_change_of_places_alone_is_no_newer_version(self, world, a_round, ben):
        put_in(a_round, ben)
        before = DiaryEntry.objects.get().sequence
        move(a_round, world.ada, places=a_round.places + 1)
        assert DiaryEntry.objects.get().sequence == before

    def test_two_taps_are_one(self, a_round, ben):
        for _ in range(2):
            put_in(a_round, ben)
        assert DiaryEntry.objects.count() == 1
        assert Delivery.objects.filter(kind="diary_entry").count() == 1


class TestWhereLettersGo:
    """An entry lies where it was sent. When letters go elsewhere it comes out there, and goes nowhere unasked."""

    def test_the_old_mailbox_gets_its_cancellation_and_the_new_one_nothing(self, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        wants(ben, letters_to="personal", personal_email=HOME)
        assert sent(diaries) == {}
        put_in(a_round, ben)
        assert sent(diaries) == {HOME: [(a_round.starts_at, PRIVATE)]}

    def test_nowhere_too(self, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        wants(ben, letters_to="nowhere")
        assert sent(diaries) == {}

    def test_before_its_letter_left_it_is_put_in_nowhere(self, a_round, ben, diaries):
        put_in(a_round, ben)
        wants(ben, letters_to="personal", personal_email=HOME)
        assert sent(diaries) == {}
        assert diaries[ben.email].last == {}

    def test_a_mailbox_that_is_no_longer_theirs_gets_nothing_and_keeps_its_entry(self, world, a_round, ben, diaries):
        wants(ben, letters_to="personal", personal_email=HOME)
        put_in(a_round, ben)
        deliver()
        EmailAddress.objects.filter(email=HOME).delete()
        people.follow_letters(person=ben, now=NOON)
        moved = move(a_round, world.ada)
        assert sent(diaries) == {HOME: [(a_round.starts_at, PRIVATE)]}
        assert booked(moved, ben).open_entry is None

    def test_another_first_address_is_another_mailbox(self, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        EmailAddress.objects.get(email=HOME).set_as_primary()
        ben.refresh_from_db()
        people.follow_letters(person=ben, now=NOON)
        assert sent(diaries) == {}

    def test_a_round_called_off_is_taken_out_where_it_lies(self, world, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        call_off(a_round, world.ada)
        wants(ben, letters_to="personal", personal_email=HOME)
        assert sent(diaries) == {}

    def test_what_is_not_said_anew_writes_nothing(self, a_round, ben):
        put_in(a_round, ben)
        wants(ben, letters_to="work", neutral_letters=True)
        assert set(Delivery.objects.exclude(kind="reminder").values_list("kind", flat=True)) == {
            "place_confirmed",
            "diary_entry",
        }


class Meanwhile(EmailBackend):
    """A relay at which something happens: when a connection to it is opened, the letter has been rendered and not yet
    been compared; when it is given the letter, that is in hand."""

    opening, sending = [], []

    def open(self):
        while self.opening:
            self.opening.pop()()
        return super().open()

    def send_messages(self, messages):
        while self.sending:
            self.sending.pop()()
        return super().send_messages(messages)


@pytest.fixture
def meanwhile(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Meanwhile"
    yield Meanwhile
    assert (Meanwhile.opening, Meanwhile.sending) == ([], [])


class TestInterleavings:
    def test_an_entry_given_back_before_it_went_is_never_put_in(self, a_round, ben, diaries):
        put_in(a_round, ben)
        give_back(a_round, ben)
        assert sent(diaries) == {}
        assert mail.outbox == []
        assert kinds(kind__in=["diary_entry", "place_given_back"]) == {
            ("diary_entry", "cancelled"): 1,
            ("place_given_back", "cancelled"): 1,
        }

    def test_given_back_between_rendering_and_hand_over_it_is_never_put_in(self, a_round, ben, diaries, meanwhile):
        book(a_round, ben)
        deliver()
        put_in(a_round, ben)
        meanwhile.opening.append(lambda: give_back(a_round, ben))
        assert sent(diaries) == {}
        assert diaries[ben.email].last == {}

    def test_a_cancellation_does_not_overtake_the_request_in_hand(self, a_round, ben, diaries, meanwhile):
        book(a_round, ben)
        deliver()
        put_in(a_round, ben)

        def give_back_and_send():
            give_back(a_round, ben)
            assert correspondence.dispatch(now=NOON) == {"pending": 1}

        meanwhile.sending.append(give_back_and_send)
        assert sent(diaries) == {}
        assert len(diaries[ben.email].ended) == 1

    def test_a_move_between_rendering_and_hand_over_is_in_the_entry(self, world, a_round, ben, diaries, meanwhile):
        book(a_round, ben)
        deliver()
        put_in(a_round, ben)
        meanwhile.opening.append(lambda: move(a_round, world.ada))
        assert sent(diaries) == {ben.email: [(again(a_round).starts_at, PRIVATE)]}

    def test_book_cancel_and_book_again(self, a_round, ben, diaries):
        for _ in range(2):
            put_in(a_round, ben)
            deliver()
            give_back(a_round, ben)
        put_in(a_round, ben)
        assert sent(diaries) == {ben.email: [(a_round.starts_at, PRIVATE)]}
        assert len(diaries[ben.email].last) == 3

    def test_given_back_after_a_move_whose_letter_has_not_left(self, world, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        moved = move(a_round, world.ada)
        give_back(moved, ben)
        assert sent(diaries) == {}

    def test_called_off_before_the_cancellation_left(self, world, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        give_back(a_round, ben)
        call_off(again(a_round), world.ada)
        assert sent(diaries) == {}

    def test_given_back_when_the_round_was_called_off_already(self, world, a_round, ben, diaries):
        put_in(a_round, ben)
        deliver()
        off = call_off(a_round, world.ada)
        give_back(off, ben)
        assert sent(diaries) == {}

    def test_a_place_that_came_free_and_was_given_on(self, world, a_round, ben, diaries):
        """Taken out of one diary, put into another's only when they ask."""
        type(a_round).objects.update(places=1)
        put_in(a_round, world.ines)
        book(a_round, ben)
        deliver()
        give_back(a_round, world.ines)
        assert sent(diaries) == {}
        registration.take_place(round=a_round, person=ben, now=NOON)
        put_in(a_round, ben)
        give_back(a_round, ben)
        assert booked(a_round, ben) is None
        put_in(a_round, ben)
        assert sent(diaries) == {ben.email: [(a_round.starts_at, PRIVATE)]}

    def test_a_move_carries_an_entry_whose_own_letter_is_stuck(self, world, a_round, ben, diaries):
        put_in(a_round, ben)
        Delivery.objects.filter(kind="diary_entry").update(due_at=NOON + DAY)
        moved = move(a_round, world.ada)
        assert sent(diaries) == {ben.email: [(moved.starts_at, PRIVATE)]}
        give_back(moved, ben)
        assert sent(diaries) == {}


WISHES = {
    "plain": {"diary_style": "plain"},
    "private": {"diary_style": "private"},
    "home": {"letters_to": "personal", "personal_email": HOME},
    "work": {"letters_to": "work", "personal_email": ""},
    "nowhere": {"letters_to": "nowhere", "personal_email": ""},
}
DOINGS = ["book", "put in", "take out", "give back", "move", "postpone", "new date", "send", *WISHES]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(doings=["send", "postpone", "new date"], called_off=True)
@example(doings=["send", "postpone", "new date", "move"], called_off=False)
@example(doings=["send", "postpone", "new date", "postpone", "new date"], called_off=False)
@example(doings=["send", "postpone", "new date", "put in", "give back"], called_off=True)
@example(doings=["send", "postpone", "new date", "move", "put in", "postpone"], called_off=False)
@example(doings=["send", "postpone", "give back"], called_off=True)
@example(doings=["send", "postpone", "give back"], called_off=False)
@given(doings=st.lists(st.sampled_from(DOINGS), max_size=14), called_off=st.booleans())
def test_whatever_happens_in_whatever_order_a_diary_is_right_once_the_letters_have_gone(
    world, a_round, ben, doings, called_off
):
    before, diaries = transaction.savepoint(), Diaries()
    diaries.read = len(mail.outbox)
    try:
        for doing, now in zip(["book", "put in", *doings, *["call off"] * called_off], minutes(), strict=False):
            do(doing, again(a_round), ben, world.ada, now)
        booking = booked(a_round, ben)
        entry = booking and booking.open_entry
        title = PRIVATE if ben.diary_style == "private" else f"Schwartz Round: {a_round.title}"
        shown = {entry.address: [(again(a_round).starts_at, title)]} if entry else {}
        assert sent(diaries, NOON + HOUR) == shown
    finally:
        transaction.savepoint_rollback(before)
        ben.refresh_from_db()


def minutes():
    return (NOON + dt.timedelta(minutes=number) for number in count())


def do(doing, round, person, facilitator, now):
    booking = booked(round, person)
    if doing in WISHES:
        return wants(person, now, **WISHES[doing])
    if round.state == RoundState.POSTPONED and doing in ("book", "put in", "move", "postpone"):
        return None
    if doing == "new date":
        return find_a_date(round, facilitator, now=now) if round.state == RoundState.POSTPONED else None
    if doing in ("put in", "take out"):
        may = booking and person.letters_to != "nowhere"
        verb = registration.keep_in_diary if doing == "put in" else registration.take_out_of_diary
        return verb(booking=booking, now=now) if may else None
    return {
        "book": lambda: book(round, person, now),
        "give back": lambda: give_back(round, person, now),
        "move": lambda: move(round, facilitator, now),
        "postpone": lambda: postpone(round, facilitator, now),
        "call off": lambda: call_off(round, facilitator, now),
        "send": lambda: deliver(now),
    }[doing]()
