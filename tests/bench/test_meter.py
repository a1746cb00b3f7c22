"""The meter counts what goes over the line: each number here can be counted by hand."""

from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from .meter import Meter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meter():
    """And a new connection, since a meter knows only those that are made after it."""
    meter, before = Meter(), connections["default"]
    connections["default"] = before.copy()
    yield meter
    meter.stop()
    connections["default"].close()
    connections["default"] = before


def ask(question="SELECT 1"):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("blocks", "statements"),
    [
        ([], 1),
        ([transaction.atomic], 3),
        ([undone], 3),
        ([transaction.atomic, transaction.atomic], 5),
        ([transaction.atomic, undone], 6),
    ],
    ids=["alone", "begin, commit", "begin, rollback", "savepoint, release", "savepoint, rollback to it, release"],
)
def test_each_statement_is_one_and_so_is_what_frames_it(meter, blocks, statements):
    ask()
    statements_before, framing_before = meter.statements, meter.framing
    with_blocks(blocks, ask)
    assert meter.statements - statements_before == statements
    assert meter.framing - framing_before == statements - 1
    assert meter.transactions == ([1] if blocks else [])


def test_a_connection_that_is_opened_again_is_counted_once_and_so_is_the_question_whether_it_lives(meter):
    ask()
    connection.close()
    ask()
    assert (meter.statements, meter.framing) == (2, 0)
    assert connection.is_usable()
    assert (meter.statements, meter.framing) == (3, 1)


def with_blocks(blocks, act):
    if not blocks:
        return act()
    with blocks[0]():
        return with_blocks(blocks[1:], act)


def test_many_at_once_are_many(meter):
    with transaction.atomic(), connection.cursor() as cursor:
        before = meter.statements
        cursor.executemany("DELETE FROM members_pace WHERE handed = %s", [[1], [2], [3]])
        assert meter.statements - before == 3


@pytest.mark.postgres
def test_what_the_database_worked_stays_counted_when_the_connection_has_gone(meter):
    ask("SELECT count(*) FROM generate_series(1, 300000)")
    worked = meter.database_cpu()
    assert worked > 0.01
    connection.close()
    assert meter.database_cpu() >= worked
