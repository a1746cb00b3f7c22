"""Handing letters over: members/actions/correspondence.py. What SMTP relays do is done by a real one here."""

import asyncio
import datetime as dt
import logging
import smtplib
import subprocess
import sys
from collections import Counter

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.actions import correspondence
from members.models import Delivery
from members.tasks import dispatch_letters, dispatching
from rounds.actions import registration
from tests.factories.members import PersonFactory
from tests.factories.rounds import RoundFactory
from tests.running import ROOT, MailRelay, RunningPortal, free_port, wait_until
from tests.worlds import NOON

from . import mail_backends
from .correspondents import LONG_AGO, MINUTE, let_leases_lapse, post, the

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("kind")
class TestDispatch:
    def test_sends_what_is_due_and_says_so_on_the_row(self):
        delivery = post(number=1)
        later = post(number=2, due_at=NOON + MINUTE)
        assert correspondence.dispatch(now=NOON) == {"sent": 1}
        assert the(delivery, "state", "version", "attempts", "error") == ("sent", 1, 1, "")
        assert the(delivery, "handed_at", "finished_at", "claimed_until") == (NOON, NOON, None)
        assert the(later, "state") == ("pending",)
        assert [letter.to for letter in mail.outbox] == [[delivery.person.email]]
        assert correspondence.dispatch(now=NOON) == {}

    def test_personal_letters_go_before_bulk_whenever_these_were_written(self):
        for number in range(3):
            post("circular", number, due_at=NOON - MINUTE)
        note = post()
        assert correspondence.dispatch(now=NOON, limit=1) == {"sent": 1}
        assert the(note, "state") == ("sent",)

    def test_a_letter_to_a_named_contact_needs_no_account(self):
        post(address="rota@quarrylane.example")
        assert correspondence.dispatch(now=NOON) == {"sent": 1}
        assert mail.outbox[0].to == ["rota@quarrylane.example"]

    def test_what_nobody_wants_any_more_is_cancelled(self, kind):
        kind.wanted = None
        delivery = post()
        assert correspondence.dispatch(now=NOON) == {"cancelled": 1}
        assert the(delivery, "state", "finished_at") == ("cancelled", NOON)
        assert mail.outbox == []

    def test_what_is_too_early_waits_without_counting_as_a_try(self, kind):
        kind.wanted = NOON + 5 * MINUTE
        delivery = post()
        assert correspondence.dispatch(now=NOON) == {"pending": 1}
        assert the(delivery, "state", "due_at", "attempts") == ("pending", NOON + 5 * MINUTE, 0)

    def test_what_has_expired_is_cancelled_by_the_dispatcher_and_by_the_sweeper(self):
        first, second = post(number=1, expires_at=NOON), post(number=2, expires_at=NOON)
        assert correspondence.dispatch(now=NOON, limit=1) == {"cancelled": 1}
        assert correspondence.sweep(now=NOON) == {"cancelled": 1}
        assert {the(first, "state"), the(second, "state")} == {("cancelled",)}

    def test_a_version_that_moves_between_rendering_and_hand_over_is_rendered_again(self, kind):
        def move():
            kind.version = 2

        kind.meanwhile = move
        delivery = post()
        assert correspondence.dispatch(now=NOON) == {"sent": 1}
        assert the(delivery, "version") == (2,)
        assert ["Version 2" in letter.body for letter in mail.outbox] == [True]

    def test_what_changes_without_end_is_put_back_and_never_dropped(self, kind, monkeypatch):
        def move():
            kind.version += 1
            kind.meanwhile = move

        kind.meanwhile = move
        delivery = post()
        assert correspondence.dispatch(now=NOON) == {"pending": 1}
        assert the(delivery, "state", "error") == ("pending", "")
        assert mail.outbox == []

    def test_a_letter_that_cannot_be_made_waits_and_says_why_without_its_contents(self, kind, caplog):
        person = PersonFactory(email="robin@quarrylane.example")
        delivery = post(person=person)
        kind.meanwhile = lambda: [][0]
        assert correspondence.dispatch(now=NOON) == {"pending": 1}
        assert the(delivery, "state", "error", "due_at") == ("pending", "IndexError", NOON + MINUTE)
        assert "A letter of the kind note could not be made" in caplog.text
        assert "quarrylane" not in caplog.text

    def test_waits_longer_after_each_try(self, kind, caplog):
        delivery, now, waits = post(), NOON, []
        for _ in range(5):
            kind.meanwhile = lambda: [][0]
            correspondence.dispatch(now=now)
            waits.append((the(delivery, "due_at")[0] - now) // MINUTE)
            now = delivery.due_at
        assert waits == [1, 5, 15, 60, 60]
        assert correspondence.dispatch(now=now) == {"sent": 1}

    def test_says_who_it_is_from_and_that_a_machine_wrote_it(self):
        delivery = post()
        correspondence.dispatch(now=NOON)
        headers = mail.outbox[0].message()
        assert headers["Auto-Submitted"] == "auto-generated"
        assert headers["From"] == "r@x.example"
        assert headers["Message-ID"] == the(delivery, "message_id")[0] != ""
        assert headers["Date"] == "Wed, 03 Mar 2027 12:00:00 +0000"
        assert headers["List-Unsubscribe"] is None

    def test_the_same_letter_has_the_same_id_and_hash_at_every_try(self, settings):
        answers = iter([smtplib.SMTPDataError(451, b"later"), None])

        def answer(letter):
            if error := next(answers):
                raise error
            return 1

        settings.EMAIL_BACKEND = "tests.members.mail_backends.Told"
        mail_backends.Told.script = answer
        delivery = post()
        assert correspondence.dispatch(now=NOON) == {"pending": 1}
        first = the(delivery, "message_id", "content_hash")
        assert correspondence.dispatch(now=NOON + MINUTE) == {"sent": 1}
        assert the(delivery, "message_id", "content_hash", "attempts") == (*first, 2)

    @pytest.mark.parametrize("count", [1, 3])
    def test_statements_per_letter(self, count):
        """Pace and claim; then its person, whether the address is stopped, the fence and *sent* of each letter."""
        for number in range(count):
            post(number=number)
        with CaptureQueriesContext(connection) as queries:
            correspondence.dispatch(now=NOON)
        said = Counter(query["sql"].split()[0] for query in queries)
        assert (said["SELECT"], said["UPDATE"]) == (4 + 2 * count, 1 + 2 * count)


class TestTheFence:
    def test_a_dispatcher_that_lost_its_claim_sends_nothing(self, kind):
        """Paused past its lease: meanwhile the sweeper gave the letter to another dispatcher, which sent it."""
        delivery, others = post(), []

        def another_dispatcher():
            let_leases_lapse()
            assert correspondence.sweep(now=NOON) == {"rescued": 1}
            others.append(correspondence.dispatch(now=NOON))

        kind.meanwhile = another_dispatcher
        assert correspondence.dispatch(now=NOON) == {"lost": 1}
        assert others == [{"sent": 1}]
        assert len(mail.outbox) == 1
        assert the(delivery, "state", "attempts") == ("sent", 1)

    def test_a_letter_in_hand_past_its_lease_is_uncertain_and_nobody_sends_it_again(self, kind):
        delivery = post()
        Delivery.objects.update(state="handing", token=delivery.pk, claimed_until=Now() - MINUTE)
        assert correspondence.sweep(now=NOON) == {"uncertain": 1}
        assert the(delivery, "state", "finished_at", "error") == ("uncertain", NOON, "no answer was recorded")
        assert correspondence.run(now=NOON + dt.timedelta(days=1)) == {}

    def test_a_claim_within_its_lease_is_left_alone(self, kind):
        post(number=1)
        Delivery.objects.update(state="claimed", token="0" * 32, claimed_until=Now() + MINUTE)
        assert correspondence.sweep(now=NOON + dt.timedelta(days=400)) == {}

    def test_a_late_answer_heals_what_the_sweeper_took_for_uncertain(self, kind, settings):
        delivery, seen = post(), []

        def slow(letter):
            let_leases_lapse()
            correspondence.sweep(now=NOON)
            seen.append(the(delivery, "state"))
            return 1

        settings.EMAIL_BACKEND = "tests.members.mail_backends.Told"
        mail_backends.Told.script = slow
        assert correspondence.dispatch(now=NOON) == {"sent": 1}
        assert seen == [("uncertain",)]
        assert the(delivery, "state", "error") == ("sent", "")

    def test_handing_is_committed_before_the_mail_backend_is_called(self, kind, settings):
        delivery, seen = post(), []
        settings.EMAIL_BACKEND = "tests.members.mail_backends.Told"
        mail_backends.Told.script = lambda letter: seen.append(the(delivery, "state", "message_id")) or 1
        correspondence.dispatch(now=NOON)
        assert seen == [("handing", mail.outbox[0].extra_headers["Message-ID"])]

    def test_two_letters_to_one_person_about_one_thing_are_never_in_hand_at_once(self, kind):
        person, about = PersonFactory(), PersonFactory().pk
        first, second = (post(number=number, person=person, about=about) for number in (1, 2))
        Delivery.objects.filter(pk=first.pk).update(
            state="handing", token=first.pk, claimed_until=Now() + MINUTE, handed_at=NOON
        )
        assert correspondence.dispatch(now=NOON) == {"pending": 1}
        assert the(second, "state", "due_at", "attempts") == ("pending", NOON + MINUTE, 0)
        Delivery.objects.filter(pk=first.pk).update(state="sent")
        assert correspondence.dispatch(now=NOON + MINUTE) == {"sent": 1}


@pytest.mark.usefixtures("kind")
class TestAnyBackend:
    def test_one_that_cannot_be_opened_is_asked_once_a_batch_and_the_run_ends(self, settings):
        settings.EMAIL_BACKEND = "tests.members.mail_backends.Shut"
        mail_backends.Shut.opened = 0
        deliveries = [post(number=number) for number in range(3)]
        assert correspondence.run(now=NOON) == {"away": 3}
        assert mail_backends.Shut.opened == 1
        for delivery in deliveries:
            assert the(delivery, "state", "due_at", "error") == ("pending", NOON + MINUTE, "ConnectionRefusedError")

    def test_one_that_fails_in_its_own_way_leaves_an_uncertain_letter(self, settings, caplog):
        def fail(letter):
            raise LookupError(f"550 {letter.to}")

        settings.EMAIL_BACKEND = "tests.members.mail_backends.Told"
        mail_backends.Told.script = fail
        delivery = post()
        assert correspondence.dispatch(now=NOON) == {"uncertain": 1}
        assert the(delivery, "state", "error") == ("uncertain", "LookupError")
        assert delivery.person.email not in caplog.text

    def test_one_that_says_it_sent_nothing_leaves_an_uncertain_letter(self, settings):
        settings.EMAIL_BACKEND = "tests.members.mail_backends.Told"
        mail_backends.Told.script = lambda letter: 0
        delivery = post()
        assert correspondence.dispatch(now=NOON) == {"uncertain": 1}
        assert the(delivery, "error") == ("NothingSent",)


class Relay:
    """A real relay that answers as told: `answers["RCPT"]` is a list of replies, "drop" hangs up instead."""

    def __init__(self, **answers):
        self.answers, self.accepted, self.connections = answers, [], set()
        self.server = Controller(self, hostname="127.0.0.1", port=free_port())

    def answer(self, server, command):
        self.connections.add(server.transport)
        reply = self.answers[command].pop(0) if self.answers.get(command) else None
        if reply == "drop":
            server.transport.abort()
        return reply

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 (aiosmtpd's names)
        envelope.mail_from = address
        return self.answer(server, "MAIL") or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.answer(server, "RCPT") or "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.accepted.append((envelope.rcpt_tos, envelope.content))
        return self.answer(server, "DATA") or "250 OK"

    async def handle_NOOP(self, server, session, envelope, argument):  # noqa: N802
        return self.answer(server, "NOOP") or "250 OK"


@pytest.fixture
def relay(settings):
    """`relay(RCPT=["550 no such box"])` starts one and points the portal at it."""
    running = []

    def start(**answers):
        relay = Relay(**answers)
        relay.server.start()
        running.append(relay.server)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", relay.server.port, 5
        return relay

    yield start
    for server in running:
        server.stop()


@pytest.mark.usefixtures("kind")
class TestOverSmtp:
    @pytest.mark.parametrize(
        ("answers", "state", "error"),
        [
            ({}, "sent", ""),
            ({"MAIL": ["451 busy"]}, "pending", "SMTPSenderRefused 451"),
            ({"MAIL": ["550 who are you"]}, "pending", "SMTPSenderRefused 550"),
            ({"RCPT": ["450 try later"]}, "pending", "SMTPRecipientsRefused 450"),
            ({"RCPT": ["421 going down"]}, "pending", "SMTPRecipientsRefused 421"),
            ({"RCPT": ["550 no such box"]}, "failed", "SMTPRecipientsRefused 550"),
            ({"DATA": ["452 disk full"]}, "pending", "SMTPDataError 452"),
            ({"DATA": ["554 not wanted"]}, "failed", "SMTPDataError 554"),
            ({"DATA": ["drop"]}, "uncertain", "SMTPServerDisconnected"),
        ],
    )
    def test_what_an_answer_means(self, relay, answers, state, error, caplog):
        relay(**answers)
        delivery = post()
        with caplog.at_level(logging.DEBUG):
            assert correspondence.dispatch(now=NOON) == {state: 1}
        assert the(delivery, "state", "error") == (state, error)
        assert the(delivery, "due_at") == (NOON + MINUTE if state == "pending" else NOON,)
        ours = [record for record in caplog.records if record.name.startswith(("members", "rounds", "django"))]
        assert [record for record in ours if delivery.person.email in record.getMessage()] == []

    def test_after_one_bad_letter_the_others_still_go(self, relay):
        relay = relay(RCPT=[None, "550 no such box"], DATA=[None, "drop"])
        for number in range(5):
            post(number=number)
        assert correspondence.dispatch(now=NOON) == {"sent": 3, "failed": 1, "uncertain": 1}

    def test_one_connection_for_a_batch_and_one_recipient_for_each_letter(self, relay):
        relay = relay()
        for number in range(4):
            post(number=number)
        assert correspondence.dispatch(now=NOON) == {"sent": 4}
        assert len(relay.connections) == 1
        assert [len(recipients) for recipients, _ in relay.accepted] == [1] * 4

    def test_a_relay_that_hangs_up_between_letters_costs_none(self, relay):
        relay = relay(NOOP=["421 idle too long"])
        for number in range(3):
            post(number=number)
        assert correspondence.dispatch(now=NOON) == {"sent": 3}
        assert len(relay.connections) == 2

    def test_no_relay_at_all(self, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
        delivery = post()
        assert correspondence.run(now=NOON) == {"away": 1}
        assert the(delivery, "state", "attempts", "error") == ("pending", 1, "ConnectionRefusedError")


@pytest.mark.usefixtures("kind")
class TestWhoCalls:
    def test_the_command_prints_what_became_of_them(self, capsys):
        call_command("dispatch_letters")
        assert capsys.readouterr().out == "no letter was due\n"
        post(number=1, due_at=LONG_AGO)
        post(number=2, due_at=LONG_AGO)
        call_command("dispatch_letters")
        assert capsys.readouterr().out == "sent: 2\n"

    def test_the_task_goes_on_until_nothing_is_due(self):
        for number in range(correspondence.BATCH + 1):
            post(number=number, address="rota@quarrylane.example", due_at=LONG_AGO)
        dispatch_letters()
        assert Counter(Delivery.objects.values_list("state", flat=True)) == {"sent": correspondence.BATCH + 1}

    def test_one_thread_of_a_worker_at_a_time(self):
        delivery = post(due_at=LONG_AGO)
        with dispatching:
            dispatch_letters()
        assert the(delivery, "state") == ("pending",)
        dispatch_letters()
        assert the(delivery, "state") == ("sent",)

    def test_a_bell_heard_meanwhile_is_not_lost(self, kind):
        post(number=1, due_at=LONG_AGO)
        second = []

        def somebody_books():
            second.append(post(number=2, due_at=LONG_AGO))
            dispatch_letters()
            assert the(second[0], "state") == ("pending",)

        kind.meanwhile = somebody_books
        dispatch_letters()
        assert the(second[0], "state") == ("sent",)

    def test_one_that_is_told_to_end_hands_over_no_more(self):
        for number in range(3):
            post(number=number, due_at=LONG_AGO)
        assert correspondence.run(stopping=lambda: bool(mail.outbox)) == {"sent": 1, "pending": 2}
        assert Counter(Delivery.objects.values_list("state", flat=True)) == {"sent": 1, "pending": 2}


class SlowRelay(MailRelay):
    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        await asyncio.sleep(0.03)
        return await super().handle_DATA(server, session, envelope)


def test_three_dispatchers_at_once_send_each_letter_once(tmp_path, django_db_blocker):
    """Three processes on one database, SQLite's file or PostgreSQL, and a relay slow enough for them to meet."""
    with (
        django_db_blocker.unblock(),
        SlowRelay() as relay,
        RunningPortal(tmp_path, relay=relay) as portal,
        portal.databases_here(),
    ):
        expected = write_confirmations(150)
        command = [sys.executable, "manage.py", "dispatch_letters", "--seconds", "60"]
        running = [
            subprocess.Popen(command, cwd=ROOT, env=portal.environment, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        said = [process.communicate(timeout=120)[0] for process in running]
        wait_until(lambda: len(relay.letters) >= expected, seconds=5, what="the last letters")
        assert [process.returncode for process in running] == [0, 0, 0]
        assert Counter(letter.message["Message-ID"] for letter in relay.letters).most_common(1)[0][1] == 1
        assert len(relay.letters) == expected
        assert set(Delivery.objects.filter(kind="place_confirmed").values_list("state", flat=True)) == {"sent"}
        assert sum("sent" in words for words in said) >= 2, f"they never met: {said}"


def test_a_portal_that_is_stopped_leaves_no_letter_in_hand(tmp_path, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        SlowRelay() as relay,
        RunningPortal(tmp_path, relay=relay) as portal,
        portal.databases_here(),
    ):
        portal.start()
        written = write_confirmations(600)
        portal.ring("members.tasks.dispatch_letters")
        relay.wait_for(3)
        assert portal.stop() == 0
        sent = len(relay.letters)
        assert sent < written
        states = Delivery.objects.filter(kind="place_confirmed").values_list("state", flat=True)
        assert Counter(states) == {"sent": sent, "pending": written - sent}


def write_confirmations(number):
    now = timezone.now()
    starts_at = now + dt.timedelta(days=14)
    round = RoundFactory(places=number, starts_at=starts_at, booking_opens_at=now - dt.timedelta(days=1))
    for _ in range(number):
        registration.book(round=round, person=PersonFactory(), way="in_person", now=now)
    return number
