"""A portal whose disk is full: none of its files may grow any more. Who books is told in words that it cannot be done,
nothing is half done, and once there is room again all goes on.

On SQLite, whose files are the portal's own. Where PostgreSQL's is full: ``tests.operations.test_postgres_away``.
"""

import resource

import pytest
from django.db import connection

from members.models import Delivery
from rounds.models import Booking
from tests.bench.meter import tree
from tests.journeys.visitor import Visitor
from tests.operations.bookable import bookable_round
from tests.running import wait_until
from tests.worlds import small_world

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's files are not the portal's")


@pytest.fixture
def round(portal):
    world = small_world()
    round = bookable_round(world)
    round.ben = world.ben
    return round


def let_files_grow_to(portal, size):
    """Of all processes of the portal, as they run. A write beyond it fails, as on a full disk."""
    for pid in tree(portal.process.pid):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def test_a_full_disk_is_said_in_words_and_loses_nothing(portal, round):
    ben = Visitor(portal.url, portal.relay, round.ben.email).sign_in()
    ben.go(f"/rounds/{round.pk}/")
    let_files_grow_to(portal, 0)
    try:
        ben.press("Book my place", status=503).reads(
            "The portal cannot do that at the moment", "Nothing was half done", "Nothing that you saved before is lost."
        )
        assert (Booking.objects.count(), Delivery.objects.filter(kind="place_confirmed").count()) == (0, 0)
        portal.alive()
    finally:
        let_files_grow_to(portal, resource.RLIM_INFINITY)
    ben.go(f"/rounds/{round.pk}/").press("Book my place").reads("You have a place")
    assert Booking.objects.count() == 1
    sent = Delivery.objects.filter(kind="place_confirmed", state="sent")
    wait_until(sent.exists, seconds=60, what="the letter, by a worker that has survived")
    assert [letter.recipients for letter in portal.relay.letters[-1:]] == [[round.ben.email]]
