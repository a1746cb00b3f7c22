"""Everything at once: a portal of real processes under siege, and the ledger of a real mail relay as the judge.

``bin/chaos --minutes 10`` for a longer one.
"""

import contextlib
import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from members.models import Delivery
from tests.running import RunningPortal

from .ending import come_to_an_end
from .life import make_world
from .oracle import judge
from .siege import Siege
from .sink import Sink

SECONDS = float(os.environ.get("CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("CHAOS_SEED", time.time()))
KILLS, RESTARTS, LETTERS = 100, 3, 2_000
# Processes are killed here, and no host: what is synced goes to memory where there is some, and costs nothing.
FOLDERS = "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 300e6 else None
WITHOUT_A_PACE = {"BULK_PER_MINUTE": "0", "BULK_PER_DAY": "0"}


@pytest.fixture
def besieged(broken_servers, django_db_blocker):
    """`with besieged(hostile=…) as siege:` a world of its own, in databases of its own."""

    @contextlib.contextmanager
    def under_siege(*, hostile=0, always=None, **options):
        with (
            django_db_blocker.unblock(),
            TemporaryDirectory(prefix="chaos-", dir=FOLDERS) as folder,
            Sink(hostile=hostile, always=always, seed=SEED) as sink,
            RunningPortal(Path(folder), relay=sink, **WITHOUT_A_PACE) as portal,
            portal.databases_here(),
        ):
            make_world()
            with Siege(portal, sink, seed=SEED, **broken_servers, **options) as siege:
                yield siege

    return under_siege


def test_calm(besieged, figures):
    """The same parts and nothing broken: nothing is uncertain, and the oracle has nothing to say."""
    with besieged(befalls=()) as siege:
        siege.go_on(seconds=6)
        uncertain, verdict = come_to_an_end(siege)
    assert (verdict.unfinished, verdict.lost, verdict.doubled, uncertain) == ([], [], [], 0)
    figures("chaos, calm", **verdict.summary(), uncertain=uncertain)


def test_whatever_breaks_no_letter_is_lost_and_none_goes_twice(besieged, figures):
    with besieged(hostile=12) as siege:

        def enough():
            done = siege.done
            return done["killed"] >= KILLS and done["restarts"] >= RESTARTS and Delivery.objects.count() >= LETTERS

        siege.go_on(seconds=SECONDS, until=enough)
        uncertain, verdict = come_to_an_end(siege)
        told = siege.done, siege.sink.faults, SEED
    assert (verdict.unfinished, verdict.lost, verdict.doubled) == ([], [], []), told
    faults = siege.in_doubt + siege.sink.faults["from the body on"]
    assert uncertain <= faults, told
    figures(
        "chaos",
        kills=siege.done["killed"],
        restarts=siege.done["restarts"],
        **verdict.summary(),
        uncertain=uncertain,
        faults=siege.sink.faults.total() + sum(siege.done.values()),
    )
    assert siege.done["killed"] >= KILLS
    assert siege.done["restarts"] >= RESTARTS
    assert verdict.letters >= LETTERS


class TestWithoutIt:
    """The oracle is no formality: without a protection it finds what this one prevents."""

    def test_without_the_commit_of_handing_letters_go_twice(self, besieged):
        """The relay says late that it took a letter, and whoever waited for it is killed meanwhile."""
        with besieged(always={"late": 0.15}, befalls=("kill",), MUTATE="no_handing_commit") as siege:
            siege.go_on(seconds=1, until=siege.sink.doubled, at_most=180)
            assert siege.sink.doubled()
            assert list(judge(siege.sink, siege.journal).doubled)

    def test_without_the_fence_letters_go_twice(self, besieged):
        """Who was stopped past the lease goes on with what others have sent by then. The relay thinks of a recipient,
        so that most are stopped with a letter that they have not yet taken in hand."""
        with besieged(always={"hesitant": 0.1}, befalls=("stop",), MUTATE="no_fence") as siege:
            siege.go_on(seconds=1, until=siege.sink.doubled, at_most=180)
            assert siege.sink.doubled()
            assert list(judge(siege.sink, siege.journal).doubled)
