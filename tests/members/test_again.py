"""Uncertain letters, and a person's two choices: members/actions/outbox.py and correspondence/again.py."""

import datetime as dt
import smtplib
import uuid
from collections import Counter

import pytest
from django.core import mail
from django.db.models.functions import Now

from members.actions import correspondence, invitations, outbox, suppressions
from members.actions.correspondence import again
from members.models import Delivery, Pace, SecurityEvent, Suppression, System
from members.models.audit import Act
from rounds import emails
from rounds.actions import registration
from rounds.models import Round
from tests.factories.members import PersonFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world

from . import mail_backends
from .correspondents import MINUTE, let_leases_lapse, once_composed, post, the

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
ALL = Delivery.objects.all()


def broke_off(letter):
    raise smtplib.SMTPServerDisconnected("after the dot")


@pytest.fixture
def relay(settings):
    """`relay.script` answers; it begins as one that breaks off when the whole letter has gone."""
    settings.EMAIL_BACKEND = "tests.members.mail_backends.Told"
    mail_backends.Told.script = broke_off
    return mail_backends.Told


@pytest.fixture
def vale():
    return SystemFactory()


@pytest.fixture
def ada():
    return PersonFactory(name="Ada Example")


@pytest.fixture
def letter(kind, relay, vale):
    """An uncertain one; from now on the relay takes letters."""
    delivery = uncertain(system=vale, about=uuid.uuid4(), person=PersonFactory())
    relay.script = lambda letter: 1
    return delivery


def uncertain(number=1, **row):
    delivery = post(number=number, **row)
    assert correspondence.dispatch(now=NOON)["uncertain"] == 1
    mail.outbox.clear()
    return delivery


def ask(by, system, letters=ALL, now=NOON):
    return outbox.send_again(letters, by=by, system=system, now=now)


def run(now=NOON + MINUTE):
    return correspondence.run(now=now)


class TestLeaving:
    def test_settles_it_without_sending(self, letter, ada, vale):
        assert outbox.leave(ALL, by=ada, system=vale, now=NOON) == 1
        assert the(letter, "state", "settled") == ("uncertain", "left")
        assert run() == {}
        assert ask(ada, vale) == 0
        assert outbox.leave(ALL, by=ada, system=vale, now=NOON) == 0

    def test_a_late_answer_still_heals_it(self, kind, relay, ada, vale):
        delivery, seen = post(system=vale), []

        def slow(letter):
            let_leases_lapse()
            correspondence.sweep(now=NOON)
            seen.append(outbox.leave(ALL, by=ada, system=vale, now=NOON))
            return 1

        relay.script = slow
        assert correspondence.dispatch(now=NOON) == {"sent": 1}
        assert seen == [1]
        assert the(delivery, "state") == ("sent",)


class TestSendingAgain:
    def test_the_very_same_letter_goes_once_under_its_own_id(self, letter, ada, vale):
        before = the(letter, "message_id", "content_hash")
        assert ask(ada, vale) == 1
        assert the(letter, "state", "settled") == ("uncertain", "asked")
        assert run() == {"sent": 1}
        assert [each.extra_headers["Message-ID"] for each in mail.outbox] == [before[0]]
        assert the(letter, "state", "settled", "attempts") == ("sent", "gone", 2)
        assert the(letter, "message_id", "content_hash") == before
        assert (ask(ada, vale), run()) == (0, {})

    def test_and_only_once_whatever_comes_of_it(self, letter, ada, vale, relay):
        relay.script = broke_off
        ask(ada, vale)
        assert run() == {"uncertain": 1}
        assert the(letter, "state", "settled") == ("uncertain", "gone")
        assert ask(ada, vale) == 0
        assert outbox.leave(ALL, by=ada, system=vale, now=NOON) == 1
        assert the(letter, "settled") == ("left",)

    def test_not_where_it_would_say_something_else(self, letter, ada, vale, kind):
        kind.version = 2
        ask(ada, vale)
        assert run() == {"stayed": 1}
        assert the(letter, "state", "settled") == ("uncertain", "stayed")
        assert (mail.outbox, ask(ada, vale)) == ([], 0)

    @pytest.mark.parametrize("meanwhile", ["meanwhile", "before_lock"])
    def test_nor_where_that_happens_at_the_last_moment(self, letter, ada, vale, kind, meanwhile):
        def change():
            kind.version = 2

        setattr(kind, meanwhile, change)
        ask(ada, vale)
        assert run() == {"stayed": 1}
        assert mail.outbox == []

    def test_nor_where_nobody_wants_it_any_more(self, letter, ada, vale, kind):
        kind.wanted = None
        ask(ada, vale)
        assert run() == {"stayed": 1}

    def test_nor_to_an_address_that_was_stopped(self, letter, ada, vale):
        suppressions.stop(letter.person.email, system=vale, now=NOON)
        ask(ada, vale)
        assert run() == {"stayed": 1}

    def test_nor_where_it_is_stopped_just_before(self, letter, ada, vale, monkeypatch):
        stop = {"system": vale, "now": NOON}
        once_composed(monkeypatch, correspondence.again, lambda: suppressions.stop(letter.person.email, **stop))
        ask(ada, vale)
        assert run() == {"stayed": 1}

    def test_nor_once_it_has_expired(self, letter, ada, vale):
        Delivery.objects.update(expires_at=NOON)
        ask(ada, vale)
        assert run() == {"stayed": 1}

    def test_nor_where_something_newer_about_it_has_gone_to_them(self, letter, ada, vale):
        post(number=2, person=letter.person, about=letter.about, due_at=NOON + MINUTE)
        assert correspondence.dispatch(now=NOON + MINUTE) == {"sent": 1}
        ask(ada, vale)
        assert run(NOON + 2 * MINUTE) == {"stayed": 1}
        assert len(mail.outbox) == 1

    def test_what_went_to_others_or_about_something_else_or_before_is_no_hindrance(self, letter, ada, vale):
        earlier = post(number=2, person=letter.person, about=letter.about)
        post(number=3, person=letter.person, about=uuid.uuid4(), due_at=NOON + 2 * MINUTE)
        post(number=4, about=letter.about, due_at=NOON + 2 * MINUTE)
        post(number=5, person=letter.person, due_at=NOON + 2 * MINUTE)
        assert correspondence.dispatch(now=NOON + 2 * MINUTE) == {"sent": 4}
        Delivery.objects.filter(pk=earlier.pk).update(handed_at=NOON - MINUTE)
        ask(ada, vale)
        assert run(NOON + 3 * MINUTE) == {"sent": 1}

    def test_a_letter_about_nothing_goes_too(self, kind, relay, ada, vale):
        delivery = uncertain(system=vale, address="rota@quarrylane.example")
        relay.script = lambda letter: 1
        ask(ada, vale)
        assert run() == {"sent": 1}
        assert the(delivery, "state") == ("sent",)


class TestTheRelay:
    @pytest.mark.parametrize(
        ("error", "settled", "state", "outcome"),
        [
            (smtplib.SMTPDataError(451, b"later"), "asked", "uncertain", "asked"),
            (smtplib.SMTPDataError(554, b"not wanted"), "stayed", "uncertain", "stayed"),
            (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"5.1.1 no such")}), "stayed", "uncertain", "stayed"),
            (smtplib.SMTPServerDisconnected("after the dot"), "gone", "uncertain", "uncertain"),
        ],
    )
    def test_what_it_did_not_take_it_is_given_later_and_what_it_refuses_stays(
        self, letter, ada, vale, relay, error, settled, state, outcome
    ):
        def answer(letter):
            raise error

        relay.script = answer
        ask(ada, vale)
        assert run() == {outcome: 1}
        assert the(letter, "state", "settled") == (state, settled)
        relay.script = lambda letter: 1
        assert run(NOON + DAY) == ({"sent": 1} if settled == "asked" else {})
        assert Suppression.objects.exists() == (b"5.1.1" in str(error).encode())

    def test_that_is_away_is_asked_again_later(self, letter, ada, vale, settings):
        settings.EMAIL_BACKEND = "tests.members.mail_backends.Shut"
        ask(ada, vale)
        assert run() == {"away": 1}
        assert the(letter, "state", "settled", "error") == ("uncertain", "asked", "ConnectionRefusedError")
        settings.EMAIL_BACKEND = "tests.members.mail_backends.Told"
        assert run() == {}
        assert run(NOON + 10 * MINUTE) == {"sent": 1}


class TestMeanwhile:
    def test_of_two_who_press_at_once_one_is_heard(self, letter, ada, vale):
        assert [ask(ada, vale), ask(PersonFactory(), vale)] == [1, 0]
        assert [outbox.leave(ALL, by=ada, system=vale, now=NOON), run()] == [0, {"sent": 1}]
        assert SecurityEvent.objects.count() == 1

    def test_an_answer_that_comes_before_it_goes_heals_it_and_nothing_goes(self, kind, relay, ada, vale):
        delivery, seen = post(system=vale), []

        def slow(letter):
            let_leases_lapse()
            correspondence.sweep(now=NOON)
            seen.append(ask(ada, vale))
            return 1

        relay.script = slow
        assert correspondence.dispatch(now=NOON) == {"sent": 1}
        assert seen == [1]
        assert the(delivery, "state") == ("sent",)
        assert run() == {}

    def test_two_dispatchers_send_it_once(self, letter, ada, vale, kind):
        ask(ada, vale)
        others = []
        kind.meanwhile = lambda: others.append(run())
        assert run() == {"sent": 1}
        assert others == [{}]
        assert len(mail.outbox) == 1

    def test_one_that_lost_it_sends_nothing(self, letter, ada, vale, kind):
        ask(ada, vale)
        others = []

        def another():
            Delivery.objects.update(claimed_until=Now() - MINUTE)
            others.append(run())

        kind.meanwhile = another
        assert run() == {"lost": 1}
        assert others == [{"sent": 1}]
        assert len(mail.outbox) == 1

    def test_one_that_died_before_it_was_in_hand_is_followed_by_another(self, letter, ada, vale):
        ask(ada, vale)
        Delivery.objects.update(token=uuid.uuid4(), claimed_until=Now() + MINUTE)
        assert run() == {}
        Delivery.objects.update(claimed_until=Now() - MINUTE)
        assert run() == {"sent": 1}

    def test_one_that_died_with_it_in_hand_leaves_it_uncertain_for_good(self, letter, ada, vale):
        ask(ada, vale)
        Delivery.objects.update(state="handing", settled="gone", token=uuid.uuid4(), claimed_until=Now() - MINUTE)
        assert run() == {"uncertain": 1}
        assert (ask(ada, vale), run()) == (0, {})

    def test_another_letter_to_them_about_it_is_in_hand(self, letter, ada, vale):
        ask(ada, vale)
        other = post(number=2, person=letter.person, about=letter.about)
        Delivery.objects.filter(pk=other.pk).update(
            state="handing", token=uuid.uuid4(), claimed_until=Now() + MINUTE, handed_at=NOON - MINUTE
        )
        assert run() == {"asked": 1}
        assert the(letter, "state", "settled") == ("uncertain", "asked")


class TestToMany:
    @pytest.fixture
    def circulars(self, kind, relay, vale):
        for number in range(3):
            post("circular", number, system=vale)
        assert correspondence.dispatch(now=NOON) == {"uncertain": 3}
        relay.script = lambda letter: 1
        mail.outbox.clear()

    @pytest.mark.usefixtures("circulars")
    def test_keep_to_the_pace(self, ada, vale, settings):
        settings.BULK_PER_MINUTE = 2
        Pace.objects.all().delete()
        assert ask(ada, vale) == 3
        assert [run(), run(), run(NOON + 2 * MINUTE)] == [{"sent": 2}, {}, {"sent": 1}]

    @pytest.mark.usefixtures("circulars")
    def test_wait_while_their_system_or_their_lane_does(self, ada, vale):
        ask(ada, vale)
        System.objects.update(letters_held_at=NOON)
        assert run() == {}
        System.objects.update(letters_held_at=None)
        Pace.objects.update(paused_until=NOON + 3 * MINUTE, reason="relay")
        assert run() == {}
        assert run(NOON + 3 * MINUTE) == {"sent": 3}

    @pytest.mark.usefixtures("circulars")
    def test_no_more_than_a_batch_goes_in_one_run(self, ada, vale, monkeypatch):
        monkeypatch.setattr(again, "BATCH", 2)
        ask(ada, vale)
        assert [run(), run()] == [{"sent": 2}, {"sent": 1}]


class TestOfRounds:
    @pytest.fixture
    def world(self):
        return small_world()

    @pytest.fixture
    def a_round(self, world):
        return RoundFactory(system=world.system, partners=[world.quarry_lane], invitations_released_at=NOON)

    def invite(self, *rounds):
        for round in rounds:
            emails.invite(round, now=NOON)
        assert correspondence.dispatch(now=NOON) == {"uncertain": 1}
        mail.outbox.clear()
        mail_backends.Told.script = lambda letter: 1

    def test_who_may_have_an_invitation_is_told_of_a_move_while_it_waits_to_go_again(self, world, a_round, relay):
        self.invite(a_round)
        ask(world.ada, world.system)
        assert emails.told_of_changes(a_round)[0] == {world.cleo.pk}
        Round.objects.update(version=2, starts_at=a_round.starts_at + DAY, ends_at=a_round.ends_at + DAY)
        emails.round_moved(Round.objects.get(), now=NOON)
        assert run() == {"sent": 1, "stayed": 1}
        assert [letter.subject for letter in mail.outbox] == ["Schwartz Round on 18 March: something has changed"]

    def test_a_digest_is_settled_and_goes_again_as_one(self, world, a_round, relay):
        other = RoundFactory(
            system=SystemFactory(),
            partners=[world.quarry_lane],
            invitations_released_at=NOON,
            starts_at=a_round.starts_at + DAY,
        )
        self.invite(a_round, other)
        own = Delivery.objects.filter(system=world.system.pk)
        assert (own.count(), Delivery.objects.count()) == (1, 2)
        assert ask(world.ada, world.system, own) == 1
        assert run() == {"sent": 1}
        assert Counter(Delivery.objects.values_list("state", "settled")) == {("sent", "gone"): 2}
        assert [letter.subject for letter in mail.outbox] == ["Schwartz Rounds from 17 March: booking is open"]

    def test_a_digest_of_which_one_round_is_not_for_them_any_more_stays(self, world, a_round, relay):
        other = RoundFactory(
            system=world.system,
            partners=[world.quarry_lane],
            invitations_released_at=NOON,
            starts_at=a_round.starts_at + DAY,
        )
        self.invite(a_round, other)
        Round.objects.filter(pk=other.pk).update(invitations_stopped_at=NOON)
        ask(world.ada, world.system)
        assert run() == {"stayed": 1}
        assert mail.outbox == []

    def test_whoever_stopped_invitations_gets_none_again(self, world, a_round, relay):
        self.invite(a_round)
        invitations.stop(person=world.cleo, now=NOON)
        ask(world.ada, world.system)
        assert run() == {"stayed": 1}

    def test_a_place_that_was_given_back_is_not_confirmed_again(self, world, a_round, relay):
        registration.book(round=a_round, person=world.cleo, way="in_person", now=NOON)
        assert correspondence.dispatch(now=NOON) == {"uncertain": 1}
        relay.script = lambda letter: 1
        registration.cancel(round=a_round, person=world.cleo, now=NOON)
        ask(world.ada, world.system)
        assert run() == {"stayed": 1}


def test_the_log_says_how_many_of_which_kind_and_to_nobody(kind, relay, ada, vale):
    for number in range(2):
        uncertain(number, system=vale, person=PersonFactory(name="Robin Canary", email=f"canary{number}@x.example"))
    outbox.leave(ALL.filter(dedupe_key="note:0"), by=ada, system=vale, now=NOON)
    ask(ada, vale)
    rows = SecurityEvent.objects.order_by("act")
    assert [(row.act, row.said, row.where, row.by) for row in rows] == [
        (Act.LETTERS_AGAIN, {"what": "Note", "letters": 1}, vale.pk, ada.pk),
        (Act.LETTERS_LEFT, {"what": "Note", "letters": 1}, vale.pk, ada.pk),
    ]
    assert "anary" not in str([vars(row) for row in rows])
