"""``bin/bench start-up``, small: each process starts, answers or rests, and is ended; and how memory is read."""

import sys

from tests.running import wait_until

from .lines import lines_of
from .memory import pss, running

MEGABYTES_EACH = 40
# At no moment more than in the end, or the first would be measured at a height that it does not keep.
HOLDS = f"import sys, time; held = b'x' * {MEGABYTES_EACH}_000_000; time.sleep(60)"
HOLDS_WITH_A_CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {HOLDS!r}]); {HOLDS}"


def test_what_each_process_takes_is_a_figure():
    said, _ = lines_of("start-up", "1")
    assert [line["figure"] for line in said] == ["check_cpu_ms", "web_cpu_ms", "worker_cpu_ms", "clock_cpu_ms"]
    assert all(line["value"] > 1 for line in said)


def test_memory_of_a_process_is_that_of_its_children_too():
    with running([sys.executable, "-c", HOLDS], {}) as alone:
        wait_until(lambda: pss(alone) > 1000 * MEGABYTES_EACH, seconds=30, what="what one holds")
        held = pss(alone)
    with running([sys.executable, "-c", HOLDS_WITH_A_CHILD], {}) as two:
        wait_until(lambda: pss(two) > 1.6 * held, seconds=30, what="what two hold")
