"""What lies in the box, as the database itself describes it."""

import uuid
from itertools import pairwise

import pytest
from django.db import connections

from evaluation.actions import counting, feedback
from evaluation.models.box import Form
from evaluation.models.results import Comment
from tests.factories.evaluation import FeedbackBoxFactory

pytestmark = pytest.mark.django_db
OF_THE_BOX = {
    *("evaluation_form", "evaluation_papertally", "evaluation_counted"),
    *("evaluation_itemcount", "evaluation_crosscount", "evaluation_comment"),
    *("evaluation_pooltally", "evaluation_poolcount", "evaluation_halfyearanswers"),
}
TELLS_WHEN_OR_WHO = ("date", "time", "stamp", "person", "user", "serial", "session", "address", "created")


def test_no_column_of_the_box_tells_when_or_who():
    connection = connections["box"]
    assert set(connection.introspection.table_names()) - {"django_migrations"} == OF_THE_BOX
    with connection.cursor() as cursor:
        for table in OF_THE_BOX:
            for column in connection.introspection.get_table_description(cursor, table):
                kind = str(connection.introspection.get_field_type(column.type_code, column)).lower()
                assert not [word for word in TELLS_WHEN_OR_WHO if word in column.name.lower() or word in kind]
                assert "auto" not in kind
            assert connection.introspection.get_relations(cursor, table) == {}


def test_what_was_said_by_one_person_is_nowhere_together_after_counting():
    """Forty people with forty different comments: neither a key, nor the order of the rows, leads from one table to
    the other, and no form is left."""
    box = FeedbackBoxFactory()
    item = box.questionnaire.items.get(number=1)
    for number in range(40):
        feedback.cast(
            box=box,
            ballot_id=uuid.uuid4(),
            answers={str(item.pk): 1 + number % 5},
            comment=f"comment {number}",
            now=box.opens_at,
        )
    counting.count(box=box, now=box.closes_at)
    assert not Form.objects.exists()
    with connections["box"].cursor() as cursor:
        row_order = "rowid" if connections["box"].vendor == "sqlite" else "ctid"
        cursor.execute(f"SELECT text FROM evaluation_comment ORDER BY {row_order}")
        as_stored = [int(text.split()[1]) for (text,) in cursor.fetchall()]
    assert sorted(as_stored) == list(range(40))
    in_place = sum(where == number for where, number in enumerate(as_stored))
    neighbours = sum(abs(one - other) == 1 for one, other in pairwise(as_stored))
    assert in_place < 10
    assert neighbours < 15
    assert Comment.objects.count() == 40
