"""A real portal, as processes with the roles of production: who draws its figures."""

import os
import urllib.request

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from evaluation.actions import report_files
from evaluation.reports.board import Period
from evaluation.reports.half_years import HalfYear
from evaluation.states import ReportKind, ReportState
from rounds.states import RoundState
from rounds_site.caching import RedisCache
from tests.factories.evaluation import RoundFigureFactory
from tests.factories.rounds import RoundFactory
from tests.row_security import FIGURES, WEB, WORKER
from tests.running import wait_until
from tests.sessions import session_of
from tests.worlds import small_world

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def world(portal):
    """From then on neither web server nor worker may read a Round's facts or a release."""
    world = small_world()
    RoundFigureFactory(
        round=RoundFactory(system=world.system, state=RoundState.CLOSED, title="Keeping going"), headcount=45
    )
    with connections["default"].cursor() as cursor:
        tables = "evaluation_eventfacts, evaluation_release, evaluation_releasedcell, evaluation_releasedsector"
        cursor.execute(f"REVOKE ALL ON {tables} FROM {WEB}, {WORKER}")
    return world


def cookie_of(person, portal):
    """Of a session in which the portal's own cache knows that the person was there just now."""
    ours = caches["clock"]
    caches["clock"] = RedisCache(os.environ["REDIS_URL"], {"KEY_PREFIX": f"{portal.mark}-clock"})
    try:
        return f"{settings.SESSION_COOKIE_NAME}={session_of(person)}"
    finally:
        caches["clock"] = ours


def connections_of(role, alias):
    """How many that role has to one of the portal's databases."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE usename = %s AND datname = current_database()", [role]
        )
        return cursor.fetchone()[0]


def test_pages_and_files_are_drawn_by_the_role_for_figures(portal, world):
    cookie = {"Cookie": cookie_of(world.ines, portal)}
    scope = f"ics-{world.system.code.lower()}"
    for name in ("dashboard", "offered", "board_report", "board_report_file", "offered_file"):
        request = urllib.request.Request(portal.url + reverse(name, args=[scope]), headers=cookie)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.url == request.full_url
            assert answer.status == 200
    assert connections_of(FIGURES, "default") > 0
    assert connections_of(FIGURES, "box") > 0


def test_so_is_a_report_by_the_worker(portal, world):
    period = Period((HalfYear.of(timezone.localdate()),))
    ask = {"system": world.system, "kind": ReportKind.BOARD, "period": period, "by": world.ines}
    file = report_files.ask(**ask, now=timezone.now())
    portal.ring(report_files.TASK)

    def is_over():
        file.refresh_from_db()
        return file.state in (ReportState.READY, ReportState.FAILED)

    wait_until(is_over, seconds=240, what="the report", also=portal.alive)
    assert file.state == ReportState.READY, portal.log.read_text()


def test_it_is_ready_with_these_roles(portal, world):
    assert portal.get("/readyz").text == "ready\n"
