"""Who is invited to a Round, and when not."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.actions import correspondence, invitations, suppressions
from members.models import Person
from rounds import emails
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.formats import nhs_moment
from tests.factories.members import MembershipFactory, PersonFactory
from tests.worlds import NOON

from .sending import DAY, HOUR, MESSAGE, MINUTE, book, call_off, delivered, kinds, meanwhile, move, only_statements

pytestmark = pytest.mark.django_db


class TestInvitation:
    def test_goes_to_everyone_who_works_for_an_invited_partner(self, world, a_round):
        assert emails.invite(a_round, now=NOON) == 3
        subject = "Schwartz Round on 17 March: booking is open"
        assert delivered() == sorted((person.email, subject) for person in (world.ada, world.ben, world.ines))

    @pytest.mark.parametrize(
        ("kind", "unit", "said"),
        [
            ("ordinary", "", ""),
            ("team_time", "", "Team Time: one team of 8 to 30 people, for 30 to 45 minutes"),
            ("unit", "", "A unit-based Round: for the people of one ward, clinic or service"),
            ("unit", "Ward 7", "A unit-based Round: for Ward 7"),
        ],
    )
    def test_says_whom_a_round_of_one_team_is_for(self, a_round, kind, unit, said):
        Round.objects.filter(pk=a_round.pk).update(kind=kind, unit=unit)
        a_round.refresh_from_db()
        emails.invite(a_round, now=NOON)
        delivered()
        for words in (mail.outbox[0].body, mail.outbox[0].alternatives[0].content):
            assert said in words
            assert ("Team Time" in words, "unit-based" in words) == (kind == "team_time", kind == "unit")
            assert ("It may be for others than you" in words, "whatever their job" in words) == (said != "", said == "")

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

    def test_asks_for_those_who_have_none_with_one_list_of_those_who_have(self, a_round):
        """Person by person PostgreSQL reads all letters of the Round again for each, as long as it does not know how
        many there are: 40 seconds for a batch among 20,000, against 0.1."""
        with CaptureQueriesContext(connection) as queries:
            emails.invite(a_round, now=NOON)
        (asked,) = [query["sql"] for query in queries if 'FROM "members_person"' in query["sql"]]
        assert "NOT EXISTS" not in asked
        assert asked.count('FROM "members_delivery"') == 1

    def test_writes_in_batches(self, world, a_round, monkeypatch):
        monkeypatch.setattr("rounds.emails.writing.BATCH", 2)
        assert emails.invite(a_round, now=NOON) == 3

    def test_looks_once_and_not_batch_by_batch_for_dropped_letters_to_take_up_again(self, a_round, monkeypatch):
        monkeypatch.setattr("rounds.emails.writing.BATCH", 1)
        with CaptureQueriesContext(connection) as queries:
            assert emails.invite(a_round, now=NOON) == 3
        looks = [
            query["sql"] for query in queries if query["sql"].startswith("SELECT 1") and "cancelled" in query["sql"]
        ]
        assert len(looks) == 1

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

    def test_goes_after_all_to_whoever_comes_back(self, world, a_round):
        """Whoever left, or stopped invitations, when theirs was dropped; and never twice."""
        emails.invite(a_round, now=NOON)
        invitations.stop(person=world.ben, now=NOON)
        world.ines.memberships.update(ends_on=NOON.date())
        delivered()
        emails.invite(a_round, now=NOON + HOUR)
        assert kinds() == {("invitation", "sent"): 1, ("invitation", "cancelled"): 2}
        world.ben.refresh_from_db()
        invitations.resume(person=world.ben)
        MembershipFactory(person=world.ines, organisation=world.elmbridge, starts_on=NOON.date())
        told = []
        for _ in range(2):
            assert emails.invite(a_round, now=NOON + HOUR) == 0
            told += [address for address, _ in delivered(NOON + HOUR)]
        assert sorted(told) == sorted([world.ben.email, world.ines.email])

    def test_stays_dropped_where_the_address_is_written_to_no_more(self, world, a_round):
        emails.invite(a_round, now=NOON)
        suppressions.stop(world.ben.email, system=world.system, now=NOON)
        delivered()
        emails.invite(a_round, now=NOON + HOUR)
        assert kinds() == {("invitation", "sent"): 2, ("invitation", "cancelled"): 1}

    def test_waits_until_booking_opens_even_where_that_moves(self, world, a_round):
        type(a_round).objects.update(booking_opens_at=NOON + DAY)
        emails.invite(a_round, now=NOON)
        type(a_round).objects.update(booking_opens_at=NOON + 2 * DAY)
        assert delivered(NOON + DAY) == []
        assert len(delivered(NOON + 2 * DAY)) == 3

    def test_waits_for_the_quiet_hours_and_a_personal_letter_does_not(self, world, a_round):
        """In the night of 28 March an hour is left out: 7am comes an hour sooner."""
        type(world.system).objects.update(quiet_from="20:00", quiet_until="07:00")
        night, morning = (dt.datetime(*day, tzinfo=dt.UTC) for day in ((2027, 3, 27, 23), (2027, 3, 28, 6)))
        type(a_round).objects.update(
            starts_at=night + 9 * DAY, ends_at=night + 9 * DAY + HOUR, booking_closes_at=night + 8 * DAY
        )
        emails.invite(a_round, now=night)
        book(a_round, world.ben, now=night)
        assert delivered(night) == [(world.ben.email, MESSAGE)]
        assert delivered(morning - HOUR / 60) == []
        assert len(delivered(morning)) == 3

    def test_says_the_new_date_where_the_round_moved_before_it_went(self, world, a_round):
        emails.invite(a_round, now=NOON)
        move(a_round, world.ada)
        assert {subject for _, subject in delivered()} == {"Schwartz Round on 24 March: booking is open"}

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

    @pytest.mark.parametrize(
        ("change", "still_told"),
        [
            (lambda world, round: invitations.stop(person=world.ben, now=NOON), False),
            (lambda world, round: world.ben.memberships.update(ends_on=NOON.date()), False),
            (lambda world, round: round.invited_partners.all().delete(), False),
            (lambda world, round: Person.objects.filter(pk=world.ben.pk).update(is_active=False), False),
            (lambda world, round: call_off(round, world.ada), False),
            (lambda world, round: Round.objects.update(booking_closes_at=NOON), False),
            (lambda world, round: Round.objects.update(booking_closes_at=NOON + DAY), True),
            (lambda world, round: None, True),
        ],
        ids="stops leaves uninvited gone off closed closes_sooner nothing".split(),
    )
    def test_decided_at_hand_over_for_what_changes_after_many_were_read(self, world, a_round, change, still_told):
        emails.invite(a_round, now=NOON)
        mail.outbox.clear()
        correspondence.dispatch(now=NOON, stopping=meanwhile(lambda: change(world, a_round)))
        told = [letter for letter in mail.outbox if letter.to == [world.ben.email]]
        closes = nhs_moment(Round.objects.get().booking_closes_at)
        assert [f"open until {closes}" in letter.body for letter in told] == ([True] if still_told else [])

    def test_goes_to_the_address_that_is_theirs_when_it_leaves(self, world, a_round):
        emails.invite(a_round, now=NOON)
        mail.outbox.clear()
        corrected = Person.objects.filter(pk=world.ben.pk)
        correspondence.dispatch(now=NOON, stopping=meanwhile(lambda: corrected.update(email="ben@new.example")))
        assert {address for letter in mail.outbox for address in letter.to} & {world.ben.email, "ben@new.example"} == {
            "ben@new.example"
        }

    def test_not_to_an_address_that_is_stopped_while_many_leave(self, world, a_round):
        emails.invite(a_round, now=NOON)
        stop = lambda: suppressions.stop(world.ben.email, system=world.system, now=NOON)  # noqa: E731
        correspondence.dispatch(now=NOON, stopping=meanwhile(stop))
        assert world.ben.email not in [letter.to[0] for letter in mail.outbox]
        assert kinds() == {("invitation", "sent"): 2, ("invitation", "cancelled"): 1}

    def test_not_to_whoever_stops_working_there_at_midnight_while_many_leave(self, world, a_round):
        emails.invite(a_round, now=NOON)
        world.ben.memberships.update(ends_on=NOON.date() + DAY)
        mail.outbox.clear()
        with time_machine.travel(NOON.replace(hour=23, minute=59)) as clock:
            correspondence.dispatch(stopping=meanwhile(lambda: clock.shift(2 * MINUTE)))
        assert {address for letter in mail.outbox for address in letter.to} == {world.ada.email, world.ines.email}

    @pytest.mark.parametrize("people", [1, 3])
    def test_statements(self, world, a_round, people):
        """The fence, which holds the Round and looks at it too, and *sent*; for the batch the pace of both lanes, its
        claim with what else waits for the same people, and one reading of it all."""
        for _ in range(people - 1):
            PersonFactory(works_for=world.quarry_lane)
        a_round.invited_partners.update(organisation=world.quarry_lane)
        with CaptureQueriesContext(connection) as queries:
            emails.invite(a_round, now=NOON)
        assert len(only_statements(queries)) == 4
        with CaptureQueriesContext(connection) as queries:
            correspondence.dispatch(now=NOON)
        assert len(only_statements(queries)) == 11 + 2 * people
