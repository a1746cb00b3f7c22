"""Which letters go now: members/actions/correspondence/{pace,steady}.py and members/actions/suppressions.py."""

import datetime as dt
from collections import Counter

import pytest
import time_machine
from django.db import IntegrityError, transaction

from members.actions import correspondence, retention, suppressions
from members.actions.correspondence import dispatching, steady
from members.models import Delivery, Pace, Suppression
from tests.factories.members import PersonFactory, SystemFactory
from tests.hostile_relay import Relay
from tests.worlds import LONDON, NOON

from .correspondents import MINUTE, once_composed, post, the

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind")]
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def relay(settings, request):
    def start(*plans):
        running = Relay(*plans).__enter__()
        request.addfinalizer(lambda: running.__exit__())
        settings.EMAIL_BACKEND = "rounds_site.kit.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.port, 5
        return running

    return start


def circulars(number, **row):
    return [post("circular", each, due_at=NOON, **row) for each in range(number)]


def states():
    return Counter(Delivery.objects.values_list("state", flat=True))


class TestThePace:
    def test_letters_to_many_go_by_the_minute_and_personal_ones_at_once(self, settings):
        settings.BULK_PER_MINUTE = 4
        circulars(7)
        notes = [post(number=number) for number in range(5)]
        assert correspondence.dispatch(now=NOON) == {"sent": 9}
        assert {the(each, "state") for each in notes} == {("sent",)}
        assert correspondence.dispatch(now=NOON) == {}
        assert correspondence.dispatch(now=NOON + MINUTE / 4) == {"sent": 1}
        assert correspondence.dispatch(now=NOON + 2 * MINUTE) == {"sent": 2}

    def test_no_more_go_in_a_day_than_may(self, settings):
        settings.BULK_PER_DAY = 2
        circulars(3)
        assert correspondence.dispatch(now=NOON) == {"sent": 2}
        assert correspondence.dispatch(now=NOON + 11 * 60 * MINUTE) == {}
        assert correspondence.dispatch(now=NOON + 12 * 60 * MINUTE) == {"sent": 1}

    def test_a_day_of_25_hours_is_one_day(self, settings):
        settings.BULK_PER_DAY = 2
        midnight = dt.datetime(2027, 10, 31, tzinfo=LONDON).astimezone(dt.UTC)
        circulars(5)
        assert correspondence.dispatch(now=midnight) == {"sent": 2}
        assert correspondence.dispatch(now=midnight + 24.5 * HOUR) == {}
        assert correspondence.dispatch(now=midnight + 25 * HOUR) == {"sent": 2}

    def test_after_a_quiet_night_no_more_than_a_minutes_worth_goes_at_once(self, settings):
        settings.BULK_PER_MINUTE = 2
        circulars(5)
        assert correspondence.dispatch(now=NOON) == {"sent": 2}
        assert correspondence.dispatch(now=NOON + DAY) == {"sent": 2}

    def test_one_person_gets_one_a_week(self, settings):
        settings.BULK_DAYS_APART = 7
        person = PersonFactory()
        rows = circulars(2, person=person)
        assert correspondence.dispatch(now=NOON) == {"sent": 1, "pending": 1}
        assert {the(each, "state", "due_at") for each in rows} == {("sent", NOON), ("pending", NOON + 7 * DAY)}
        third = post("circular", 3, person=person, due_at=NOON + DAY)
        assert correspondence.dispatch(now=NOON + DAY) == {"pending": 1}
        assert the(third, "state", "due_at", "attempts") == ("pending", NOON + 7 * DAY, 0)
        assert correspondence.dispatch(now=NOON + 7 * DAY) == {"sent": 1, "pending": 1}

    def test_a_personal_letter_waits_for_no_week(self, settings):
        settings.BULK_DAYS_APART = 7
        person = PersonFactory()
        post("circular", 1, person=person)
        post("note", 1, person=person)
        post("note", 2, person=person)
        assert correspondence.dispatch(now=NOON) == {"sent": 3}


class TestAStorm:
    def test_a_relay_that_puts_off_letter_after_letter_is_left_in_peace_by_those_to_many(self, relay):
        relay(*[{"RCPT": "451 greylisted"}] * correspondence.STORM)
        circulars(9)
        assert correspondence.dispatch(now=NOON) == {"pending": 9}
        waits = Counter(Delivery.objects.values_list("attempts", flat=True))
        assert waits == {1: correspondence.STORM, 0: 9 - correspondence.STORM}
        assert [(pace.lane_rank, pace.reason) for pace in Pace.objects.exclude(reason="")] == [(1, "relay")]
        note = post()
        assert correspondence.dispatch(now=NOON + MINUTE) == {"sent": 1}
        assert the(note, "state") == ("sent",)
        assert correspondence.dispatch(now=NOON + 15 * MINUTE) == {"sent": 9}

    def test_a_letter_put_off_among_others_is_no_storm(self, relay):
        relay(*[{"RCPT": "451 greylisted"}, {}] * 6)
        circulars(12)
        assert correspondence.dispatch(now=NOON) == {"sent": 6, "pending": 6}
        assert not Pace.objects.exclude(reason="").exists()


class TestTheClock:
    @pytest.fixture(autouse=True)
    def the_database_goes_along(self, request, monkeypatch):
        """No test can set PostgreSQL's own clock."""
        if "alone" not in request.node.name:
            monkeypatch.setattr(dispatching, "differs_from_the_database", lambda: False)

    @pytest.mark.postgres
    def test_a_host_alone_with_its_time_sends_none(self, caplog):
        with time_machine.travel(NOON, tick=False):
            post()
            assert correspondence.run() == {}
        assert "The clock of this host is not that of the database" in caplog.text
        assert not Pace.objects.exclude(reason="").exists()

    def test_one_that_jumps_stops_all_letters_for_a_while_and_says_so(self, caplog):
        watch = correspondence.Watch()
        with time_machine.travel(NOON, tick=False) as clock:
            post(number=1)
            assert correspondence.run(watch=watch) == {"sent": 1}
            post(number=2)
            clock.shift(60 * MINUTE)
            assert correspondence.run(watch=watch) == {}
            assert set(Pace.objects.values_list("reason", flat=True)) == {"clock"}
            assert "The clock of this host has jumped" in caplog.text

    def test_it_goes_on_when_the_clock_has_been_steady(self):
        watch = correspondence.Watch()
        post()
        with time_machine.travel(NOON, tick=False) as clock:
            assert watch.jumped() is False
            clock.shift(-60 * MINUTE)
            assert watch.jumped() is True
            assert watch.jumped() is False
        Pace.objects.create(lane_rank=0, paused_until=NOON + steady.STEADY_AGAIN, reason="clock")
        assert correspondence.dispatch(now=NOON) == {}
        assert correspondence.dispatch(now=NOON + steady.STEADY_AGAIN) == {"sent": 1}

    @pytest.mark.parametrize("minutes", [-5, 5])
    def test_a_small_correction_is_no_jump(self, minutes):
        watch = correspondence.Watch()
        with time_machine.travel(NOON, tick=False) as clock:
            watch.jumped()
            clock.shift(minutes * 59)
            assert watch.jumped() is False


class TestSuppression:
    def test_a_mailbox_that_is_not_there_is_asked_once(self, relay):
        relay = relay({"RCPT": "550 5.1.1 no such mailbox"})
        person = PersonFactory()
        post(number=1, person=person)
        assert correspondence.dispatch(now=NOON) == {"failed": 1}
        post(number=2, person=person)
        assert correspondence.dispatch(now=NOON) == {"cancelled": 1}
        assert relay.ledger == []
        assert Suppression.objects.of(person.email.upper()).get().why == "refused"

    @pytest.mark.parametrize("said", ["550 5.7.1 we do not like you", "552 5.2.2 full", "554 no"])
    def test_what_is_not_about_the_mailbox_stops_nothing(self, relay, said):
        relay({"RCPT": said})
        post()
        assert correspondence.dispatch(now=NOON) == {"failed": 1}
        assert not Suppression.objects.exists()

    def test_an_administrator_stops_an_address_and_lets_it_be_written_to_again(self):
        person = PersonFactory()
        suppressions.stop(person.email, now=NOON)
        suppressions.refused(person.email, now=NOON)
        assert Suppression.objects.get().why == "stopped"
        post(number=1, person=person)
        assert correspondence.dispatch(now=NOON) == {"cancelled": 1}
        assert suppressions.end(person.email) is True
        assert suppressions.end(person.email) is False
        post(number=2, person=person)
        assert correspondence.dispatch(now=NOON) == {"sent": 1}

    def test_stopped_once_a_letter_is_read_it_gets_nothing(self, monkeypatch):
        """It is asked once more in the very statement of the hand-over."""
        person = PersonFactory()
        letter = post(person=person)
        once_composed(monkeypatch, correspondence.handing, lambda: suppressions.stop(person.email, now=NOON))
        assert correspondence.dispatch(now=NOON) == {"cancelled": 1}
        assert the(letter, "state") == ("cancelled",)

    def test_stopped_for_another_system_it_still_gets_its_own(self, monkeypatch):
        person, elsewhere = PersonFactory(), SystemFactory()
        post(person=person, system=SystemFactory().pk)
        stop = {"system": elsewhere, "now": NOON}
        once_composed(monkeypatch, correspondence.handing, lambda: suppressions.stop(person.email, **stop))
        assert correspondence.dispatch(now=NOON) == {"sent": 1}

    def test_it_cannot_be_read_and_is_forgotten_after_a_year(self):
        suppressions.refused("robin@quarrylane.example", now=NOON)
        assert "quarrylane" not in str(Suppression.objects.values().get())
        assert retention.forget("suppressions", now=NOON + 364 * DAY) == 0
        assert retention.forget("suppressions", now=NOON + 365 * DAY) == 1

    def test_the_database_knows_the_reasons(self):
        with pytest.raises(IntegrityError, match="suppression_known_reason"), transaction.atomic():
            Suppression.objects.create(print="x", why="whim")
        with pytest.raises(IntegrityError, match="pace_paused_for_a_reason"), transaction.atomic():
            Pace.objects.create(lane_rank=1, paused_until=NOON)
