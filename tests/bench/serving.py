"""The portal's web server as it would run on a small host, and sessions of people who visit it."""

import subprocess
import sys
from contextlib import contextmanager

from tests.races.crowd import ask
from tests.running import ROOT, wait_until

from .meter import tree_cpu

# As many processes as this machine has cores to spare, and threads as the portal starts.
WORKERS, THREADS = 2, 4
# At the portal's own time (``when``).
PYTHON = [sys.executable, "tests/bench/when.py"]


class WebServer:
    def __init__(self, portal, process):
        self.port, self.pid = portal.port, process.pid

    def cpu(self):
        """Seconds of all its processes."""
        return tree_cpu(self.pid)


@contextmanager
def web_server(portal, *, workers=WORKERS, threads=THREADS):
    let_it_serve(portal)
    arguments = ["--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{portal.port}"]
    arguments += ["--workers", str(workers), "--threads", str(threads)]
    process = subprocess.Popen(
        [*PYTHON, "gunicorn", "tests.bench.wsgi", *arguments],
        cwd=ROOT,
        env=portal.environment_of_its_processes,
        stdin=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(portal), seconds=60, what="the web server", also=lambda: alive(process))
        yield WebServer(portal, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def let_it_serve(portal):
    """Before what has had its time is gone, a portal answers nobody."""
    run(portal, "django", "forget")


def answers(portal):
    try:
        return ask(portal.url, "GET", "/healthz", {})[0] == 200
    except OSError:
        return False


def alive(process):
    if process.poll() is not None:
        raise RuntimeError("the web server has ended")


def sessions_of(portal, people):
    """{address: key of a session}; made by a process with the portal's own settings."""
    said = run(portal, "tests.bench.sign_in", said="\n".join(person.email for person in people))
    return dict(line.split() for line in said.splitlines())


def run(portal, *module, said=""):
    """What a program says that runs with the portal's own settings, as the owner of its tables."""
    done = subprocess.run(
        [*PYTHON, *module], cwd=ROOT, env=portal.environment, input=said, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout
