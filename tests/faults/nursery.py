"""The processes of a portal, forked from one that has imported everything, so that being killed costs no start.

``python -m tests.faults.nursery`` is that one. It is told by a line of JSON what to start and answers with a line. What
it starts runs the very command that it was given, in a group of its own, until it ends or is killed.
"""

import contextlib
import ctypes
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import django
from django.urls import get_resolver

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
WARM = [
    *("gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "celery.bin.worker", "celery.bin.beat", "celery.apps.worker"),
    *("celery.apps.beat", "celery.concurrency.thread", "celery.worker.components", "celery.worker.consumer"),
    *(
        "rounds_site.celery",
        "celery.backends.base",
        "kombu.transport.redis",
        "members.management.commands.dispatch_letters",
    ),
]


class Nursery:
    """As a context manager: nothing that it started outlives it."""

    def __init__(self, environment, log):
        self.environment, self.log = environment, log

    def __enter__(self):
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                cwd=ROOT,
                env=self.environment | {"NURSERY_LOG": str(self.log)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(self, *exception):
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def start(self, module, *arguments, **variables):
        """`python -m module arguments`, with these variables besides."""
        return Child(self, self.ask(module=module, arguments=arguments, variables=variables))

    def ask(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the nursery has ended: {self.log.read_text()}"
        return json.loads(answer)


class Child:
    def __init__(self, nursery, pid):
        self._nursery, self.pid = nursery, pid
        self.status = None

    def poll(self):
        """None while it runs; "stopped"; or how it ended: a number, negative that of the signal."""
        if not isinstance(self.status, int):
            self.status = self._nursery.ask(poll=self.pid)
        return self.status

    def wait(self, *, seconds=90, until=lambda status: isinstance(status, int)):
        deadline = time.monotonic() + seconds
        while not until(self.poll()):
            assert time.monotonic() < deadline, f"waited {seconds} seconds: {self.status}"
            time.sleep(0.02)
        return self.status

    def wait_until_it_stands_still(self):
        return self.wait(until=lambda status: status == "stopped")

    def signal(self, number):
        if self.poll() in (None, "stopped"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self):
        """It, and what it started in its turn."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.wait(seconds=30)


# --- The process itself ---------------------------------------------------------------------------


def main():
    django.setup()
    for name in WARM:
        import_module(name)
    _ = get_resolver().url_patterns
    gc.freeze()
    started = {}
    for line in sys.stdin:
        request = json.loads(line)
        answer = look_at(started, request["poll"]) if "poll" in request else fork(started, **request)
        print(json.dumps(answer), flush=True)  # noqa: T201 (how it answers)
    for pid, status in started.items():
        if not isinstance(status, int):
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def look_at(started, pid):
    if isinstance(started[pid], int):
        return started[pid]
    changed, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
    if changed and os.WIFSTOPPED(status):
        started[pid] = "stopped"
    elif changed and os.WIFCONTINUED(status):
        started[pid] = None
    elif changed:
        started[pid] = os.waitstatus_to_exitcode(status)
    return started[pid]


def fork(started, module, arguments, variables):
    parent, pid = os.getpid(), os.fork()
    if not pid:
        with leaving():
            become(module, arguments, variables, parent)
    make_a_group_of(pid)
    started[pid] = None
    return pid


@contextlib.contextmanager
def leaving():
    """However the block ends, this process ends with it, and says why; it never gets back to where it was forked."""
    code = 0
    try:
        yield
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:  # noqa: BLE001 (the last to hear of it)
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def make_a_group_of(pid):
    """Done on both sides of a fork: the group is there before anybody can ask to end it."""
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)


def become(module, arguments, variables, parent):
    make_a_group_of(0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    nowhere, log = os.open(os.devnull, os.O_RDONLY), os.open(os.environ["NURSERY_LOG"], os.O_WRONLY | os.O_APPEND)
    for opened, standard in [(nowhere, 0), (log, 1), (log, 2)]:
        os.dup2(opened, standard)
    os.environ.update(variables)
    from . import breaking

    breaking.as_told(os.environ)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
