"""``bin/bench start-up`` and ``memory``, small: each process starts, answers or rests, and is ended."""

import json
import subprocess

import pytest

from tests.running import ROOT

STARTED = {"check_cpu_ms", "web_cpu_ms", "worker_cpu_ms", "clock_cpu_ms"}


@pytest.mark.parametrize(("bench", "size"), [("start-up", 1), ("memory", 2)])
def test_what_each_process_takes_is_a_figure(bench, size):
    done = subprocess.run(
        ["bin/bench", bench, "--json", "--sizes", str(size)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["bench"] for line in said} == {bench}
    assert all(line["value"] > 1 for line in said)
    if bench == "start-up":
        assert {line["figure"] for line in said} == STARTED
    else:
        *each, total = (line["value"] for line in said)
        assert len(each) == 3
        assert total == pytest.approx(sum(each), abs=0.1)
