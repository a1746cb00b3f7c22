"""What a real portal's settings come to, read in a process of their own as at a start."""

import json
import subprocess
import sys

import pytest

from tests.running import ROOT

PRODUCTION = {
    "SECRET_KEY": "k" * 25 + "0123456789-abcdefghijklmnopqrstuv",
    "DATABASE_URL": "postgres://rounds@127.0.0.1/rounds",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "PORTAL_URL": "https://rounds.example",
    "EMAIL_URL": "smtp+tls://relay.example:587",
    "DEFAULT_FROM_EMAIL": "rounds@rounds.example",
}


def started(tmp_path, *names, **environment):
    code = f"import json; from rounds_site import settings as s; print(json.dumps([getattr(s, n) for n in {names}]))"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"VAR_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
    )


def settings_of(tmp_path, *names, **environment):
    done = started(tmp_path, *names, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_real_portal_is_closed_by_default(tmp_path):
    assert settings_of(
        tmp_path,
        *("DEBUG", "DEMO", "ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"),
        **PRODUCTION,
    ) == [False, False, ["127.0.0.1", "[::1]", "localhost", "rounds.example"], True, True, True]


def test_it_does_not_start_on_a_database_server_without_a_key(tmp_path):
    done = started(tmp_path, "DEBUG", **{**PRODUCTION, "SECRET_KEY": ""})
    assert "SECRET_KEY must be set" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_letter_is_written_to_a_folder_unless_asked(tmp_path):
    smtp = "rounds_site.kit.smtp.EmailBackend"
    assert settings_of(tmp_path, "EMAIL_BACKEND", "EMAIL_HOST") == [smtp, "localhost"]
    files = "rounds_site.demo.mailbox.EmailBackend"
    assert settings_of(tmp_path, "EMAIL_BACKEND", "EMAIL_FILE_PATH", DEMO="1") == [files, str(tmp_path / "mail")]


@pytest.mark.parametrize(
    "name", ["DEBUG", "DEMO", "PORT", "TRUSTED_PROXY_COUNT", "PORTAL_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"]
)
def test_what_is_not_understood_stops_the_start(tmp_path, name):
    done = started(tmp_path, "DEBUG", **{**PRODUCTION, name: "flase"})
    assert done.returncode == 1
    assert f"ImproperlyConfigured: {name} " in done.stderr


def test_deployment_checks_find_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=PRODUCTION | {"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
