"""/metrics, and what /readyz adds about letters: rounds_site/health.py."""

import datetime as dt
import time

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.actions import retention as forgetting
from members.models import Delivery, Pace
from rounds_site import celery, health
from tests.factories.members import SystemFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        for moment in (celery.RANG_AT, celery.HEARD_AT, celery.BOX_HEARD_AT):
            cache.set(moment, time.time() - 7)
        yield


def letter(number, **row):
    fields = {"created_at": NOON, "due_at": NOON, "kind": "note", "address": "rota@quarrylane.example"}
    return Delivery.objects.create(dedupe_key=f"note:{number}", **fields | row)


def test_says_how_the_letters_do_and_names_nobody(client):
    letter(1, due_at=NOON - 20 * MINUTE)
    letter(2, due_at=NOON + MINUTE)
    letter(3, state="uncertain", due_at=NOON - 90 * MINUTE)
    Pace.objects.create(lane_rank=1, paused_until=NOON + MINUTE, reason="relay")
    forgetting.run(now=NOON - 60 * MINUTE)
    answer = client.get("/metrics")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4")
    assert [line for line in answer.text.splitlines() if not line.startswith("#")] == [
        'portal_letters{state="pending"} 2',
        'portal_letters{state="claimed"} 0',
        'portal_letters{state="handing"} 0',
        'portal_letters{state="sent"} 0',
        'portal_letters{state="failed"} 0',
        'portal_letters{state="uncertain"} 1',
        'portal_letters{state="cancelled"} 0',
        "portal_letters_oldest_due_seconds 1200",
        "portal_letters_to_many_standing_seconds 0",
        'portal_letters_paused{lane="personal"} 0',
        'portal_letters_paused{lane="bulk"} 1',
        "portal_box_keys_missed 0",
        "portal_forgotten_age_seconds 3600",
        'portal_heartbeat_age_seconds{part="clock"} 7',
        'portal_heartbeat_age_seconds{part="worker"} 7',
        'portal_heartbeat_age_seconds{part="box"} 7',
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_statements(client, count):
    for number in range(count):
        letter(number)
    with CaptureQueriesContext(connection) as queries:
        client.get("/metrics")
    assert len(queries) == 8


@pytest.mark.parametrize(
    "came",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer "},
    ],
)
def test_is_not_there_for_anybody_else(client, came):
    assert client.get("/metrics", **came).status_code == 404


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.1.9", "::1"])
def test_is_there_for_all_of_this_machine(client, address):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200


def test_a_token_from_a_file_opens_it_from_elsewhere(client, settings, tmp_path):
    settings.METRICS_TOKEN_FILE = tmp_path / "token"
    settings.METRICS_TOKEN_FILE.write_text("open-sesame\n")
    for said, status in [("Bearer open-sesame", 200), ("Bearer open", 404), ("", 404)]:
        assert client.get("/metrics", REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION=said).status_code == status
    settings.METRICS_TOKEN_FILE.write_text("\n")
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION="Bearer ").status_code == 404


class TestLettersToMany:
    """They keep to a pace, so that the last of many are due for an hour and nothing is wrong."""

    @pytest.fixture
    def system(self):
        return SystemFactory()

    @pytest.fixture(autouse=True)
    def due_for_an_hour(self, system):
        for number in range(3):
            letter(number, lane_rank=1, system=system.pk, due_at=NOON - 60 * MINUTE)

    def stood(self, client):
        (line,) = (line for line in client.get("/metrics").text.splitlines() if line.startswith("portal_letters_to"))
        return int(line.split()[1]) // 60

    def gone(self, *, before):
        letter("gone", lane_rank=1, state="sent", handed_at=NOON - before)

    def test_are_not_late_while_they_go(self, client):
        self.gone(before=14 * MINUTE)
        assert (self.stood(client), health.notes(NOON)) == (0, [])
        assert "portal_letters_oldest_due_seconds 0\n" in client.get("/metrics").text

    def test_stand_where_none_goes_though_some_may(self, client):
        self.gone(before=20 * MINUTE)
        assert self.stood(client) == 20
        assert health.notes(NOON) == ["No letter to many has gone for 20 minutes, though some may."]

    def test_stand_where_none_has_ever_gone(self, client):
        assert self.stood(client) == 60

    @pytest.mark.parametrize("held_for", [MINUTE, 60 * MINUTE])
    def test_an_administrator_may_hold_them_back(self, client, system, held_for):
        system.letters_held_at = NOON - held_for
        system.save()
        assert self.stood(client) == 0

    @pytest.mark.parametrize(("until", "stood"), [(dt.time(13), 0), (dt.time(11, 50), 0), (dt.time(11, 40), 60)])
    def test_may_keep_quiet_and_have_a_while_to_begin_again(self, client, system, until, stood):
        system.quiet_from, system.quiet_until = dt.time(20), until
        system.save()
        assert self.stood(client) == stood

    @pytest.mark.parametrize(("until", "stood"), [(MINUTE, 0), (-10 * MINUTE, 0), (-20 * MINUTE, 60)])
    def test_may_be_paused_and_have_a_while_to_begin_again(self, client, until, stood):
        Pace.objects.create(lane_rank=1, paused_until=NOON + until, reason="relay")
        assert self.stood(client) == stood

    def test_may_have_reached_the_number_of_the_day(self, client, settings):
        settings.BULK_PER_DAY = 5
        Pace.objects.create(lane_rank=1, day=NOON.date(), handed=5)
        assert self.stood(client) == 0


def test_what_a_person_should_look_at_is_said_in_sentences():
    letter(1, due_at=NOON - 16 * MINUTE)
    Pace.objects.create(lane_rank=0, paused_until=NOON + MINUTE, reason="clock")
    assert health.notes(NOON) == [
        "The oldest letter that is due has waited for 16 minutes.",
        "Letters stand still (personal: clock).",
    ]
