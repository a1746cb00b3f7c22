"""People are found by a part of their name, on PostgreSQL by its trigrams (members.0022, 0027)."""

import pytest
from django.db import connection

from members.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def test_a_search_reads_little_that_stands_in_no_order_yet():
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'person_found_at_once'")
        assert cursor.fetchone() == (["gin_pending_list_limit=64"],)


@pytest.mark.parametrize("said", ["booker", "booker, ben", "booker b", "ng, li", "a b"])
def test_everything_that_is_searched_is_found_by_the_index(said):
    people = [Person(name=f"Given{n} Family{n}", email=f"{n}@riverbank.example") for n in range(5_000)]
    Person.objects.bulk_create([*people, Person(name="Ben Booker", email="ben@riverbank.example")])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_person")
    assert "person_found_at_once" in Person.objects.called(said).explain()
