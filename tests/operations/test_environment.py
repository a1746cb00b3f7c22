import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from rounds_site import settings
from rounds_site.environment import Reader, kept_key, url_beside
from rounds_site.management.commands.portal import environment_of
from rounds_site.variables import VARIABLES
from tests.running import ROOT


def read(**values):
    return Reader(values)


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("yes", True), ("TRUE", True), ("0", False), ("", False)])
def test_a_flag_is_yes_or_no(value, expected):
    assert read(DEBUG=value).flag("DEBUG") is expected


def test_a_flag_that_is_not_set_is_no():
    assert read().flag("DEMO") is False


@given(st.text())
def test_no_other_word_is_taken_for_a_flag(value):
    if value.strip().lower() in {"1", "true", "yes", "on", "0", "false", "no", "off", ""}:
        return
    with pytest.raises(ImproperlyConfigured, match="DEBUG must be 1 or 0"):
        read(DEBUG=value).flag("DEBUG")


@pytest.mark.parametrize("value", ["0", "65536", "-1", "8000 ", "80a", "８０", "1e3"])
def test_a_port_is_a_port(value):
    reader = read(PORT=value)
    if value.strip() == "8000":
        assert reader.number("PORT", 1, low=1, high=65535) == 8000
        return
    with pytest.raises(ImproperlyConfigured, match="PORT must be a whole number from 1 to 65535"):
        reader.number("PORT", 8000, low=1, high=65535)


def test_a_folder_must_not_depend_on_where_the_portal_was_started():
    with pytest.raises(ImproperlyConfigured, match="VAR_DIR must be an absolute path"):
        read(VAR_DIR="var").folder("VAR_DIR", "/srv/var")


@pytest.mark.parametrize("value", ["https://rounds.example", "http://127.0.0.1:8000", "http://localhost"])
def test_addresses_that_a_real_portal_may_have(value):
    assert read(PORTAL_URL=value + "/").address("PORTAL_URL", "", plain_http=False) == value


@pytest.mark.parametrize(
    "value",
    [
        "http://rounds.example",
        "rounds.example",
        "ftp://rounds.example",
        "https://",
        "https://a.example/x",
        "http://[",
        "https://a.example:x",
    ],
)
def test_addresses_that_a_real_portal_may_not_have(value):
    with pytest.raises(ImproperlyConfigured, match=r"^PORTAL_URL "):
        read(PORTAL_URL=value).address("PORTAL_URL", "", plain_http=False)


def test_a_demo_may_be_shown_over_plain_http():
    assert read(PORTAL_URL="http://demo.example").address("PORTAL_URL", "", plain_http=True) == "http://demo.example"


def test_nothing_set_means_two_files_in_the_folder(tmp_path):
    databases = read().databases(tmp_path)
    assert {alias: each["NAME"] for alias, each in databases.items()} == {
        "default": str(tmp_path / "portal.sqlite3"),
        "box": str(tmp_path / "box.sqlite3"),
    }
    assert databases["box"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in databases["default"]["OPTIONS"]["init_command"]


def test_the_box_stands_beside_the_named_database(tmp_path):
    databases = read(DATABASE_URL="postgres://ann:secret@db.example:5433/rounds").databases(tmp_path)
    assert databases["default"]["NAME"] == "rounds"
    assert databases["box"]["NAME"] == "rounds_box"
    assert (databases["box"]["HOST"], databases["box"]["PORT"]) == ("db.example", 5433)
    assert databases["box"]["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_the_box_of_a_named_file_is_another_file():
    assert url_beside("sqlite:////srv/rounds.sqlite3") == "sqlite:////srv/rounds_box.sqlite3"
    assert url_beside("sqlite:////srv/rounds") == "sqlite:////srv/rounds_box"


def test_figures_are_read_with_a_name_of_their_own_in_both_databases(tmp_path):
    people = "postgres://ann:secret@db.example:5433/rounds"
    named = {"BOX_DATABASE_URL": "postgres://bea:hush@box.example/sealed", "DATABASE_URL": people}
    assert read(**named).databases(tmp_path).keys() == {"default", "box"}
    databases = read(FIGURES_DATABASE_URL="postgres://fay:quiet@db.example:5433/rounds", **named).databases(tmp_path)
    where = {alias: [each[part] for part in ("USER", "PASSWORD", "HOST", "NAME")] for alias, each in databases.items()}
    assert where == {
        "default": ["ann", "secret", "db.example", "rounds"],
        "box": ["bea", "hush", "box.example", "sealed"],
        "figures": ["fay", "quiet", "db.example", "rounds"],
        "figures_box": ["fay", "quiet", "box.example", "sealed"],
    }


def test_one_database_cannot_be_both(tmp_path):
    url = "postgres://ann@db.example/rounds"
    with pytest.raises(ImproperlyConfigured, match="must differ"):
        read(DATABASE_URL=url, BOX_DATABASE_URL=url).databases(tmp_path)


@pytest.mark.parametrize(
    "url", ["mysql://a/b", "rounds", "sqlite:///relative.sqlite3", "postgres://db.example/", "postgres://db:x/y"]
)
def test_databases_that_are_not_ours(tmp_path, url):
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL "):
        read(DATABASE_URL=url).databases(tmp_path)


def test_mail_and_redis_must_name_a_known_way():
    with pytest.raises(ImproperlyConfigured, match=r"EMAIL_URL must begin with one of: .*smtp"):
        read(EMAIL_URL="pigeon://loft").email("EMAIL_URL", "")
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL must begin with"):
        read(REDIS_URL="http://cache.example").redis("REDIS_URL")
    assert read().redis("REDIS_URL") is None


def test_mail_over_tls_with_a_password():
    config = read(EMAIL_URL="smtp+tls://ann:p%40ss@relay.example:587").email("EMAIL_URL", "")
    assert config["EMAIL_HOST"] == "relay.example"
    assert config["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert config["EMAIL_USE_TLS"] is True


def test_production_must_bring_its_own_secret_key():
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY must be set"):
        read().secret_key("SECRET_KEY", keep_in=None)


def test_an_embedded_portal_keeps_the_key_it_made(tmp_path):
    path = tmp_path / "var" / "secret_key"
    key = kept_key(path)
    assert len(key) > 50
    assert kept_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["secret_key"]


def test_what_the_portal_makes_for_itself_is_closed_to_others_and_what_an_operator_made_stays(tmp_path):
    kept_key(tmp_path / "made" / "secret_key")
    (tmp_path / "given").mkdir(mode=0o750)
    kept_key(tmp_path / "given" / "secret_key")
    made, given = (tmp_path / name for name in ("made", "given"))
    assert [oct(each.stat().st_mode)[-3:] for each in (made, given)] == ["700", "750"]


ENTRIES = {
    "manage.py": (["manage.py", "check"], 2),
    "celery": (["-m", "celery", "-A", "rounds_site.celery", "--quiet", "inspect", "ping"], 2),
    "clock": (["-m", "celery", "-A", "rounds_site.clock", "--quiet", "beat", "--pidfile="], 2),
    "wsgi": (["-c", "import rounds_site.wsgi"], 3),
}
BAD = {
    "PORT must be a whole number from 1 to 65535.": {"PORT": "abc"},
    "SECRET_KEY must be set (50 random characters) when the portal runs on a database server.": {
        "DATABASE_URL": "postgres://rounds@127.0.0.1:1/rounds"
    },
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("sentence", BAD)
def test_a_bad_value_ends_each_process_with_one_sentence(tmp_path, entry, sentence):
    words, status = ENTRIES[entry]
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **BAD[sentence]}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr, done.stdout) == (status, f"The portal does not start: {sentence}\n", "")


# --- Secrets in files -----------------------------------------------------------------------------


def test_a_secret_may_stand_in_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text("of-fifty-characters\n")
    reader = read(SECRET_KEY_FILE=str(file))
    assert reader.secret_key("SECRET_KEY", keep_in=None) == "of-fifty-characters"
    assert reader.files == [file]


def test_so_may_the_address_of_a_database(tmp_path):
    file = tmp_path / "database"
    file.write_text("postgres://ann:p%40ss@db.example/rounds\n")
    databases = read(DATABASE_URL_FILE=str(file)).databases(tmp_path)
    assert [databases[alias]["PASSWORD"] for alias in ("default", "box")] == ["p@ss", "p@ss"]
    assert databases["box"]["NAME"] == "rounds_box"


@pytest.mark.parametrize(
    ("content", "beside", "words"),
    [
        (None, "", r"^REDIS_URL_FILE names a file that cannot be read \(FileNotFoundError\)"),
        ("\n", "", "^REDIS_URL_FILE names an empty file"),
        ("redis://a", "redis://b", "^REDIS_URL and REDIS_URL_FILE are both set"),
        ("http://a", "", "^REDIS_URL must begin with redis://"),
    ],
)
def test_a_file_that_says_nothing_or_too_much_stops_the_start(tmp_path, content, beside, words):
    file = tmp_path / "redis"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ImproperlyConfigured, match=words):
        read(REDIS_URL=beside, REDIS_URL_FILE=str(file)).redis("REDIS_URL")


def test_what_is_no_secret_is_not_read_from_a_file(tmp_path):
    assert read(PORTAL_URL_FILE=str(tmp_path / "x")).address("PORTAL_URL", "http://localhost", plain_http=True)


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_URL_FILE"])
def test_web_server_and_worker_each_get_their_own_database_address(monkeypatch, name):
    for each in ("DATABASE_URL", "DATABASE_URL_FILE", "WORKER_DATABASE_URL", "WORKER_DATABASE_URL_FILE"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv("DATABASE_URL", "of the web server")
    monkeypatch.setenv(f"WORKER_{name}", "of the worker")
    got = {part: {k: v for k, v in environment_of(part).items() if "DATABASE_URL" in k} for part in ("web server", "x")}
    box = {name: os.environ[name] for name in ("BOX_DATABASE_URL",) if name in os.environ}
    assert got == {"web server": {"DATABASE_URL": "of the web server"} | box, "x": {name: "of the worker"} | box}


# --- The table ------------------------------------------------------------------------------------


def test_every_variable_that_is_read_is_described_and_no_other():
    assert [each.name for each in VARIABLES] != []
    assert {each.name for each in VARIABLES} == set(settings.env.asked)


def test_the_table_in_the_docs_is_what_the_code_says(capsys):
    call_command("describe_environment")
    written = (ROOT / "docs" / "operating.md").read_text()
    table = written[written.index("| variable |") :].partition("\n\n")[0]
    assert table == capsys.readouterr().out.strip()
