import os
import shutil
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connection, connections
from django.template import engines

from tests.figures import figures, pytest_terminal_summary  # noqa: F401 (pytest finds them here)
from tests.running import MailRelay, RunningPortal

BOTH = ["default", "box"]
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_reset_sequences"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_addoption(parser):
    parser.addoption("--pictures", metavar="FOLDER", help="a picture of every page at two widths (bin/screenshots)")


# --- What is run, and what is skipped -----------------------------------------------------------


def pytest_collection_modifyitems(items):
    missing = {"browser": missing_for_browsers(), "postgres": missing_for_postgres()}
    for item in items:
        give_both_databases(item)
        for marker, reason in missing.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def give_both_databases(item):
    marker = item.get_closest_marker("django_db")
    if marker or DATABASE_FIXTURES & set(item.fixturenames):
        asked = dict(marker.kwargs) if marker else {}
        item.add_marker(pytest.mark.django_db(**asked | {"databases": BOTH}), append=False)


def missing_for_browsers():
    if not CHROMIUM:
        return "no Chromium: apt-get install chromium libatomic1"
    # Playwright drives the browser through a Node of its own, which needs this library.
    if sys.platform == "linux" and b"libatomic.so.1" not in subprocess.check_output(["/sbin/ldconfig", "-p"]):
        return "no libatomic1: apt-get install libatomic1"
    return None


def missing_for_postgres():
    if connection.vendor != "postgresql":
        return "not on PostgreSQL: set DATABASE_URL, BOX_DATABASE_URL and REDIS_URL"
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """FAIL_ON_SKIP=all or =browser: a skipped test is a failed one, so that no machine is green for want of a tool."""
    report = yield
    strict = os.environ.get("FAIL_ON_SKIP", "")
    counts = strict == "all" or (strict == "browser" and item.get_closest_marker("browser"))
    if report.skipped and counts and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"FAIL_ON_SKIP={strict}, and this test was skipped: {report.longrepr}"
    return report


# --- Nets under every test ----------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def strictness():
    from tests.emptying import empty_what_is_filled
    from tests.row_security import refuse_blind_reads
    from tests.sessions import with_the_second_step
    from tests.strictness import Loud, shuffle_what_has_no_order

    with pytest.MonkeyPatch.context() as patch:
        shuffle_what_has_no_order(patch)
        refuse_blind_reads(patch)
        with_the_second_step(patch)
        empty_what_is_filled(patch)
        # The engine that is there, and each that Django makes anew after a test has changed a setting.
        patch.setattr(engines["django"].engine, "string_if_invalid", Loud())
        patch.setitem(settings.TEMPLATES[0]["OPTIONS"], "string_if_invalid", Loud())
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A browser that was closed in the middle of a request leaves its thread a connection, and PostgreSQL drops no
    database that somebody is connected to. The roles of ``tests.row_security`` get their rights before any test has a
    transaction, in which they would be taken back."""
    from tests.row_security import make_roles_here

    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            make_roles_here()
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            for alias in BOTH:
                end_other_sessions(connections[alias])


def end_other_sessions(database):
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


def pytest_sessionfinish(session):
    from tests.row_security import drop_roles

    drop_roles()


@pytest.fixture
def as_web_role(django_db_setup):
    """``with as_web_role():`` what is done in the block is done with the rights of the web server."""
    from tests.row_security import WEB, as_role

    return lambda: as_role(WEB)


@pytest.fixture
def as_worker_role(django_db_setup):
    from tests.row_security import WORKER, as_role

    return lambda: as_role(WORKER)


@pytest.fixture(autouse=True)
def empty_cache():
    from django.core.cache import caches

    for name in caches:
        caches[name].clear()


# --- Real processes -----------------------------------------------------------------------------


@pytest.fixture
def without_noise(monkeypatch):
    """Figures are released as if chance had drawn no noise at all, which it may: the case in which most is told."""
    monkeypatch.setattr("evaluation.noise.laplace", lambda epsilon: 0)


@pytest.fixture
def relay():
    """A mail relay on this machine; `relay.letters` holds what it accepted, in order."""
    with MailRelay() as running:
        yield running


@pytest.fixture(scope="module")
def portal(tmp_path_factory, django_db_blocker):
    """`manage.py portal` in its own folder with its own two databases and a mail relay, shared by a module's tests.

    `portal.url` is where it answers, `portal.relay.letters` what it sent, `portal.ring(task)` rings for the worker.
    While the fixture lives the ORM of the test process points at the portal's databases: do not ask for `db` too.
    """
    folder = tmp_path_factory.mktemp("portal")
    with (
        django_db_blocker.unblock(),
        MailRelay() as mail,
        RunningPortal(folder, relay=mail) as running,
        running.databases_here(),
    ):
        yield running.start()


# --- Browsers -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    # Playwright keeps an event loop in this thread, at which Django's ORM would otherwise refuse to work.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/London"}


@pytest.fixture
def live_server(live_server):
    """At the end it waits for whatever is still being answered: no table can be emptied while somebody reads it."""
    answering = set()

    def begin(**_):
        answering.add(threading.get_ident())

    def end(**_):
        answering.discard(threading.get_ident())

    request_started.connect(begin)
    request_finished.connect(end)
    yield live_server
    patience = time.monotonic() + 10
    while answering - {threading.get_ident()} and time.monotonic() < patience:
        time.sleep(0.01)
    request_started.disconnect(begin)
    request_finished.disconnect(end)


@pytest.fixture
def quiet_page(page):
    """A page that must be silent: any console message, script error or request to another host fails the test."""
    heard = []
    listen(page, heard)
    yield page
    assert heard == []


def listen(page, heard):
    """From now on `heard` gets whatever the page should not have said or asked for."""
    page.on("console", lambda message: heard.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"script error: {error}"))
    page.on("request", lambda request: heard.append(f"request to {request.url}") if is_foreign(request.url) else None)


def is_foreign(url):
    parts = urlsplit(url)
    return parts.scheme not in {"data", "blob", "about"} and parts.hostname not in {"127.0.0.1", "localhost"}
