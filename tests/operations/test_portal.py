"""`manage.py portal` as a process: what it starts, says and leaves behind."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.running import ROOT, RunningPortal, free_port, wait_until


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("portal")


@pytest.fixture(scope="module")
def prepared(folder, django_db_blocker):
    with django_db_blocker.unblock(), RunningPortal(folder) as portal:
        yield portal


@pytest.fixture
def running(prepared):
    yield prepared.start()
    prepared.stop()


def processes_of(portal):
    """Every process that carries this portal's folder in its environment, whoever its parent is by now."""
    mark = f"VAR_DIR={portal.folder}".encode()
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (each / "environ").read_bytes().split(b"\0") and state_of(each) != "Z":
                found.append(int(each.name))
        except OSError:
            continue
    return found


def state_of(process):
    return re.search(r"^State:\s+(\w)", (process / "status").read_text(), re.MULTILINE)[1]


def gone(portal):
    return processes_of(portal) == []


def child(portal, word):
    for pid in processes_of(portal):
        if word in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
            return pid
    raise AssertionError(f"no {word} among the portal's processes")


def test_it_is_ready_and_says_where(running):
    assert running.get("/healthz").text == "ok\n"
    assert running.get("/readyz").text == "ready\n"
    assert f"The portal is at {running.url}/" in running.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_stops_cleanly_when_asked(running, number):
    assert len(processes_of(running)) >= 4
    assert running.stop(number) == 0
    assert gone(running)


def test_killed_outright_it_leaves_no_process(running):
    running.stop(signal.SIGKILL)
    wait_until(lambda: gone(running), seconds=20, what="the children to end")


@pytest.mark.parametrize(("word", "name"), [("beat", "clock"), ("worker", "worker"), ("gunicorn", "web server")])
def test_if_one_part_ends_all_end(running, word, name):
    os.kill(child(running, word), signal.SIGKILL)
    assert running.process.wait(timeout=30) == 1
    assert gone(running)
    assert f"The {name} has ended, so the portal stops." in running.log.read_text()


def test_a_taken_port_is_named(prepared):
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", prepared.port))
        squatter.listen()
        done = subprocess.run(
            [sys.executable, "manage.py", "portal"],
            cwd=ROOT,
            env=prepared.environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 1
    assert f"Port {prepared.port} of 127.0.0.1 cannot be used (Address already in use)" in done.stderr
    assert f"PORT={prepared.port + 1}" in done.stderr


def test_a_request_under_way_is_answered_before_the_end(running):
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        time.sleep(0.3)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(b"Connection: close\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")
    assert running.process.wait(timeout=30) == 0


def run_once(folder, *words):
    environment = {**os.environ, "VAR_DIR": str(folder), "PORT": str(free_port()), "DEMO": "0"}
    for name in ("DATABASE_URL", "BOX_DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_what_is_not_prepared_is_refused_with_what_to_do(tmp_path):
    sentence = "CommandError: The databases are not ready. Run manage.py prepare first.\n"
    asked = (
        *("begin --no-input", "portal", "forget", "verify_audit", "dispatch_letters", "change_system --icb QYG"),
        *("end_second_step a@b.example", "erase_person a@b.example", "subject_report a@b.example"),
        "import_organisations README.md --icb QYG",
        "import_past_rounds README.md --icb QYG --asked own",
    )
    assert {each: run_once(tmp_path, *each.split()).stderr for each in asked} == dict.fromkeys(asked, sentence)
    assert run_once(tmp_path, "migrate", "--verbosity", "0").returncode == 0
    assert run_once(tmp_path, "portal").stderr == sentence


def test_the_readmes_way_in_earnest_is_the_one_that_works():
    shown = (ROOT / "README.md").read_text().split("To start the portal in earnest:")[1].split("```")[1]
    assert re.findall(r"^(?:bin/|\S+ manage\.py )(\w+)", shown, re.MULTILINE) == ["setup", "prepare", "begin", "portal"]


def script(name, word):
    done = subprocess.run([ROOT / "bin" / name, word], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def test_asked_for_help_scripts_say_what_they_do_and_do_nothing_else():
    # The others hand the word on to a program that has a help of its own.
    for name in ("audit", "build-static", "chaos", "demo", "lock", "release", "screenshots", "setup", "test"):
        head = (ROOT / "bin" / name).read_text().partition("\nset -")[0].splitlines()[1:]
        said = (0, "".join(f"{line.removeprefix('# ')}\n" for line in head), "")
        assert (script(name, "--help"), script(name, "-h")) == (said, said)


def test_without_uv_lock_says_how_to_install_it(tmp_path):
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "lock", tmp_path / "bin")
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "env", "dirname"):
        (tools / tool).symlink_to(shutil.which(tool))
    done = subprocess.run([tmp_path / "bin" / "lock"], env={"PATH": str(tools)}, capture_output=True, text=True)
    said = "lock: uv is needed and is not here. Install it: bin/setup dev, then .venv/bin/python -m pip install uv\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_the_demo_takes_no_word_that_it_does_not_know():
    assert script("demo", "--port") == (1, "", "demo: it takes no “--port”; bin/demo --help says what it takes.\n")
