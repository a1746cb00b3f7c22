"""Keys that PostgreSQL sends are read once, and are what they were."""

from uuid import UUID, uuid4

import pytest
from django.db import connection

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


def sent(kind, value):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}", [value])
        return cursor.fetchone()[0]


def test_the_same_key_is_the_same_object():
    key = uuid4()
    first, again = sent("uuid", key), sent("uuid", key)
    assert first == key
    assert type(first) is UUID
    assert again is first
    assert sent("uuid", uuid4()) not in (first, key)


def test_no_key_is_none_and_several_are_a_list():
    keys = [uuid4(), uuid4()]
    assert sent("uuid", None) is None
    assert sent("uuid[]", keys) == keys
    assert sent("uuid[]", [keys[0], None]) == [keys[0], None]
