"""`manage.py doctor`: each thing that it looks at is broken in earnest, and it says so."""

import datetime as dt
import http.server
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as loaded
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from evaluation.actions import box_keys
from members.models import Delivery
from rounds.actions import story_keys
from rounds_site import celery, doctor
from rounds_site.doctor import Part
from rounds_site.views import PARTS
from tests.factories.members import SystemFactory
from tests.faults import servers
from tests.operations.certificates import signed_by_itself
from tests.row_security import FIGURES, WEB, WORKER, figures_apart, url_as
from tests.running import ROOT, free_port

pytestmark = pytest.mark.django_db


def said(check, part=Part.ALL):
    return [(each.verdict, each.says) for each in check(part)]


def to_mend(check, part=Part.ALL):
    return [says for verdict, says in said(check, part) if verdict == "mend"]


class TestSettings:
    @pytest.fixture(autouse=True)
    def real(self, settings):
        settings.SECRET_KEY = "for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH"
        settings.ALLOWED_HOSTS = ["rounds.example"]

    def test_of_a_real_portal_are_well(self, settings):
        settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 3600, True
        assert said(doctor.the_settings) == [("well", "The settings are those of a real portal.")]

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("SECRET_KEY", "short", "SECRET_KEY can be guessed"),
            ("SECRET_KEY", "a" * 60, "SECRET_KEY can be guessed"),
            ("DEBUG", True, "DEBUG is on"),
            ("DEMO", True, "DEMO is on"),
            ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS must not be empty"),
        ],
    )
    def test_of_no_other(self, settings, name, value, words):
        setattr(settings, name, value)
        [found] = to_mend(doctor.the_settings)
        assert found.startswith(words)


# --- Seen from outside ----------------------------------------------------------------------------


@contextmanager
def proxy(status, location="", *, certificate=None):
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
        server.shutdown()


class TestTheAddress:
    def test_must_be_https_and_have_a_proxy_that_says_so(self, settings):
        settings.PORTAL_URL = "http://127.0.0.1:8000"
        assert to_mend(doctor.the_address)[0].startswith("PORTAL_URL is http://127.0.0.1:8000")
        settings.PORTAL_URL, settings.TRUSTED_PROXY_COUNT = "https://rounds.example", 0
        assert to_mend(doctor.the_address)[0].startswith("TRUSTED_PROXY_COUNT is 0")

    @pytest.mark.parametrize(
        ("status", "goes_to", "verdict", "words"),
        [
            (200, "", "well", "answers."),
            (301, "/", "mend", "round in a circle"),
            (301, "/elsewhere", "mend", "answers with 301"),
            (502, "", "mend", "answers with 502"),
        ],
    )
    def test_is_opened_as_people_do(self, settings, status, goes_to, verdict, words):
        with proxy(status, goes_to) as url:
            settings.PORTAL_URL = url
            found = doctor._seen_from_outside()
        assert (found.verdict, words in found.says) == (verdict, True)

    def test_must_have_a_certificate_that_is_trusted(self, settings, tmp_path, monkeypatch):
        certificate = signed_by_itself(tmp_path / "certificate.pem")
        with proxy(200, certificate=certificate) as settings.PORTAL_URL:
            assert "is not trusted (self-signed certificate)" in doctor._seen_from_outside().says
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            assert doctor._seen_from_outside().verdict == "well"

    def test_that_this_host_cannot_open_may_be_well_for_others(self, settings):
        settings.PORTAL_URL = f"https://127.0.0.1:{free_port()}"
        assert doctor._seen_from_outside().verdict == "note"


def test_pages_without_style_are_seen(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = loaded.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    assert to_mend(doctor.static_files) != []
    call_command("collectstatic", interactive=False, verbosity=0)
    assert said(doctor.static_files) == [("well", "The static files are there.")]
    for sheet in (settings.STATIC_ROOT / "built").glob("portal.*.css"):
        sheet.unlink()
    assert to_mend(doctor.static_files) != []


# --- Servers ------------------------------------------------------------------------------------


@pytest.fixture
def hearts_beat():
    for moment in (celery.RANG_AT, celery.HEARD_AT, celery.BOX_HEARD_AT):
        cache.set(moment, time.time())


@pytest.mark.usefixtures("hearts_beat")
class TestWhatMustRun:
    def test_runs(self):
        assert to_mend(doctor.what_must_run) == []
        assert len(said(doctor.what_must_run)) == len(PARTS)

    @pytest.mark.parametrize(
        ("moment", "words"),
        [
            (celery.HEARD_AT, "The worker does not answer. Start a worker, and look at its log."),
            (celery.BOX_HEARD_AT, "The worker of the box does not answer. Start one with --queues box where"),
        ],
    )
    def test_a_silent_worker_is_named(self, moment, words):
        cache.delete(moment)
        [found] = to_mend(doctor.what_must_run)
        assert found.startswith(words)

    def test_so_is_a_silent_clock(self):
        cache.delete(celery.RANG_AT)
        assert to_mend(doctor.what_must_run) == ["The clock does not answer. Start celery beat, and look at its log."]

    @pytest.mark.usefixtures("broker_is_away")
    def test_so_is_redis_that_is_away(self):
        assert to_mend(doctor.what_must_run) == ["The broker does not answer. Look at REDIS_URL and at Redis."]

    def test_each_part_has_what_to_do(self):
        assert doctor.WHAT_TO_START.keys() == PARTS.keys()


def test_a_migration_that_has_not_run_is_seen():
    assert to_mend(doctor.migrations) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations WHERE app = 'rounds')"
        )
    assert to_mend(doctor.migrations) == ["The databases are not ready. Run manage.py prepare first."]


def test_a_portal_that_has_not_begun_is_seen():
    assert to_mend(doctor.the_first_system) == ["There is no system yet: run manage.py begin."]
    SystemFactory()
    assert to_mend(doctor.the_first_system) == []


def test_a_letter_that_waits_is_seen():
    assert to_mend(doctor.letters_and_what_has_had_its_time) == []
    now = timezone.now()
    row = {"kind": "note", "address": "rota@quarrylane.example", "due_at": now - dt.timedelta(minutes=16)}
    Delivery.objects.create(dedupe_key="note:1", created_at=now, **row)
    [found] = to_mend(doctor.letters_and_what_has_had_its_time)
    assert found.startswith("The oldest letter that is due has waited for 16 minutes.")


class TestTheRelay:
    def test_takes_us_in_and_gets_no_letter(self, settings, relay):
        settings.EMAIL_BACKEND = "rounds_site.kit.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", relay.port
        assert said(doctor.the_mail_relay) == [("well", f"The mail relay 127.0.0.1:{relay.port} takes us in.")]
        assert relay.letters == []
        settings.EMAIL_USE_TLS = True
        assert "does not take us in (SMTPNotSupportedError)" in to_mend(doctor.the_mail_relay)[0]

    def test_is_away(self, settings):
        settings.EMAIL_BACKEND = "rounds_site.kit.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
        assert "does not take us in (ConnectionRefusedError)" in to_mend(doctor.the_mail_relay)[0]

    def test_is_none(self):
        assert to_mend(doctor.the_mail_relay)[0].startswith("EMAIL_URL names no mail relay")


@pytest.mark.postgres
class TestPostgresql:
    def test_the_owner_of_the_tables_is_no_role_to_run_with(self):
        assert "owns the tables" in to_mend(doctor.database_roles_in_use)[0]
        assert "owns the tables" in to_mend(doctor.database_role_of_the_box)[0]

    def test_each_part_has_its_role(self, as_web_role, as_worker_role):
        with as_web_role():
            assert to_mend(doctor.database_roles_in_use, Part.WEB) == []
            assert "is not the worker's" in to_mend(doctor.database_roles_in_use, Part.WORKER)[0]
        with as_worker_role():
            assert to_mend(doctor.database_roles_in_use, Part.WORKER) == []
            assert "sees every row" in to_mend(doctor.database_roles_in_use, Part.WEB)[0]

    @pytest.mark.parametrize(("role", "faults"), [(WORKER, 0), (WEB, 1)], ids=["its own", "another"])
    def test_the_worker_that_the_portal_starts_has_its_own(self, settings, role, faults):
        here = connection.settings_dict
        assert to_mend(doctor.database_roles_in_use)[1].startswith("Web server and worker share one database role")
        settings.WORKER_DATABASE_URL = url_as(role, f"postgres://x@{here['HOST']}:{here['PORT']}/{here['NAME']}")
        found = to_mend(doctor.database_roles_in_use)[1:]
        assert ["is not the worker's" in each for each in found] == [True] * faults

    def test_only_a_superuser_keeps_forms_out_of_the_log(self):
        with servers.Cluster() as cluster, servers.at(cluster):
            server = cluster.superuser()
            server.autocommit = True
            server.cursor().execute("CREATE TABLE evaluation_form ()")
            order = "ALTER ROLE portal SET log_min_error_statement = 'panic'"
            assert order in to_mend(doctor.database_role_of_the_box)[0]
            server.cursor().execute(order)
            server.close()
            connections["box"].close()
            assert [verdict for verdict, _ in said(doctor.database_role_of_the_box)] == ["well"]

    def test_parameters_that_break_a_promise_are_named(self):
        """The cluster of the tests syncs nothing."""
        with servers.Cluster() as cluster, servers.at(cluster):
            server = cluster.superuser()
            server.autocommit = True
            for setting in ("autovacuum = off", "log_statement = 'all'", "log_min_duration_statement = '250ms'"):
                server.cursor().execute(f"ALTER SYSTEM SET {setting}")
            server.close()
            cluster.restart()
            found = to_mend(doctor.parameters_of_postgresql)
        named = ["autovacuum = off", "fsync = off", "log_statement = all", "log_min_duration_statement = 250ms"]
        assert [words.split(" has ")[1].partition(" (")[0] for words in found] == named * 2


@pytest.mark.postgres
def test_figures_are_drawn_by_a_role_of_their_own():
    [told] = said(doctor.database_role_for_figures)
    assert told[0] == "note"
    with figures_apart():
        assert [verdict for verdict, _ in said(doctor.database_role_for_figures)] == ["well", "well"]
        with connection.cursor() as cursor:
            cursor.execute(f"GRANT SELECT ON rounds_booking TO {FIGURES}")
        [found] = to_mend(doctor.database_role_for_figures)
        assert "may see or change more: rounds_booking." in found


def test_sqlite_is_for_a_small_site_and_knows_no_roles():
    on_sqlite = connection.vendor == "sqlite"
    assert ([verdict for verdict, _ in said(doctor.database_roles_in_use)] == ["note"]) is on_sqlite
    assert (said(doctor.parameters_of_postgresql) == []) is on_sqlite


def test_a_clock_that_is_wrong_is_seen(time_machine):
    assert to_mend(doctor.database_clock) == []
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=10))
    assert bool(to_mend(doctor.database_clock)) is (connection.vendor == "postgresql")


# --- Files --------------------------------------------------------------------------------------


@pytest.fixture
def open_folder():
    """One that everybody on this machine may enter, unlike tmp_path."""
    folder = Path(tempfile.mkdtemp(prefix="doctor-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


class TestKeys:
    @pytest.fixture(autouse=True)
    def folders(self, settings, tmp_path):
        settings.BOX_KEY_DIR, settings.STORY_KEY_DIR = tmp_path / "boxes", tmp_path / "stories"

    def test_are_readable_by_the_portal_alone(self, settings):
        assert to_mend(doctor.folders_of_keys) == []
        story_keys.make()
        box_keys.keep("00000000-0000-0000-0000-000000000001")
        assert ("well", "STORY_KEY_DIR is readable by the portal alone.") in said(doctor.folders_of_keys)
        settings.STORY_KEY_DIR.chmod(0o750)
        next(settings.BOX_KEY_DIR.glob("*.pem")).chmod(0o604)
        assert [found.partition(":")[0] for found in to_mend(doctor.folders_of_keys)] == [
            "Others may read STORY_KEY_DIR",
            "Others may read BOX_KEY_DIR",
        ]

    def test_bear_the_tag_that_backups_look_for(self, settings):
        settings.STORY_KEY_DIR.mkdir(mode=0o700)
        assert to_mend(doctor.folders_of_keys) == []
        story_keys.make()
        (settings.STORY_KEY_DIR / "CACHEDIR.TAG").unlink()
        assert to_mend(doctor.folders_of_keys)[0].startswith("STORY_KEY_DIR has lost its CACHEDIR.TAG")

    def test_of_boxes_are_asked_for_where_their_worker_is(self, settings):
        told = {part: said(doctor.folders_of_keys, part)[-1][1] for part in Part}
        assert {part for part, words in told.items() if "BOX_KEY_DIR" in words} == {Part.ALL, Part.BOX}
        assert {part for part, words in told.items() if "STORY_KEY_DIR" not in words} == {Part.BOX}
        assert not settings.BOX_KEY_DIR.exists()


def test_secrets_that_everybody_may_read_are_named(settings, open_folder, monkeypatch):
    secret = open_folder / "secret"
    secret.write_text("hush")
    settings.SECRET_FILES = [secret]
    secret.chmod(0o600)
    assert to_mend(doctor.secrets_on_this_host) == []
    secret.chmod(0o644)
    assert to_mend(doctor.secrets_on_this_host) == [f"Everybody on this host may read {secret}: chmod o= {secret}"]
    monkeypatch.setattr(doctor, "OF_A_CONTAINER", open_folder)
    assert to_mend(doctor.secrets_on_this_host) == []
    monkeypatch.undo()
    open_folder.chmod(0o750)
    assert to_mend(doctor.secrets_on_this_host) == []


def test_a_disk_that_is_full_is_seen(monkeypatch):
    assert to_mend(doctor.disk) == []
    monkeypatch.setattr(doctor, "FREE", shutil.disk_usage(loaded.VAR_DIR).free * 2)
    assert "MB are free under VAR_DIR" in to_mend(doctor.disk)[0]


def test_libraries_for_pdf_are_tried(monkeypatch):
    assert said(doctor.reports_as_pdf) == [("well", "Reports can be made as PDF.")]
    for name in [each for each in sys.modules if each.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    monkeypatch.setattr("cffi.FFI.dlopen", missing)
    assert to_mend(doctor.reports_as_pdf)[0].startswith("Reports cannot be made as PDF: apt-get install")


def missing(*args):
    raise OSError("cannot load library")


# --- All of it ----------------------------------------------------------------------------------


def test_the_command_goes_on_after_what_it_cannot_look_at_and_ends_with_1(tmp_path):
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "PORT": str(free_port()), "DEMO": "1"}
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert {line.partition("  ")[0] for line in lines[:-2]} == {"well", "mend", "note"}
    assert (
        "mend  Of the first system nothing can be said (OperationalError): mend what stands above, then" in done.stdout
    )
    assert lines[-1] == f"{sum(line.startswith('mend') for line in lines)} to mend."
