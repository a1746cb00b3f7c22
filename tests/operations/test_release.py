"""bin/release: an archive that is set up and started on a machine without npm."""

import os
import re
import shutil
import subprocess
import sys
import urllib.request

import pytest

from tests.running import ROOT, free_port, wait_until

# What the scripts call; no node and no npm.
TOOLS = "sh cat cksum tr cmp cp mv mkdir dirname basename env".split()
pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git repository here to make a release of")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Of what is committed, from a clone: a release is written to dist/."""
    clone = tmp_path_factory.mktemp("clone") / "portal"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone], check=True)
    for name in (".venv", "node_modules"):
        (clone / name).symlink_to(ROOT / name)
    written = subprocess.run(["bin/release"], cwd=clone, check=True, capture_output=True, text=True).stdout.strip()
    return clone / written


@pytest.fixture
def unpacked(archive, tmp_path):
    subprocess.run(["tar", "-x", "-C", tmp_path, "-f", archive], check=True)
    [folder] = (each for each in tmp_path.iterdir() if each.is_dir())
    return folder


@pytest.fixture
def environment(unpacked, tmp_path):
    """Python and its packages are those of the tests; nothing else of this machine is on the path."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool))
    python = unpacked / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with (unpacked / "requirements" / "run.txt").open() as lock:
        stamp = subprocess.run(["cksum"], stdin=lock, check=True, capture_output=True, text=True).stdout
    (unpacked / ".venv" / ".installed-run").write_text(stamp)
    port = free_port()
    return {
        "PATH": str(tools),
        "VAR_DIR": str(tmp_path / "var"),
        "STATIC_ROOT": str(tmp_path / "static"),
        "EMAIL_URL": "dummymail://",
        "PORT": str(port),
    }


def test_holds_what_runs_and_not_what_tests(unpacked):
    names = {path.name for path in unpacked.iterdir()}
    assert {"manage.py", "deploy", "docs", "VERSION", "static"} <= names
    assert names & {"tests", ".ci", "node_modules", ".venv", ".git"} == set()
    assert {path.name for path in (unpacked / "static" / "built").iterdir()} >= {"portal.css", "portal.js", "stamp"}
    scripts = {path.name for path in (unpacked / "bin").iterdir()}
    assert scripts == {"attack", "audit", "backup", "build-static", "demo", "restore", "setup"}


def test_what_it_does_not_hold_is_said_to_run_from_a_clone(unpacked):
    held = {path.name for path in (unpacked / "bin").iterdir()}
    for section in (unpacked / "docs" / "operating.md").read_text().split("\n## "):
        if set(re.findall(r"\bbin/([a-z-]+)", section.replace(".venv/bin/", ""))) - held:
            assert "from a clone" in section, section.partition("\n")[0]


def test_runs_without_npm_and_has_its_style(unpacked, environment, tmp_path):
    def run(*command):
        done = subprocess.run(command, cwd=unpacked, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    run("bin/setup", "run")
    run(".venv/bin/python", "manage.py", "prepare")
    url = f"http://127.0.0.1:{environment['PORT']}"
    with (tmp_path / "log").open("w") as log:
        portal = subprocess.Popen(
            [".venv/bin/python", "manage.py", "portal"], cwd=unpacked, env=environment, stderr=log
        )
    try:
        wait_until(lambda: get(f"{url}/readyz"), seconds=90, what="/readyz")
        page = get(f"{url}/").decode()
        sheet = get(url + re.search(r'href="(/static/built/portal\.\w+\.css)"', page)[1])
    finally:
        portal.terminate()
        portal.wait(timeout=30)
    # Further down the addresses of pictures are those that collectstatic gave them.
    assert sheet[:10_000] == (unpacked / "static" / "built" / "portal.css").read_bytes()[:10_000]


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()
    except OSError:
        return None


def test_the_same_commit_gives_the_same_bytes(archive):
    first = archive.read_bytes()
    os.utime(archive.parents[1] / "manage.py")
    subprocess.run(["bin/release"], cwd=archive.parents[1], check=True, capture_output=True)
    assert archive.read_bytes() == first
