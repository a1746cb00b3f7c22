"""/healthz and /readyz: who answers, and who is named when somebody does not."""

import time

import pytest
from django.core.cache import cache
from django.db import connections

from rounds_site import celery

pytestmark = pytest.mark.django_db

LONG_AGO = 100


@pytest.fixture(autouse=True)
def hearts_beat():
    rang(0)
    heard(0)


def rang(seconds_ago):
    cache.set(celery.RANG_AT, time.time() - seconds_ago)


def heard(seconds_ago):
    cache.set(celery.HEARD_AT, time.time() - seconds_ago)


def test_all_answer(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")
    assert answer.headers["Content-Type"] == "text/plain"
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_worker_that_does_not_hear_the_clock_is_named(client):
    heard(LONG_AGO)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "The worker does not answer.\n")


def test_a_silent_clock_is_named_and_the_worker_asked_itself(client):
    rang(LONG_AGO)
    assert client.get("/readyz").text == "The clock does not answer.\n"
    heard(LONG_AGO)
    assert client.get("/readyz").text == "The clock does not answer.\nThe worker does not answer.\n"


@pytest.mark.parametrize(("alias", "name"), [("default", "database"), ("box", "box database")])
def test_a_database_that_is_away_is_named(client, monkeypatch, alias, name):
    def away():
        raise OSError("no route to db.example")

    monkeypatch.setattr(connections[alias], "cursor", away)
    assert client.get("/readyz").text == f"The {name} does not answer.\n"
    assert client.get("/healthz").text == "ok\n"


def test_a_broker_that_is_away_is_named(client, monkeypatch):
    monkeypatch.setattr(celery.app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(celery.app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    assert client.get("/readyz").text == "The broker does not answer.\n"


def test_the_clock_rings_in_time_and_no_ring_outlives_the_next():
    schedule = celery.app.conf.beat_schedule
    assert {name: (each["task"], each["schedule"], each["options"]["expires"]) for name, each in schedule.items()} == {
        "letters": ("members.tasks.dispatch_letters", 30, 25),
        "heartbeat": ("rounds_site.celery.record_heartbeat", 30, 25),
        "rounds": ("rounds.tasks.follow_the_clock", 60, 55),
        "boxes": ("evaluation.tasks.follow_the_clock", 60, 55),
        "uploads": ("members.tasks.forget_uploads", 3600, 3595),
        "fan-outs": ("rounds.tasks.complete_fan_outs", 3600, 3595),
    }


def test_every_task_that_the_clock_rings_for_is_known():
    celery.app.loader.import_default_modules()
    assert {task for task, _ in celery.CLOCK.values()} - set(celery.app.tasks) == set()
