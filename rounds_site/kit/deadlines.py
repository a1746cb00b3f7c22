"""What has no end by itself is ended in time: one thread looks after all of it.

A thread for each (``threading.Timer``) would take as long to start as a letter to send.
"""

import threading
import time
from contextlib import contextmanager


class Deadlines:
    """Sleeps until the first time that it knows of, and only then looks whether that still counts; nothing wakes it
    before, save a time that comes earlier still. With nothing left to look after it goes."""

    def __init__(self):
        self._changed, self._watched = threading.Condition(), {}
        self._thread, self._wakes_at = None, 0.0

    @contextmanager
    def watch(self, ends_at, act):
        """Call `act` if the block still runs at `ends_at` (``time.monotonic``); from another thread, so it must be
        quick."""
        block = object()
        with self._changed:
            self._watched[block] = ends_at, act
            # In a process that was forked the thread is not there any more.
            if not (self._thread and self._thread.is_alive()):
                self._wakes_at = ends_at
                self._thread = threading.Thread(target=self._look, name="deadlines", daemon=True)
                self._thread.start()
            elif ends_at < self._wakes_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._watched.pop(block, None)

    def _look(self):
        with self._changed:
            while self._watched:
                self._wakes_at = min(ends_at for ends_at, _ in self._watched.values())
                self._changed.wait(max(0, self._wakes_at - time.monotonic()))
                self._act_on_what_is_over()
            self._thread = None

    def _act_on_what_is_over(self):
        now = time.monotonic()
        for block, (ends_at, act) in list(self._watched.items()):
            if ends_at <= now:
                del self._watched[block]
                act()


deadlines = Deadlines()
