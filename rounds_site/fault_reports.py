"""Tells whoever looks after the portal of a fault, at FAULT_REPORTS_URL: its kind, its place in the code and the
pattern of the page's address, as JSON. Nothing else of it leaves the portal: no message, no value, nobody's address.
"""

import json
import logging
import queue
import sys
import threading
import time
import urllib.request
from pathlib import Path
from traceback import extract_tb

from rounds_site.logs import TELL_OF_A_REQUEST, kind_of, route_of

ROOT = Path(__file__).resolve().parent.parent
# One and the same fault is told of once in so many seconds, with how often it was met meanwhile.
QUIET = 10 * 60
WAITING = 100
TIMEOUT = 5


class Reports(logging.Handler):
    """Nobody who uses the portal waits for it, and where it cannot be told, that is all: the log has it."""

    def __init__(self, url):
        super().__init__(level=logging.ERROR)
        self.url, self.waiting, self.thread = url, queue.Queue(WAITING), None
        self.told_at, self.met = {}, {}

    def emit(self, record):
        try:
            self.waiting.put_nowait(scrubbed(record))
        except queue.Full:
            return
        if self.thread is None:
            self.thread = threading.Thread(target=self._tell, name="fault reports", daemon=True)
            self.thread.start()

    def _tell(self):
        while True:
            report = self.waiting.get()
            if (times := self._times(report)) and not self._send(report | {"times": times}):
                self.told_at.pop(_fault(report))
            self.waiting.task_done()

    def _times(self, report):
        """How often it was met since it was told of; 0 where it is too soon to tell again."""
        fault, now = _fault(report), time.monotonic()
        self.met[fault] = self.met.get(fault, 0) + 1
        if now - self.told_at.get(fault, -QUIET) < QUIET:
            return 0
        self.told_at[fault] = now
        return self.met.pop(fault)

    def _send(self, report):
        """Says on standard error that it could not: a log record would come back here."""
        body, headers = json.dumps(report).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url, data=body, headers=headers)  # noqa: S310 (environment.py looks at it)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT):  # noqa: S310 (the same)
                return True
        except OSError as error:
            sys.stderr.write(f"A fault could not be reported ({type(error).__name__}).\n")
            return False


def scrubbed(record):
    exception = record.exc_info if record.exc_info and record.exc_info[0] else None
    return {
        "level": record.levelname,
        "logger": record.name,
        "kind": kind_of(exception) if exception else "",
        "place": _place(exception, record),
        "route": route_of(record) if record.name.startswith(TELL_OF_A_REQUEST) else "",
    }


def _place(exception, record):
    """The innermost line of our own code; where there is none, of whatever it was."""
    frames = [(frame.filename, frame.lineno, frame.name) for frame in extract_tb(exception[2])] if exception else []
    frames = frames or [(record.pathname, record.lineno, record.funcName)]
    path, line, name = next((frame for frame in reversed(frames) if _is_ours(frame[0])), frames[-1])
    return f"{Path(path).relative_to(ROOT) if _is_ours(path) else Path(path).name}:{line} {name}"


def _is_ours(path):
    return Path(path).is_relative_to(ROOT) and ".venv" not in Path(path).parts


def _fault(report):
    return report["kind"], report["place"]
