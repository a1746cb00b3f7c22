"""What memory the web server, the worker and the clock hold: their proportional set size (PSS), in which what several
processes share counts once. The goal is of the first two, of which a large portal has several; of the clock there is
one, which answers to nobody. ``bin/bench memory`` asks after an ordinary day, ``pages`` after all that it has asked."""

import re
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from rounds_site.management.commands.portal import commands
from tests.factories.members import PersonFactory
from tests.races.crowd import ask
from tests.running import ROOT, wait_until

from .figures import Figure, to_two_places
from .meter import tree
from .people import partner_with, round_for
from .portals import portal_and_relay, with_the_rights_of_the_worker
from .serving import answers, let_it_serve, sessions_of

# How many people look at a Round.
SIZES = [500]
# By then each task that comes every minute has run.
SECONDS = 90
MOST = 350


def run(sizes):
    for size in sizes:
        with portal_and_relay() as (portal, _):
            partner, people = partner_with(size)
            round = round_for(partner, facilitators=[PersonFactory(works_for=partner)])
            sessions = sessions_of(portal, people)
            let_it_serve(portal)
            with running(commands()["web server"], portal.environment_of_its_processes) as pid:
                wait_until(lambda: answers(portal), seconds=120, what="the web server")
                for session in sessions.values():
                    look_at(portal, f"/rounds/{round.pk}/", session)
                yield from of_all("memory", portal, pid, f"after {size} people looked at a Round", commands())


def look_at(portal, path, session):
    for each in ("/", path):
        status = ask(portal.url, "GET", each, {"Cookie": f"sessionid={session}"})[0]
        if status != 200:
            raise RuntimeError(f"{each} is answered with {status}")


def of_all(bench, portal, web_server, note, lines):
    """The web server that has answered all along, and the worker and the clock after a while of work on all that;
    `lines`: with what each is started."""
    with ExitStack() as stack:
        pids = {"web server": web_server}
        for name in ("worker", "clock"):
            pids[name] = stack.enter_context(running(lines[name], with_the_rights_of_the_worker(portal)))
        wait_until(lambda: portal.get("/readyz").status == 200, seconds=120, what="the worker and the clock")
        time.sleep(SECONDS)
        held = {name: pss(pid) for name, pid in pids.items()}
    for name, kilobytes in held.items():
        yield Figure(bench, "pss_mb_of_each", to_two_places(kilobytes / 1000), "MB", f"{name}, {note}")
    total = to_two_places((held["web server"] + held["worker"]) / 1000)
    yield Figure(bench, "pss_mb", total, "MB", f"web server and worker, {note}", ("at most", MOST))


@contextmanager
def running(command, environment):
    """Its pid. What it says stands between no figures."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def pss(pid):
    """kB of a process and all its children; a child that ends meanwhile holds nothing."""
    held = _pss(pid)
    for child in tree(pid).keys() - {pid}:
        with suppress(FileNotFoundError, ProcessLookupError):
            held += _pss(child)
    return held


def _pss(pid):
    return int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])
