"""Who is written to about Rounds, and when not: rounds/emails, through the postbox to the mailbox."""

import datetime as dt
import re
import threading
import time
from collections import Counter
from functools import partial
from html.parser import HTMLParser

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.actions import correspondence, invitations
from members.models import Delivery
from rounds import emails
from rounds.actions import panel, registration, scheduling
from rounds.states import BookingState, Format, RoundState, Way
from tests.factories.members import JoinLinkFactory, MembershipFactory, OrganisationFactory, PersonFactory
from tests.factories.rounds import LONDON, BookingFactory, RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
MESSAGE = "You have a message in the Rounds portal"


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def a_round(world):
    """Inviting Elmbridge, released; a fortnight ahead."""
    return RoundFactory(
        system=world.system, partners=[world.elmbridge], facilitators=[world.ada], invitations_released_at=NOON
    )


def book(round, person, now=NOON):
    return registration.book(round=round, person=person, way=Way.IN_PERSON, now=now)


def move(round, by, now=NOON, **changes):
    changes = changes or {"starts_at": round.starts_at + 7 * DAY, "ends_at": round.ends_at + 7 * DAY}
    return scheduling.move(round=round, changes=changes, seen_version=round.version, by=by, now=now)


def call_off(round, by, now=NOON, reason=""):
    return scheduling.cancel_round(round=round, reason=reason, seen_version=round.version, by=by, now=now)


def delivered(now=NOON):
    """[(address, subject)] of what leaves now."""
    mail.outbox.clear()
    while correspondence.dispatch(now=now):
        pass
    return sorted((letter.to[0], letter.subject) for letter in mail.outbox)


def kinds(**filters):
    return Counter(Delivery.objects.filter(**filters).values_list("kind", "state"))


def entries():
    """{address: method of the diary entry that went to it}."""
    found = {}
    for letter in mail.outbox:
        [*_, last] = letter.message().walk()
        if last.get_content_type() == "text/calendar":
            found[letter.to[0]] = last.get_param("method")
    return found


class TestInvitation:
    def test_goes_to_everyone_who_works_for_an_invited_partner(self, world, a_round):
        assert emails.invite(a_round, now=NOON) == 3
        subject = "Schwartz Round on 17 March: places are open"
        assert delivered() == sorted((person.email, subject) for person in (world.ada, world.ben, world.ines))

    def test_never_to_a_stranger(self, world, a_round):
        left = PersonFactory()
        MembershipFactory(person=left, organisation=world.elmbridge, ends_on=NOON.date())
        gone = PersonFactory(works_for=world.elmbridge, is_active=False)
        stopped = PersonFactory(works_for=world.elmbridge, invitations_stopped_at=NOON)
        audience = emails.invitation_audience(a_round, now=NOON)
        assert {world.cleo, left, gone, stopped} & set(audience) == set()

    def test_nobody_can_tell_from_the_audience_who_has_booked(self, world, a_round):
        before = set(emails.invitation_audience(a_round, now=NOON))
        book(a_round, world.ben)
        assert set(emails.invitation_audience(a_round, now=NOON)) == before

    def test_writes_what_is_missing_however_often_it_is_asked(self, world, a_round):
        assert [emails.invite(a_round, now=NOON) for _ in range(2)] == [3, 0]
        PersonFactory(works_for=world.elmbridge)
        assert emails.invite(a_round, now=NOON) == 1
        assert kinds() == {("invitation", "pending"): 4}

    def test_writes_in_batches(self, world, a_round, monkeypatch):
        monkeypatch.setattr("rounds.emails.writing.BATCH", 2)
        assert emails.invite(a_round, now=NOON) == 3

    @pytest.mark.parametrize(
        "change",
        [
            {"state": RoundState.PLANNED},
            {"state": RoundState.CANCELLED},
            {"invitations_released_at": None},
            {"booking_closes_at": NOON - DAY},
        ],
    )
    def test_none_is_written_or_sent_unless_people_can_book(self, world, a_round, change):
        emails.invite(a_round, now=NOON)
        type(a_round).objects.update(**change)
        PersonFactory(works_for=world.elmbridge)
        assert emails.invite(a_round, now=NOON) == 0
        assert delivered() == []
        assert kinds() == {("invitation", "cancelled"): 3}

    def test_decided_at_hand_over_for_those_who_left_or_stopped_meanwhile(self, world, a_round):
        emails.invite(a_round, now=NOON)
        invitations.stop(person=world.ben, now=NOON)
        world.ines.memberships.update(ends_on=NOON.date())
        assert [address for address, _ in delivered()] == [world.ada.email]

    def test_waits_until_booking_opens_even_where_that_moves(self, world, a_round):
        type(a_round).objects.update(booking_opens_at=NOON + DAY)
        emails.invite(a_round, now=NOON)
        type(a_round).objects.update(booking_opens_at=NOON + 2 * DAY)
        assert delivered(NOON + DAY) == []
        assert len(delivered(NOON + 2 * DAY)) == 3

    def test_says_the_new_date_where_the_round_moved_before_it_went(self, world, a_round):
        emails.invite(a_round, now=NOON)
        move(a_round, world.ada)
        assert {subject for _, subject in delivered()} == {"Schwartz Round on 24 March: places are open"}

    def test_goes_by_itself_as_soon_as_a_move_opens_booking(self, world, a_round):
        type(a_round).objects.update(booking_opens_at=NOON + 2 * DAY)
        a_round.refresh_from_db()
        emails.invite(a_round, now=NOON)
        move(a_round, world.ada, booking_opens_at=NOON - HOUR)
        assert len(delivered()) == 3

    def test_one_press_in_the_mailbox_stops_invitations(self, world, a_round, client):
        emails.invite(a_round, now=NOON)
        delivered()
        [letter] = [letter for letter in mail.outbox if letter.to == [world.ben.email]]
        headers = letter.message()
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = headers["List-Unsubscribe"].strip().strip("<>")
        assert address in letter.body
        path = address.removeprefix("http://127.0.0.1:8000")
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code in (200, 302)
        world.ben.refresh_from_db()
        assert world.ben.invitations_stopped_at is not None

    @pytest.mark.parametrize("people", [1, 3])
    def test_statements(self, world, a_round, people):
        """Two of reading, then the lock, the fence and *sent*; the batch is claimed by three."""
        for _ in range(people - 1):
            PersonFactory(works_for=world.quarry_lane)
        a_round.invited_partners.update(organisation=world.quarry_lane)
        with CaptureQueriesContext(connection) as queries:
            emails.invite(a_round, now=NOON)
        assert len(only_statements(queries)) == 3
        with CaptureQueriesContext(connection) as queries:
            correspondence.dispatch(now=NOON)
        assert len(only_statements(queries)) == 3 + 5 * people


def only_statements(queries):
    framing = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in queries if not query["sql"].startswith(framing)]


class TestPassOn:
    @pytest.fixture
    def care_home(self, a_round):
        partner = OrganisationFactory(
            name="Larch House", has_staff_list=False, contact_email="rota@larchhouse.example", system=a_round.system
        )
        a_round.invited_partners.create(organisation=partner)
        return partner

    def test_goes_to_the_named_contact_with_the_join_link_and_words_for_the_bulletin(self, a_round, care_home):
        link = JoinLinkFactory(organisation=care_home)
        emails.pass_on_letters(a_round, now=NOON)
        emails.pass_on_letters(a_round, now=NOON)
        assert delivered() == [("rota@larchhouse.example", "Schwartz Round on 17 March: places are open")]
        body = mail.outbox[0].body
        assert body.count(f"http://127.0.0.1:8000/join/{link.token}/") == 2
        assert "Words for your bulletin" in body

    def test_not_to_partners_with_a_list_and_not_to_nobody(self, world, a_round, care_home):
        care_home.contact_email = ""
        care_home.save()
        emails.pass_on_letters(a_round, now=NOON)
        assert Delivery.objects.count() == 0

    def test_not_to_a_former_contact_or_a_partner_no_longer_invited(self, a_round, care_home):
        emails.pass_on_letters(a_round, now=NOON)
        care_home.contact_email = "new@larchhouse.example"
        care_home.save()
        assert delivered() == []

    def test_who_is_named_as_contact_later_gets_it_too(self, a_round, care_home):
        emails.pass_on_letters(a_round, now=NOON)
        care_home.contact_email = "new@larchhouse.example"
        care_home.save()
        emails.pass_on_letters(a_round, now=NOON)
        assert delivered() == [("new@larchhouse.example", "Schwartz Round on 17 March: places are open")]

    def test_contacts_are_told_of_a_move_and_a_cancellation_too(self, world, a_round, care_home):
        emails.pass_on_letters(a_round, now=NOON)
        delivered()
        moved = move(a_round, world.ada)
        assert delivered() == [("rota@larchhouse.example", "Schwartz Round on 24 March: something has changed")]
        call_off(moved, world.ada)
        assert delivered() == [("rota@larchhouse.example", "Schwartz Round on 24 March: it does not take place")]


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
        assert delivered() == [(world.ines.email, MESSAGE)]
        assert "A place has come free, and it is yours." in mail.outbox[0].body

    def test_what_is_no_longer_true_is_not_sent(self, world, a_round):
        type(a_round).objects.update(places=1)
        book(a_round, world.ben)
        book(a_round, world.ines)
        registration.cancel(round=a_round, person=world.ben, now=NOON)
        assert delivered() == [(world.ines.email, MESSAGE)]
        assert kinds(person=world.ines) == {
            ("on_waiting_list", "cancelled"): 1,
            ("place_freed", "sent"): 1,
            ("reminder", "pending"): 2,
        }
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
        assert (late.email, "Schwartz Round on 24 March: places are open") in letters
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

    def move_slowly():
        with transaction.atomic():
            moving = registration.lock(round.pk)
            moving.starts_at, moving.ends_at = moving.starts_at + 7 * DAY, moving.ends_at + 7 * DAY
            moving.save()
            holding.set()
            time.sleep(0.5)
        connection.close()

    thread = threading.Thread(target=move_slowly)
    thread.start()
    assert holding.wait(5)
    assert [subject for _, subject in delivered()] == ["Schwartz Round on 24 March: places are open"]
    thread.join()


class TestDiaries:
    def test_nobody_gets_an_entry_unasked(self, world, a_round):
        book(a_round, world.ben)
        delivered()
        move(a_round, world.ada)
        delivered()
        assert entries() == {}

    def test_the_entry_is_sent_moved_and_taken_out(self, world, a_round):
        booking = book(a_round, world.ben)
        book(a_round, world.ines)
        delivered()
        registration.keep_in_diary(booking=booking, now=NOON)
        assert delivered() == [(world.ben.email, MESSAGE)]
        assert entries() == {world.ben.email: "REQUEST"}
        moved = move(a_round, world.ada)
        assert len(delivered()) == 2
        assert entries() == {world.ben.email: "REQUEST"}
        call_off(moved, world.ada)
        assert len(delivered()) == 2
        assert entries() == {world.ben.email: "CANCEL"}

    def test_giving_back_takes_it_out_and_only_where_it_is_in(self, world, a_round):
        booking = book(a_round, world.ben)
        book(a_round, world.ines)
        registration.keep_in_diary(booking=booking, now=NOON)
        delivered()
        for person in (world.ben, world.ines):
            registration.cancel(round=a_round, person=person, now=NOON)
        assert delivered() == [(world.ben.email, MESSAGE)]
        assert entries() == {world.ben.email: "CANCEL"}

    def test_an_entry_given_back_before_it_went_is_never_put_in(self, world, a_round):
        booking = book(a_round, world.ben)
        registration.keep_in_diary(booking=booking, now=NOON)
        registration.cancel(round=a_round, person=world.ben, now=NOON)
        delivered()
        assert entries() == {world.ben.email: "CANCEL"}
        assert kinds(kind="diary_entry") == {("diary_entry", "cancelled"): 1}


class Links(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found, self.fetched = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "a":
            self.found.add(attrs["href"])
        self.fetched |= {attrs[name] for name in ("src", "background") if name in attrs}


class TestWords:
    @pytest.fixture
    def everything(self, world, a_round):
        """One letter of every kind, about a Round whose title is not safe as HTML."""
        a_round.title, a_round.places = "Tea & <b>sympathy</b>", 1
        a_round.save()
        home = OrganisationFactory(name="Larch & Sons", has_staff_list=False, contact_email="rota@larch.example")
        a_round.invited_partners.create(organisation=home)
        JoinLinkFactory(organisation=home)
        emails.invite(a_round, now=NOON)
        emails.pass_on_letters(a_round, now=NOON)
        sent = []
        first = book(a_round, world.ben)
        steps = [
            partial(panel.ask, round=a_round, email=world.cleo.email, by=world.ada, now=NOON),
            partial(book, a_round, world.ines),
            partial(registration.keep_in_diary, booking=first, now=NOON),
            partial(registration.cancel, round=a_round, person=world.ben, now=NOON),
            partial(move, a_round, world.ada),
        ]
        for step in [lambda: None, *steps]:
            step()
            delivered()
            sent += mail.outbox
        moved = type(a_round).objects.get()
        delivered(moved.starts_at - DAY)
        sent += mail.outbox
        call_off(moved, world.ada)
        delivered()
        sent += mail.outbox
        assert set(Delivery.objects.filter(state="sent").values_list("kind", flat=True)) == {
            letter.kind for letter in emails.letters if letter.template.startswith("rounds/")
        }
        return sent

    def test_text_and_html_carry_the_same_links_and_fetch_nothing(self, everything):
        for letter in everything:
            links = Links(letter.alternatives[0].content)
            written = set(re.findall(r"https?://[^\s]+", letter.body))
            assert links.found == written
            assert all(link.startswith("http://127.0.0.1:8000/") for link in links.found)
            assert links.fetched == set()

    def test_a_title_is_text_and_never_markup(self, everything):
        for letter in everything:
            if "/preparation/" in letter.body:
                assert "sympathy" not in letter.message().as_string()
                continue
            assert "Tea & <b>sympathy</b>" in letter.body
            html = letter.alternatives[0].content
            assert "Tea &amp; &lt;b&gt;sympathy&lt;/b&gt;" in html
            assert "<b>" not in html

    def test_subjects_tell_those_who_see_the_mailbox_nothing_personal(self, everything):
        assert {letter.subject for letter in everything} == {
            MESSAGE,
            "Schwartz Round on 17 March: places are open",
            "Schwartz Round on 24 March: something has changed",
            "Schwartz Round on 24 March: it does not take place",
        }

    def test_names_nobody_and_blames_nobody(self, world, everything):
        for letter in everything:
            words = letter.body + letter.alternatives[0].content
            assert [name for name in (world.ben.name, world.ada.name) if name in words] == []
            assert [word for word in ("unfortunately", "failed", "no-show", "attended", "Dear") if word in words] == []

    def test_comes_from_the_system(self, everything):
        assert {letter.from_email for letter in everything} == {"Schwartz Rounds <rounds@northvale.example>"}


@pytest.mark.parametrize(
    ("round_fields", "where"),
    [
        ({"format": Format.ONLINE}, "Online"),
        ({"format": Format.HYBRID}, "or online"),
    ],
)
def test_where_a_round_is(world, round_fields, where):
    round = RoundFactory(partners=[world.elmbridge], invitations_released_at=NOON, **round_fields)
    emails.invite(round, now=NOON)
    delivered()
    assert where in mail.outbox[0].body
    assert round.joining_details not in mail.outbox[0].body


@time_machine.travel(NOON, tick=False)
def test_the_sign_in_code_is_sent_in_the_request_with_its_own_subject(world, client):
    client.post("/account/login/code/", {"email": world.ben.email})
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([world.ben.email], "Your sign-in code")
    assert Delivery.objects.count() == 0
