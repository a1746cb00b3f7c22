"""What becomes of a letter wherever a relay breaks off: rounds_site/kit/smtp.py under the dispatcher, on sockets."""

import pytest
from django.core.mail import EmailMessage

from members.actions import correspondence
from members.models import Delivery
from rounds_site.kit import smtp
from tests.factories.members import PersonFactory
from tests.hostile_relay import ACCEPT_AND_DROP, DRIP, DROP, HANG, Relay
from tests.running import wait_until
from tests.worlds import NOON

from .correspondents import post, the

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind")]


@pytest.fixture
def relay(settings, request):
    """`relay({".": DROP}, {})` starts one, with a plan for each letter, and points the portal at it."""

    def start(*plans, **more):
        running = Relay(*plans, **more).__enter__()
        request.addfinalizer(lambda: running.__exit__())
        settings.EMAIL_BACKEND = "rounds_site.kit.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.port, 5
        return running

    return start


@pytest.mark.parametrize(
    ("step", "said", "state", "error", "accepted"),
    [
        (".", "250 taken", "sent", "", 1),
        ("MAIL", "451 busy", "pending", "SMTPSenderRefused 451", 0),
        ("MAIL", "421 going down", "pending", "SMTPSenderRefused 421", 0),
        ("MAIL", "550 who are you", "pending", "SMTPSenderRefused 550", 0),
        ("MAIL", DROP, "pending", "SMTPServerDisconnected", 0),
        ("RCPT", "450 try later", "pending", "SMTPRecipientsRefused 450", 0),
        ("RCPT", "550 5.1.1 no such box", "failed", "SMTPRecipientsRefused 550", 0),
        ("RCPT", DROP, "pending", "SMTPServerDisconnected", 0),
        ("DATA", "451 not now", "pending", "SMTPDataError 451", 0),
        ("DATA", DROP, "pending", "SMTPServerDisconnected", 0),
        (".", "452 disk full", "pending", "SMTPDataError 452", 0),
        (".", "554 not wanted", "failed", "SMTPDataError 554", 0),
        (".", DROP, "uncertain", "SMTPServerDisconnected", 0),
        (".", ACCEPT_AND_DROP, "uncertain", "SMTPServerDisconnected", 1),
    ],
)
def test_what_a_break_at_each_step_means(relay, step, said, state, error, accepted):
    """A relay that lets nobody begin is asked once more on a new connection, and says the same."""
    relay = relay({step: said}, {step: said})
    delivery = post()
    assert correspondence.dispatch(now=NOON) == {state: 1}
    assert the(delivery, "state", "error") == (state, error)
    assert len(relay.ledger) == accepted


def test_what_broke_off_before_the_final_dot_was_not_accepted_even_if_it_is_in_hand(relay, kind):
    """Half of it had gone when the relay hung up, which is seen only after *handing* was committed."""
    relay = relay({"body": DROP})
    kind.before_lock = lambda: wait_until(lambda: relay.hung_up, seconds=5, what="the relay to hang up")
    delivery = post()
    assert correspondence.dispatch(now=NOON) == {"pending": 1}
    assert the(delivery, "state", "error", "handed_at") == ("pending", "BrokenOff", NOON)
    assert relay.ledger == []


def test_what_was_certainly_not_accepted_goes_again_and_arrives_once(relay):
    relay = relay({"DATA": DROP}, {"RCPT": DROP}, {})
    delivery, now = post(), NOON
    for _ in range(3):
        correspondence.dispatch(now=now)
        now = the(delivery, "due_at")[0]
    assert the(delivery, "state", "attempts") == ("sent", 3)
    assert relay.ledger == [delivery.message_id]


def test_handing_is_committed_just_before_the_final_dot(relay, kind):
    relay, seen = relay(), []
    kind.before_lock = lambda: seen.append((the(delivery, "state"), relay.connections, relay.ledger))
    delivery = post()
    assert correspondence.dispatch(now=NOON) == {"sent": 1}
    assert seen == [(("claimed",), 1, [])]


def test_what_changes_while_the_letter_is_on_its_way_is_not_sent_as_it_was(relay, kind):
    relay = relay()
    kind.before_lock = lambda: setattr(kind, "version", 2)
    post()
    assert correspondence.dispatch(now=NOON) == {"sent": 1}
    assert ["Version 2" in message.get_body(("plain",)).get_content() for message in relay.accepted] == [True]


def test_one_connection_for_a_batch_also_after_a_refusal(relay):
    relay = relay({}, {"RCPT": "550 5.1.1 no such box"}, {".": "554 not wanted"}, {"DATA": "451 not now"})
    for number in range(5):
        post(number=number)
    assert correspondence.dispatch(now=NOON) == {"sent": 2, "failed": 2, "pending": 1}
    assert relay.connections == 1


def test_a_relay_that_hung_up_between_two_letters_costs_none(relay):
    relay = relay({}, {"MAIL": DROP}, {}, {"MAIL": "421 idle too long"})
    for number in range(3):
        post(number=number)
    assert correspondence.dispatch(now=NOON) == {"sent": 3}
    assert relay.connections == 3


@pytest.mark.parametrize("manner", [HANG, DRIP])
@pytest.mark.parametrize(("step", "state"), [("RCPT", "pending"), (".", "uncertain")])
def test_a_relay_that_never_comes_to_an_end_is_left_in_time(relay, monkeypatch, step, manner, state):
    """Not a line is waited for too long, nor all of them together; the others of the batch do not try their luck."""
    monkeypatch.setattr(smtp, "DEADLINE", 0.6)
    relay({step: manner})
    both = [post(number=1), post(number=2)]
    assert correspondence.dispatch(now=NOON) == {state: 1, "away": 1}
    found = sorted((the(each, "attempts", "state", "error") for each in both), reverse=True)
    assert found == [(1, state, "TimeoutError"), (0, "pending", "TimeoutError")]


@pytest.mark.parametrize("manner", [HANG, DRIP])
def test_a_relay_that_does_not_even_greet_is_away(relay, monkeypatch, manner):
    monkeypatch.setattr(smtp, "DEADLINE", 0.6)
    relay(greeting=manner)
    delivery = post()
    assert correspondence.run(now=NOON) == {"away": 1}
    assert the(delivery, "state", "error") == ("pending", "TimeoutError")


def test_a_slow_answer_to_the_whole_letter_is_waited_for(relay, settings):
    relay = relay({".": "250 taken", "slow": 0.8})
    settings.EMAIL_TIMEOUT = 0.4
    post()
    assert correspondence.dispatch(now=NOON) == {"sent": 1}
    assert len(relay.ledger) == 1


@pytest.mark.parametrize("body", [".", "..", "one\n.\ntwo", "ends with a dot\n.", ".hidden\n..twice\n"])
def test_dots_in_a_letter_do_not_end_it(relay, body):
    relay = relay()
    message = EmailMessage("Dots", body, "r@x.example", ["robin@quarrylane.example"])
    backend = smtp.EmailBackend(timeout=5)
    backend.hand_over(message, before_the_end=lambda: None)
    backend.close()
    assert relay.accepted[0].get_content().splitlines() == body.splitlines()


def test_letters_for_signing_in_go_by_the_same_backend_in_one_call(relay):
    relay = relay()
    message = EmailMessage("A code", "123", "r@x.example", ["robin@quarrylane.example"])
    assert smtp.EmailBackend(timeout=5).send_messages([message]) == 1
    assert [message["Subject"] for message in relay.accepted] == ["A code"]


def test_letters_of_people_who_share_nothing_each_have_one_recipient(relay):
    relay = relay()
    for number in range(3):
        post(number=number, person=PersonFactory())
    correspondence.dispatch(now=NOON)
    assert [len(message["To"].addresses) for message in relay.accepted] == [1, 1, 1]
    assert sorted(relay.ledger) == sorted(Delivery.objects.values_list("message_id", flat=True))
