"""A PostgreSQL that is there and says no: its disk is full, all its connections are taken, it only reads, it is
shutting down. Who books is told so in words, nothing is half done or lost, and once it is well again all goes on by
itself.

On a cluster of the test's own, whose answers are PostgreSQL's own.
"""

import datetime as dt
from contextlib import ExitStack, closing, contextmanager
from itertools import count

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from psycopg2 import errorcodes

from members.models import Delivery
from rounds.models import Booking
from tests.faults import servers
from tests.journeys.visitor import Visitor
from tests.operations.bookable import bookable_round
from tests.running import MailRelay, RunningPortal, wait_until
from tests.worlds import small_world

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(bool(servers.missing()), reason=servers.missing()),
]
DAY = dt.timedelta(days=1)
# So that no other file is as large as the table of letters, and a limit on files is felt by that table alone.
LETTERS, WAL_IN_MEGABYTES = 16_000, 1
OUR_OWN = "usename IN ('root', 'portal') OR backend_type <> 'client backend'"


@pytest.fixture(scope="module")
def cluster(django_db_blocker):
    with (
        servers.Cluster(f"--wal-segsize={WAL_IN_MEGABYTES}") as cluster,
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        servers.at(cluster),
    ):
        for variable in ("DATABASE_URL", "BOX_DATABASE_URL"):
            patch.setenv(variable, cluster.url)
        yield cluster


@pytest.fixture(scope="module")
def portal(cluster, tmp_path_factory):
    with (
        MailRelay() as relay,
        RunningPortal(tmp_path_factory.mktemp("portal"), relay=relay) as portal,
        portal.databases_here(),
    ):
        yield portal.start()


@pytest.fixture(scope="module")
def world(portal):
    return small_world()


@pytest.fixture(scope="module")
def ben(portal, world):
    return Visitor(portal.url, portal.relay, world.ben.email).sign_in()


@pytest.fixture
def round(world):
    return bookable_round(world)


# --- What PostgreSQL says ---------------------------------------------------------------------------


@contextmanager
def no_room(cluster):
    """53100. No page can be added to the table of letters: half of one fits into its file, and PostgreSQL calls a write
    that ends before its time a full disk. Whatever was started before and is started meanwhile is held by it."""
    write_letters(LETTERS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_filepath('members_delivery')")
        table = cluster.folder / "data" / cursor.fetchone()[0]
    cluster.let_files_grow_to(table.stat().st_size + 4096)
    try:
        assert fill_up() == errorcodes.DISK_FULL
        yield
    finally:
        cluster.let_files_grow_to("unlimited")


def write_letters(number):
    now = timezone.now()
    letter = {"kind": "note", "address": "rota@quarrylane.example", "state": "sent"}
    letter |= {"created_at": now, "due_at": now, "finished_at": now}
    made = Delivery.objects.count()
    Delivery.objects.bulk_create(Delivery(dedupe_key=f"note:{made + n}", **letter) for n in range(number))


def fill_up():
    """What PostgreSQL says when nothing more goes in."""
    with pytest.raises(OperationalError) as refused:
        consume(write_letters(1) for _ in count())
    return refused.value.__cause__.pgcode


@contextmanager
def no_connection_left(cluster):
    """53300."""
    with ExitStack() as held:
        end_those_of_the_portal(cluster)
        with pytest.raises(psycopg2.OperationalError, match="connection slots are reserved"):
            consume(held.enter_context(closing(psycopg2.connect(cluster.url))) for _ in count())
        yield


@contextmanager
def only_reading(cluster):
    """25006, as where a standby has taken over or a disk is nearly full."""
    change(cluster, "ALTER SYSTEM SET default_transaction_read_only = on")
    yield
    change(cluster, "ALTER SYSTEM RESET default_transaction_read_only")


def change(cluster, statement):
    with closing(cluster.superuser()) as server:
        server.autocommit = True
        server.cursor().execute(statement)
        server.cursor().execute("SELECT pg_reload_conf()")


@contextmanager
def shutting_down(cluster):
    """57P03, as long as somebody is there: this test."""
    cluster.stop_once_nobody_is_there()
    end_those_of_the_portal(cluster)
    with pytest.raises(psycopg2.OperationalError, match="the database system is shutting down"):
        psycopg2.connect(cluster.url)
    yield
    cluster.restart()
    connection.close()


def consume(without_end):
    for _ in without_end:
        pass


def end_those_of_the_portal(cluster):
    """57P01."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE NOT ({OUR_OWN})")


# --- What people read -------------------------------------------------------------------------------


@pytest.mark.parametrize("refusing", [no_room, no_connection_left, only_reading, shutting_down])
def test_is_said_in_words_and_loses_nothing(portal, cluster, ben, round, refusing):
    ben.go(f"/rounds/{round.pk}/")
    with refusing(cluster):
        ben.press("Book my place", status=503).reads(
            "The portal cannot do that at the moment", "Nothing was half done", "Nothing that you saved before is lost."
        )
        confirmed = Delivery.objects.filter(kind="place_confirmed", about=round.pk)
        assert (Booking.objects.filter(round=round).count(), confirmed.count()) == (0, 0)
        portal.alive()
    ben.go(f"/rounds/{round.pk}/").press("Book my place").reads("You have a place")
    assert Booking.objects.filter(round=round).count() == 1
    wait_until(confirmed.filter(state="sent").exists, seconds=60, what="the letter, by a worker that has survived")
    assert [letter.recipients for letter in portal.relay.letters[-1:]] == [[ben.email]]
