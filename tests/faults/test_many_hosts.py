"""Two web servers, three workers and one clock over one PostgreSQL and one Redis, of which some are killed in the
middle of a race for places and of a fan-out, and do not come back.

It turns red where a place is given without the lock of the Round, where a booking or its letter is not of one
transaction, where no worker notes that a letter is in its hand before it goes (it would go twice), or where nobody
sweeps up what a lost worker held (it would never go).
"""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from members.models import Delivery, Person
from rounds.models import Round
from rounds.states import BookingState
from tests.running import RunningPortal, wait_until

from .ending import come_to_an_end
from .hosts import Hosts, People
from .life import PLACES, make_world
from .oracle import FINISHED
from .sink import Sink

pytestmark = [pytest.mark.postgres, pytest.mark.skipif("REDIS_URL" not in os.environ, reason="no REDIS_URL")]

CROWD, AT_ONCE = 120, 24
# The relay says so late that it took a letter that a worker is killed while it waits for that.
LATE = {"late": 0.3}
WITHOUT_A_PACE = {"BULK_PER_MINUTE": "0", "BULK_PER_DAY": "0"}


@pytest.fixture(scope="module")
def portal(django_db_blocker, tmp_path_factory):
    with (
        django_db_blocker.unblock(),
        Sink(always=LATE) as sink,
        RunningPortal(tmp_path_factory.mktemp("hosts"), relay=sink, **WITHOUT_A_PACE) as portal,
        portal.databases_here(),
    ):
        make_world()
        yield portal


@pytest.fixture
def hosts(portal):
    portal.relay.always = LATE
    with Hosts(portal, portal.relay) as hosts:
        # Of the test before, and settled.
        hosts.in_doubt = Delivery.objects.filter(state="uncertain").count()
        yield hosts


def staff_of(round):
    return Person.objects.filter(memberships__organisation__in=round.partners.all()).order_by("pk")


def test_a_web_server_and_a_worker_are_lost_in_the_middle_of_a_race_for_places(hosts, figures):
    round = Round.objects.order_by("pk").first()
    crowd = People(hosts, list(staff_of(round)[:CROWD]))

    def book(numbered):
        number, person = numbered
        page = crowd.press(number, person, f"/rounds/{round.pk}/book/", way="in_person")
        hosts.note(round, person)
        return person.pk, "You have a place" in page

    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = pool.map(book, enumerate(crowd.sessions))
        wait_until(lambda: round.bookings.count() > PLACES / 2, seconds=60, what="the race to be under way")
        booked = round.bookings.count()
        lose_one_of_each(hosts)
        told = dict(told)

    assert booked < CROWD
    assert crowd.unanswered
    assert set(crowd.statuses) == {200, 302}
    bookings = dict(round.bookings.values_list("person", "state"))
    assert round.bookings.count() == len(bookings) == CROWD
    assert Counter(bookings.values()) == {BookingState.PLACE: PLACES, BookingState.WAITING: CROWD - PLACES}
    assert {person for person, has_a_place in told.items() if has_a_place} == {
        person for person, state in bookings.items() if state == BookingState.PLACE
    }
    nothing_is_lost(hosts, figures, bookings=CROWD, unanswered=crowd.unanswered)
    letters = Delivery.objects.exclude(kind="reminder").values_list("kind", "person")
    assert Counter(kind for kind, _ in letters) == {"place_confirmed": PLACES, "on_waiting_list": CROWD - PLACES}
    assert {person for _, person in letters} == set(bookings)


def test_a_web_server_and_a_worker_are_lost_in_the_middle_of_a_fan_out(hosts, figures):
    round = Round.objects.order_by("pk").last()
    before = len(hosts.sink.ledger)
    ada, number = round.team.get().person, staff_of(round).count()
    facilitator = People(hosts, [ada])
    with ThreadPoolExecutor(1) as pool:
        path = f"/organise/rounds/{round.pk}/invitations/release/"
        pressed = pool.submit(facilitator.press, 0, ada, path, expected=number)
        wait_until(lambda: len(hosts.sink.ledger) > before, seconds=60, what="the first letter")
        lose_one_of_each(hosts)
        gone = len(hosts.sink.ledger) - before
        assert "The invitations are released." in pressed.result()

    assert 0 < gone < number
    nothing_is_lost(hosts, figures, invitations=number)
    letters = Delivery.objects.filter(kind="invitation", about=round.pk)
    assert letters.count() == letters.values("person").distinct().count() == number
    reached = {entry.recipient for entry in hosts.sink.accepted[before:]}
    assert reached == set(staff_of(round).values_list("email", flat=True))


def lose_one_of_each(hosts):
    hosts.lose_a_web_server()
    hosts.lose_a_worker_in_the_middle_of_a_letter()
    hosts.sink.always = {}


def nothing_is_lost(hosts, figures, **numbers):
    """Every letter is in one state that ends it, and the relay has none twice, save the one copy that a person asked
    for of a letter of which nobody knew."""
    hosts.ring_when_the_lease_is_over()
    uncertain, verdict = come_to_an_end(hosts)
    assert (verdict.unfinished, verdict.lost, verdict.doubled) == ([], [], [])
    assert set(Delivery.objects.values_list("state", flat=True)) <= FINISHED
    assert uncertain <= hosts.in_doubt
    figures("many hosts", killed=hosts.done["killed"], **verdict.summary(), uncertain=uncertain, **numbers)
