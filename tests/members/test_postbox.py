"""The slot for letters: members/postbox.py."""

import logging
import socket
import time

import pytest
from celery import current_app
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from members import postbox
from members.models import Delivery, Person
from tests.factories.members import PersonFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db


def post(person, key="waiting:1", **row):
    postbox.post("on_waiting_list", dedupe_key=key, person=person, now=NOON, **row)


@pytest.mark.django_db(transaction=True)
def test_refuses_outside_a_transaction():
    person = PersonFactory()
    with pytest.raises(RuntimeError, match="in the transaction of the change"):
        post(person)
    assert Delivery.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_letter_falls_with_the_change_it_tells_of():
    person = PersonFactory()
    with transaction.atomic():
        post(person)
        transaction.set_rollback(True)
    assert Delivery.objects.count() == 0


def test_a_row_with_all_that_hand_over_needs():
    person = PersonFactory()
    post(person)
    delivery = Delivery.objects.get()
    assert (delivery.kind, delivery.person, delivery.state, delivery.due_at) == (
        "on_waiting_list",
        person,
        "pending",
        NOON,
    )


def test_a_second_letter_with_the_same_key_is_silently_not_made():
    person = PersonFactory()
    post(person)
    Delivery.objects.update(state="sent")
    post(person)
    post(person, key="waiting:2")
    assert sorted(Delivery.objects.values_list("dedupe_key", "state")) == [
        ("waiting:1", "sent"),
        ("waiting:2", "pending"),
    ]


def test_many_at_once_leave_out_those_that_exist(django_assert_num_queries):
    people = [PersonFactory() for _ in range(3)]
    post(people[0], key=f"invite:{people[0].pk}")

    def drafts():
        return [
            postbox.letter("invitation", dedupe_key=f"invite:{person.pk}", person=person.pk, now=NOON)
            for person in people
        ]

    with django_assert_num_queries(1):
        postbox.post_many(drafts(), now=NOON)
    assert Delivery.objects.count() == 3
    assert Delivery.objects.filter(kind="invitation", lane_rank=1).count() == 2


@pytest.mark.parametrize("addressed", [{}, {"person": 1, "address": "rota@quarrylane.example"}])
def test_a_letter_has_exactly_one_recipient(addressed):
    with pytest.raises(ValueError, match="one person or to one address"):
        postbox.letter("pass_on", dedupe_key="pass_on:1", now=NOON, **addressed)


def test_a_kind_nobody_registered_is_a_mistake():
    with pytest.raises(KeyError):
        postbox.post("thanks_for_coming", dedupe_key="1", person=PersonFactory(), now=NOON)


class TestTheBell:
    @pytest.fixture
    def away(self):
        """A broker that is not there: its port was free a moment ago."""
        with socket.socket() as trial:
            trial.bind(("127.0.0.1", 0))
            port = trial.getsockname()[1]
        before = current_app.conf.broker_url, current_app.conf.broker_transport_options
        current_app.conf.broker_url = f"redis://127.0.0.1:{port}/0"
        current_app.conf.broker_transport_options = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
        current_app.amqp._producer_pool = None
        current_app.set_current()
        yield
        current_app.conf.broker_url, current_app.conf.broker_transport_options = before
        current_app.amqp._producer_pool = None

    def test_it_rings_once_the_change_has_committed_and_only_for_what_is_due(self, django_capture_on_commit_callbacks):
        person = PersonFactory()
        with django_capture_on_commit_callbacks() as callbacks:
            post(person, due_at=NOON.replace(year=2028))
        assert callbacks == []
        with django_capture_on_commit_callbacks() as callbacks:
            post(person, key="waiting:2")
        assert len(callbacks) == 1

    def test_a_broker_that_is_away_breaks_nothing_and_holds_nobody_up(
        self, away, caplog, django_capture_on_commit_callbacks
    ):
        person = PersonFactory(email="robin@quarrylane.example")
        started = time.monotonic()
        with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
            post(person)
        assert time.monotonic() - started < 3
        assert Delivery.objects.count() == 1
        assert "Could not ring for members.tasks.dispatch_letters: OperationalError" in caplog.text
        assert "quarrylane" not in caplog.text


@pytest.mark.postgres
def test_many_letters_about_one_thing_may_leave_at_once_and_nobody_changes_it_meanwhile():
    person = PersonFactory()
    with CaptureQueriesContext(connection) as queries:
        assert postbox.held(Person.objects.filter(pk=person.pk)) == person
    assert queries[-1]["sql"].endswith('FOR SHARE OF "members_person"')
