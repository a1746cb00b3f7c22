"""compose.yaml, deploy/ and the Dockerfile say what the code says. What can be run without a container engine is run in
test_apart.py."""

import configparser
import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from rounds_site.management.commands import portal
from rounds_site.variables import SECRETS, VARIABLES
from tests.running import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
BY_NAME = {
    "web": [*portal.WEB],
    "worker": [*portal.WORKER, "--concurrency", "2"],
    "worker-box": [*portal.WORKER, "--concurrency", "1", "--queues", "box"],
    "beat": [*portal.BEAT],
}
KNOWN = {each.name for each in VARIABLES} | {f"{name}_FILE" for name in SECRETS} | {"WEB_CONCURRENCY"}
OF_THE_PORTAL = {name: each for name, each in COMPOSE["services"].items() if each["image"] == "rounds-portal"}


def kind_of(name):
    return re.sub(r"\d$", "", name)


def test_two_web_servers_two_workers_one_of_the_box_and_one_beat_run_these_lines():
    lines = {name: each["command"] for name, each in OF_THE_PORTAL.items() if name != "prepare"}
    assert sorted(map(kind_of, lines)) == ["beat", "web", "web", "worker", "worker", "worker-box"]
    assert lines == {name: BY_NAME[kind_of(name)] for name in lines}


def test_so_do_the_units_of_systemd():
    lines = {path.name: shlex.split(unit(path)["Service"]["ExecStart"]) for path in UNITS}
    assert {name: line[0].rpartition("/")[0] for name, line in lines.items()} == dict.fromkeys(
        lines, "/opt/rounds/.venv/bin"
    )
    kinds = {name: re.sub(r"rounds-|@?\.service", "", name) for name in lines}
    assert sorted(kinds.values()) == ["beat", "web", "worker", "worker-box"]
    for name, (program, *words) in lines.items():
        assert [program.rpartition("/")[2], *words] == BY_NAME[kinds[name]]


def test_manage_py_portal_runs_them_too():
    starts = {"web server": portal.WEB, "worker": portal.WORKER, "clock": portal.BEAT}
    for name, (_, _, *words) in portal.commands().items():
        assert tuple(words[: len(starts[name])]) == starts[name]


def test_every_variable_that_is_set_is_one_that_is_read():
    named = {name for each in OF_THE_PORTAL.values() for name in each["environment"]}
    named |= set(re.findall(r"[ ^]([A-Z_]+)=/", (ROOT / "Dockerfile").read_text()))
    assert named - {"PATH"} <= KNOWN
    assert "SECRET_KEY_FILE" in named


def test_secrets_that_are_read_are_there_and_no_other():
    for name, each in OF_THE_PORTAL.items():
        read = {value for value in each["environment"].values() if value.startswith("/run/secrets/")}
        assert read == {f"/run/secrets/{secret}" for secret in each["secrets"]}, name
    asked = {secret for each in COMPOSE["services"].values() for secret in each.get("secrets", [])}
    assert asked == set(COMPOSE["secrets"])


def test_containers_of_the_portal_can_write_to_their_volumes_alone():
    for each in OF_THE_PORTAL.values():
        assert (each["read_only"], each["cap_drop"]) == (True, ["ALL"])


def test_the_keys_of_boxes_are_with_their_worker_alone():
    having = [name for name, each in OF_THE_PORTAL.items() if any("box_keys:" in volume for volume in each["volumes"])]
    assert having == ["worker-box"]
    users = {path.name: unit(path)["Service"]["User"] for path in UNITS}
    assert [name for name, user in users.items() if user == "rounds-box"] == ["rounds-worker-box.service"]


def test_every_volume_is_declared():
    named = {volume.partition(":")[0] for each in COMPOSE["services"].values() for volume in each.get("volumes", [])}
    assert {name for name in named if not name.startswith(".")} == set(COMPOSE["volumes"])
    for path in (name for name in named if name.startswith("./deploy")):
        assert (ROOT / path).is_file()


def test_the_image_is_not_roots_and_installs_what_is_pinned():
    said = (ROOT / "Dockerfile").read_text()
    stages = dict(re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM |\Z)", said, re.MULTILINE | re.DOTALL))
    assert list(stages) == ["front", "packages", "portal", "pooler"]
    assert "USER rounds" in stages["portal"]
    assert "--require-hashes" in stages["packages"]
    assert "npm" not in stages["portal"]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", said, re.MULTILINE)
    assert [path for line in copied for path in line.split() if not (ROOT / path).exists()] == []


def unit(path):
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read(path)
    return read


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze: apt-get install systemd")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_the_units(path, tmp_path):
    """With programs that are there, since it looks."""
    copy = tmp_path / path.name
    copy.write_text(re.sub(r"/opt/rounds/.venv/bin/\w+", "/bin/true", path.read_text()))
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if path.stem.partition("@")[0] in line]
    assert (done.returncode, ours) == (0, [])
