"""A database that was brought back from a backup: nobody is let in before what has had its time is gone."""

import datetime as dt
import signal
import subprocess
import sys
import time

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from members.actions import retention
from members.models import Delivery, RetentionPass
from members.reports.retention import passed_at
from rounds.models import Booking, Round
from rounds_site.health import notes
from rounds_site.opening import SAID, Opening, OpensWhenForgotten
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.running import ROOT, RunningPortal
from tests.worlds import NOON

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
pytestmark = pytest.mark.django_db


class Visits:
    """Of a web server that has just started."""

    def __init__(self):
        self.gate = OpensWhenForgotten(lambda request: HttpResponse("inside"))

    def __call__(self, path="/"):
        self.gate.opening.looked = None
        return self.gate(RequestFactory().get(path))


@pytest.fixture
def visit(time_machine):
    time_machine.move_to(NOON, tick=False)
    return Visits()


def test_before_the_first_pass_nobody_is_served_and_whoever_watches_is_told(visit):
    answer = visit("/rounds/")
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "60", "no-store")
    assert "The portal opens in a few minutes" in answer.text
    assert (visit("/readyz").status_code, visit("/readyz").text) == (503, f"{SAID}\n")
    assert visit("/healthz").text == visit("/metrics").text == "inside"


def test_a_pass_that_was_stopped_keeps_it_closed(visit):
    looks = iter([False] * 4)
    retention.run(now=NOON, stopping=lambda: next(looks, True))
    assert RetentionPass.objects.exists()
    assert visit().status_code == 503
    retention.run(now=NOON)
    assert visit().text == "inside"


def test_a_class_that_an_upgrade_brought_keeps_nobody_out(visit):
    retention.run(now=NOON)
    RetentionPass.objects.filter(name="places").delete()
    assert visit().text == "inside"


def test_once_open_a_worker_that_stands_still_closes_nothing(visit, time_machine):
    retention.run(now=NOON)
    assert visit().status_code == 200
    time_machine.move_to(NOON + 3 * DAY)
    assert visit().status_code == 200
    # A web server that starts then cannot tell that from a backup.
    assert Visits()().status_code == 503
    assert [words for words in notes(NOON + 3 * DAY) if "was last destroyed" in words]


def test_a_database_brought_back_beneath_it_closes_it_until_the_next_pass(visit, time_machine):
    retention.run(now=NOON)
    assert visit().status_code == 200
    RetentionPass.objects.update(done_at=NOON - DAY)
    assert visit().status_code == 503
    retention.run(now=NOON)
    assert visit().status_code == 200


def test_the_database_is_asked_once_a_minute(django_assert_num_queries, time_machine):
    time_machine.move_to(NOON, tick=False)
    retention.run(now=NOON)
    opening = Opening()
    with django_assert_num_queries(1):
        assert all(opening.is_open() for _ in range(5))


# --- In earnest -----------------------------------------------------------------------------------


@pytest.fixture
def portal(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), RunningPortal(tmp_path) as portal, portal.databases_here():
        yield portal


def of_long_ago(number):
    ended = timezone.now() - 40 * DAY
    return RoundFactory.create_batch(number, starts_at=ended, booking_opens_at=ended - 20 * DAY, published_at=ended)


@pytest.mark.django_db(transaction=True)
def test_an_old_database_is_rid_of_what_has_had_its_time_before_the_portal_answers(portal):
    [round] = of_long_ago(1)
    BookingFactory(round=round)
    portal.start()
    try:
        assert not Booking.objects.exists()
        assert portal.get("/readyz").text == "ready\n"
    finally:
        portal.stop()


@pytest.mark.django_db(transaction=True)
def test_killed_outright_it_goes_on_when_run_again(portal):
    [round] = of_long_ago(1)
    said = {"kind": "invitation", "about": round.pk, "state": "sent", "due_at": NOON, "created_at": NOON}
    letters = [Delivery(dedupe_key=f"{n}", address=f"{n}@elmbridge.example", **said) for n in range(6000)]
    Delivery.objects.bulk_create(letters, batch_size=500)
    command = [sys.executable, "manage.py", "forget"]
    running = subprocess.Popen(command, cwd=ROOT, env=portal.environment, stdout=subprocess.DEVNULL)
    while running.poll() is None and Delivery.objects.count() == 6000:
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.wait()
    left = Delivery.objects.count()
    assert left % 1000 == 0
    # What remains of those that went is whole.
    assert Round.objects.get(pk=round.pk).invitations_sent == 6000 - left
    assert passed_at() is None or left == 0
    assert portal.manage("forget") == "All that has had its time is destroyed.\n"
    assert (Delivery.objects.count(), Round.objects.get(pk=round.pk).invitations_sent) == (0, 6000)
