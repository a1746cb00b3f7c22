"""/healthz and /readyz: who answers, and who is named when somebody does not."""

import os
import subprocess
import sys
import time
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.utils import timezone

from members.models import Delivery
from rounds_site import celery, clock
from tests.running import ROOT

pytestmark = pytest.mark.django_db

LONG_AGO = 100


@pytest.fixture(autouse=True)
def as_the_web_server(db, request):
    """On PostgreSQL with its rights: the tables' owner is told that it sees too much."""
    with request.getfixturevalue("as_web_role")() if connection.vendor == "postgresql" else nullcontext():
        yield


@pytest.fixture(autouse=True)
def hearts_beat():
    rang(0)
    heard(0)
    cache.set(celery.BOX_HEARD_AT, time.time())


def rang(seconds_ago):
    cache.set(celery.RANG_AT, time.time() - seconds_ago)


def heard(seconds_ago):
    cache.set(celery.HEARD_AT, time.time() - seconds_ago)


def test_all_answer(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")
    assert answer.headers["Content-Type"] == "text/plain"
    assert "no-store" in answer.headers["Cache-Control"]


def test_letters_that_wait_make_no_web_server_less_ready_and_are_told_of(client):
    now = timezone.now()
    row = {"kind": "note", "address": "rota@quarrylane.example", "due_at": now - timedelta(minutes=16)}
    Delivery.objects.create(dedupe_key="note:1", created_at=now, **row)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text.splitlines()) == (
        200,
        ["ready", "The oldest letter that is due has waited for 16 minutes."],
    )


@pytest.mark.postgres
def test_a_role_that_sees_too_much_is_told_so(client, as_worker_role):
    with as_worker_role():
        answer = client.get("/readyz")
    assert (answer.status_code, answer.text.partition(".")[0]) == (
        503,
        "The database shows the web server more than it may see",
    )


def test_a_worker_that_does_not_hear_the_clock_is_named(client):
    heard(LONG_AGO)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "The worker does not answer.\n")


def test_where_nobody_serves_the_queue_of_the_boxes_it_is_said(client):
    cache.set(celery.BOX_HEARD_AT, time.time() - LONG_AGO)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "The worker of the box does not answer.\n")


def test_a_silent_clock_is_named_and_the_worker_asked_itself(client):
    rang(LONG_AGO)
    assert client.get("/readyz").text == "The clock does not answer.\n"
    heard(LONG_AGO)
    assert client.get("/readyz").text == "The clock does not answer.\nThe worker does not answer.\n"


@pytest.mark.parametrize(("alias", "name"), [("default", "database"), ("box", "box database")])
def test_a_database_that_is_away_is_named(client, monkeypatch, alias, name):
    def away():
        raise OSError("no route to db.example")

    with monkeypatch.context() as patch:
        patch.setattr(connections[alias], "cursor", away)
        assert client.get("/readyz").text == f"The {name} does not answer.\n"
        assert client.get("/healthz").text == "ok\n"


@pytest.mark.usefixtures("broker_is_away")
def test_a_broker_that_is_away_is_named(client):
    assert client.get("/readyz").text == "The broker does not answer.\n"


def test_the_clock_rings_in_time_and_no_ring_outlives_the_next():
    schedule = clock.app.conf.beat_schedule
    assert {name: (each["task"], each["schedule"], each["options"]["expires"]) for name, each in schedule.items()} == {
        "letters": ("members.tasks.dispatch_letters", 30, 25),
        "heartbeat": ("rounds_site.celery.record_heartbeat", 30, 25),
        "rounds": ("rounds.tasks.follow_the_clock", 60, 55),
        "offers": ("rounds.tasks.lapse_offers", 60, 55),
        "story-keys": ("rounds.tasks.sweep_story_keys", 3600, 3595),
        "reserves": ("rounds.tasks.release_reserves", 60, 55),
        "after-rounds": ("evaluation.tasks.follow_the_clock", 60, 55),
        "boxes": ("evaluation.tasks.keep_boxes", 60, 55),
        "box-heartbeat": ("rounds_site.celery.record_box_heartbeat", 30, 25),
        "reports": ("evaluation.tasks.make_reports", 60, 55),
        "log": ("members.tasks.seal_log", 60, 55),
        "log-heads": ("members.tasks.keep_logs", 3600, 3595),
        "licences": ("members.tasks.remind_of_licences", 3600, 3595),
        "retention": ("members.tasks.forget", 3600, 3595),
        "sessions": ("members.tasks.forget_sessions", 3600, 3595),
        "fan-outs": ("rounds.tasks.complete_fan_outs", 3600, 3595),
    }


def test_the_clocks_process_holds_none_of_the_portals_apps(tmp_path):
    loads = "import sys; from rounds_site import clock; clock.app.loader.init_worker(); clock.app.finalize()"
    asks = "from django.apps import apps; print(apps.ready, 'members.models' in sys.modules)"
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    words = [sys.executable, "-c", f"{loads}; {asks}"]
    said = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (said.stdout, said.stderr) == ("False False\n", "")


def test_every_task_that_the_clock_rings_for_is_known():
    celery.app.loader.import_default_modules()
    assert {task for task, _ in clock.CLOCK.values()} - set(celery.app.tasks) == set()
