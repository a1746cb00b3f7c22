"""What memory the web server, the worker and the clock hold together: their proportional set size (PSS), in which what
several processes share counts once."""

import re
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rounds_site.management.commands.portal import commands
from tests.running import ROOT, wait_until

from .figures import Figure, to_two_places
from .meter import tree
from .portals import with_the_rights_of_the_worker
from .serving import PYTHON

# By then each task that comes every minute has run.
SECONDS = 90


def of_web_and_workers(world):
    """The web server that has answered all along, and the worker and the clock after a while of work on all that."""
    with ExitStack() as stack:
        pids = {"web server": world.server.pid}
        for name in ("worker", "clock"):
            pids[name] = stack.enter_context(running(world.portal, commands()[name]))
        wait_until(lambda: world.portal.get("/readyz").status == 200, seconds=120, what="the worker and the clock")
        time.sleep(SECONDS)
        held = {name: pss(pid) for name, pid in pids.items()}
    for name, kilobytes in held.items():
        yield Figure("pages", "pss_mb_of_each", to_two_places(kilobytes / 1000), "MB", f"{name}, after the bench")
    total = to_two_places(sum(held.values()) / 1000)
    yield Figure("pages", "pss_mb", total, "MB", "web server, worker and clock, after the bench", ("at most", 350))


@contextmanager
def running(portal, command):
    """As ``manage.py portal`` starts it, at the portal's own time."""
    process = subprocess.Popen(
        [*PYTHON, *command[2:]], cwd=ROOT, env=with_the_rights_of_the_worker(portal), stdin=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def pss(pid):
    """kB of a process and all its children."""
    return sum(_pss(each) for each in tree(pid))


def _pss(pid):
    return int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])
