"""The web server that the portal uses, on a database that a test hands it."""

import os
import subprocess
import sys
from contextlib import contextmanager

from django.conf import settings

from tests.running import ROOT, free_port, wait_until

from .crowd import ask

KEPT = ("PATH", "HOME", "LANG", "MUTATE")


def environment(folder, *, default, box, **extra):
    return {name: os.environ[name] for name in KEPT if name in os.environ} | {
        "DJANGO_SETTINGS_MODULE": "rounds_site.settings_test",
        "DATABASE_URL": default,
        "BOX_DATABASE_URL": box,
        "SECRET_KEY": settings.SECRET_KEY,
        "VAR_DIR": str(folder),
        "CLOCK_DIR": str(settings.CACHES["clock"]["LOCATION"]),
        "ORDER_OF_THE_LOCK": str(folder / "order"),
        # Without the lock a race is full of errors, each with its traceback.
        "LOG_LEVEL": "CRITICAL",
        **extra,
    }


@contextmanager
def web_server(folder, variables):
    """Its address, as long as the block lasts."""
    port = free_port()
    arguments = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "12", "--worker-tmp-dir", str(folder)]
    with (folder / "gunicorn.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "tests.races.wsgi", *arguments],
            cwd=ROOT,
            env=variables,
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(address), seconds=30, what="the web server")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def answers(address):
    try:
        return ask(address, "GET", "/healthz", {})[0] == 200
    except OSError:
        return False


def order_of_the_lock(folder):
    return (folder / "order").read_text().split()
