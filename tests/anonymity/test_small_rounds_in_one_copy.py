"""Somebody has the box's database at one moment, with the transaction of every row: they do not
learn which Rounds were small enough to be added to the pool, nor what one of them added.

The control writes the pool only where a Round adds something, as one would by habit.
"""

import pytest
from django.db import connections

from evaluation.actions import counting, pools
from evaluation.models.results import Counted, PoolTally
from tests.factories.evaluation import FeedbackBoxFactory, fill
from tests.factories.members import SystemFactory

pytestmark = [
    pytest.mark.django_db(databases=["default", "box"], transaction=True),
    pytest.mark.skipif(connections["box"].vendor != "postgresql", reason="SQLite keeps no transaction of a row"),
]
FORMS = [6, 3, 7, 0, 12, 5, 2, 6, 4, 9, 5, 1]
SMALL = range(5, 8)


@pytest.fixture
def boxes():
    system = SystemFactory()
    boxes = [FeedbackBoxFactory(round__system=system) for _ in FORMS]
    for box, forms in zip(boxes, FORMS, strict=True):
        fill(box, forms)
    return boxes


def asked(statement):
    with connections["box"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def versions_of_the_pool():
    """[(transaction, length)]"""
    return asked("SELECT xmin::text::bigint, length(content) FROM evaluation_pooltally")


def said_to_be_small(boxes):
    """Whom the attacker takes to be in the pool, from a copy after each counting: the Rounds one of whose transactions
    is that of the pool."""
    guessed = set()
    for box in boxes:
        counting.count(box=box, now=box.closes_at)
        pooled = {xid for xid, _ in versions_of_the_pool()}
        rows = asked(f"SELECT round_id, xmin::text::bigint FROM {Counted._meta.db_table}")
        guessed |= {str(round_id) for round_id, xid in rows if xid in pooled}
    return [str(box.round_id) in guessed for box in boxes]


def test_every_round_looks_as_if_it_had_been_added(boxes):
    """Of twelve Rounds the attacker says the same."""
    assert len(set(said_to_be_small(boxes))) == 1


def test_what_stands_there_has_one_length_and_one_row_however_many_are_in_it(boxes):
    lengths = set()
    for box in boxes:
        counting.count(box=box, now=box.closes_at)
        ((_, length),) = versions_of_the_pool()
        lengths.add(length)
    assert len(lengths) == 1
    items = {str(item.pk) for item in boxes[0].questionnaire.items.all()}
    content = PoolTally.objects.get().content
    assert not [item for item in items if item in content]


def test_the_control_written_only_where_a_round_adds_something_is_found_out(boxes, monkeypatch):
    always = pools.add

    def by_habit(*, answers, **about):
        if answers:
            always(answers=answers, **about)

    monkeypatch.setattr(pools, "add", by_habit)
    found = said_to_be_small(boxes)
    small = [forms in SMALL for forms in FORMS]
    assert sum(map(bool.__eq__, found, small)) >= 10
