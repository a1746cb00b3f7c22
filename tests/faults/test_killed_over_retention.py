"""What has had its time is destroyed a batch to a transaction, however much there is of it. Whoever destroys it and is
killed with SIGKILL on the way has destroyed whole batches and nothing else; the next pass goes on with the rest."""

import datetime as dt
from itertools import count

import pytest
from django.utils import timezone

from members.models import Delivery
from members.registry import keepings
from tests.running import RunningPortal

from .nursery import Nursery

YEAR = dt.timedelta(days=365)
AT_ONCE = keepings["letters"].at_once
LETTERS = 2 * AT_ONCE + 300
WHOLE_BATCHES = {LETTERS, LETTERS - AT_ONCE, LETTERS - 2 * AT_ONCE, 0}
# A pass takes some sixty steps.
BETWEEN_KILLS = 7


@pytest.fixture(scope="module")
def nursery(tmp_path_factory, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        RunningPortal(tmp_path_factory.mktemp("retention")) as portal,
        portal.databases_here(),
        Nursery(portal.environment, portal.log) as nursery,
    ):
        yield nursery


@pytest.fixture
def destroy(nursery, tmp_path):
    """One pass: how it ended, and how many rows each of its transactions destroyed."""

    def done(**variables):
        rows = tmp_path / "rows"
        rows.write_text("")
        child = nursery.start("tests.faults.forgetting", NOW=timezone.now().isoformat(), ROWS=str(rows), **variables)
        ended = child.wait()
        return ended, [int(line) for line in rows.read_text().split() if line != "0"]

    return done


def old_letters():
    long_ago = timezone.now() - YEAR
    Delivery.objects.all().delete()
    Delivery.objects.bulk_create(
        Delivery(
            kind="note",
            dedupe_key=f"note:{number}",
            address="rota@quarrylane.example",
            state="sent",
            created_at=long_ago,
            due_at=long_ago,
            finished_at=long_ago,
        )
        for number in range(LETTERS)
    )


def test_each_transaction_destroys_a_batch_and_no_more(destroy, figures):
    old_letters()
    ended, rows = destroy()
    assert (ended, Delivery.objects.count()) == (0, 0)
    assert rows == [AT_ONCE, AT_ONCE, 300]
    figures("retention", rows=LETTERS, transactions=len(rows), most_in_one=max(rows))


def test_killed_on_the_way_it_has_destroyed_whole_batches_and_goes_on_with_the_rest(destroy, figures):
    left_over = set()
    for step in count(1, BETWEEN_KILLS):
        old_letters()
        ended, _ = destroy(KILL_AT=str(step))
        left_over.add(Delivery.objects.count())
        if ended == 0:
            break
        assert destroy()[0] == 0
        assert Delivery.objects.count() == 0
        figures("retention", killed=1)
    assert left_over == WHOLE_BATCHES
