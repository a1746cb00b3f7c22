"""Writing the two logs: in the transaction of the act, once an hour, and never changed."""

import datetime as dt

import pytest
from django.db import Error, IntegrityError, transaction

from members.actions.audit import opened, record
from members.models import CareEntry, SecurityEvent
from members.models.audit import Act, Opened
from tests.factories.members import PersonFactory, SystemFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db


def record_one(**said):
    return record(
        Act.ROLE_GIVEN,
        by=PersonFactory(),
        now=NOON,
        about="someone",
        where=SystemFactory(),
        **said or {"role": "mentor"},
    )


def test_an_act_keeps_who_when_where_and_what_was_said():
    event = record_one(role="facilitator")
    kept = SecurityEvent.objects.get()
    assert (kept.by, kept.at, kept.about, kept.where) == (event.by, NOON, "someone", event.where)
    assert (kept.act, kept.said, kept.number, kept.digest) == (Act.ROLE_GIVEN, {"role": "facilitator"}, None, None)


def test_the_service_itself_is_nobody():
    assert record(Act.ROLE_LAPSED, by=None, now=NOON).by is None


def test_an_act_that_the_log_does_not_know_is_refused():
    with pytest.raises(ValueError, match="not a valid Act"):
        record("bookings.made", by=None, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_outside_the_transaction_of_an_act_nothing_is_recorded():
    with pytest.raises(RuntimeError):
        record(Act.ROLE_LAPSED, by=None, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_an_act_undone_leaves_no_row():
    with transaction.atomic():
        record(Act.ROLE_LAPSED, by=None, now=NOON)
        transaction.set_rollback(True)
    assert SecurityEvent.objects.count() == 0


@pytest.mark.parametrize("column", ["at", "act", "by", "about", "where", "said"])
def test_the_database_refuses_to_change_what_was_said(column):
    event, other = record_one(), record_one(role="sponsor")
    value = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) if column == "at" else getattr(other, column)
    with pytest.raises(Error), transaction.atomic():
        SecurityEvent.objects.filter(pk=event.pk).update(**{column: value})


def test_the_database_refuses_to_seal_twice():
    event = record_one()
    SecurityEvent.objects.filter(pk=event.pk).update(number=1, digest="a" * 64)
    with pytest.raises(Error), transaction.atomic():
        SecurityEvent.objects.filter(pk=event.pk).update(number=2)


@pytest.mark.postgres
def test_the_database_refuses_to_delete_a_row_of_this_year():
    event = record_one()
    with pytest.raises(Error), transaction.atomic():
        event.delete()


def test_a_number_without_a_digest_is_refused():
    event = record_one()
    with pytest.raises(IntegrityError), transaction.atomic():
        SecurityEvent.objects.filter(pk=event.pk).update(number=1)


def test_a_second_opening_within_the_hour_adds_nothing():
    ada, about = PersonFactory(), SystemFactory().pk
    for minutes in (0, 20, 59, 61):
        opened(Opened.REGISTER, by=ada, about=about, now=NOON + dt.timedelta(minutes=minutes))
    opened(Opened.BOOKINGS, by=ada, about=about, now=NOON)
    kept = CareEntry.objects.order_by("hour", "what").values_list("what", "hour")
    assert list(kept) == [
        ("bookings", NOON),
        ("register", NOON),
        ("register", NOON + dt.timedelta(hours=1)),
    ]


def test_what_is_opened_is_one_of_four_things():
    with pytest.raises(ValueError, match="not a valid Opened"):
        opened("diary", by=PersonFactory(), about=SystemFactory().pk, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        CareEntry.objects.create(what="diary", by=PersonFactory().pk, hour=NOON)
