"""What a start costs: CPU of ``manage.py check``, of the web server until it has answered with a page, and of a worker
and of the clock until they rest."""

import os
import subprocess
import sys
import time

from rounds_site.management.commands.portal import commands
from tests.races.crowd import ask
from tests.running import ROOT, wait_until

from .figures import Figure, to_two_places
from .memory import running
from .meter import tree_cpu
from .portals import portal_and_relay, with_the_rights_of_the_worker
from .serving import answers, let_it_serve

# How often each is started; the cheapest counts, since the first of all reads from the disk.
SIZES = [3]
CHECK = [sys.executable, "manage.py", "check"]
# A process rests that takes less than this many seconds of CPU in as many seconds.
RESTS, SECONDS = 0.03, 3


def run(sizes):
    with portal_and_relay() as (portal, _):
        let_it_serve(portal)
        for times in sizes:
            for name, cpu in (
                ("check", of_check),
                ("web", of_the_web_server),
                ("worker", of_worker),
                ("clock", of_clock),
            ):
                least = 1000 * min(cpu(portal) for _ in range(times))
                yield Figure("start-up", f"{name}_cpu_ms", to_two_places(least), "ms", f"the least of {times}")


def of_check(portal):
    before = os.times()
    subprocess.run(CHECK, cwd=ROOT, env=portal.environment, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def of_the_web_server(portal):
    with running(commands()["web server"], portal.environment_of_its_processes) as pid:
        wait_until(lambda: answers(portal), seconds=120, what="the web server")
        status = ask(portal.url, "GET", "/", {})[0]
        if status != 200:
            raise RuntimeError(f"the first page is answered with {status}")
        return tree_cpu(pid)


def of_worker(portal):
    return at_rest(portal, "worker")


def of_clock(portal):
    return at_rest(portal, "clock")


def at_rest(portal, name):
    with running(commands()[name], with_the_rights_of_the_worker(portal)) as pid:
        before = -1
        while (cpu := tree_cpu(pid)) - before > RESTS:
            before = cpu
            time.sleep(SECONDS)
        return cpu
