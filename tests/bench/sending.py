"""A process that sends, seen from the bench: see ``sender``."""

import json
import subprocess
import sys
from contextlib import contextmanager

from tests.running import ROOT

from .portals import with_the_rights_of_the_worker


class Sender:
    def __init__(self, process):
        self.process = process

    def send(self, seconds):
        self.begin(seconds)
        return self.done()

    def begin(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()

    def done(self):
        """{what was counted: number}; raises where the process has ended, which then said why."""
        return json.loads(self.process.stdout.readline())


@contextmanager
def sender(portal, what):
    """With the rights of the worker."""
    environment = with_the_rights_of_the_worker(portal)
    command = [sys.executable, "-m", "tests.bench.sender", what]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Sender(process)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
