"""One turn of the clock of the boxes at the moment NOW, as its worker does it.

``python -m tests.faults.clock_of_boxes``, from the nursery. With KILL_AT=n this process is killed, as SIGKILL does, at
its n-th step: before a statement of either database, before it commits, and after it has.
"""

import os
import signal
from contextlib import ExitStack
from datetime import datetime

from django.db import connections

from evaluation.actions import clock


class Steps:
    def __init__(self, kill_at):
        self.kill_at, self.taken = kill_at, 0

    def step(self):
        self.taken += 1
        if self.taken == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def __call__(self, execute, sql, params, many, context):
        self.step()
        return execute(sql, params, many, context)

    def around(self, commit):
        def committed():
            self.step()
            commit()
            self.step()

        return committed


def main():
    steps = Steps(int(os.environ.get("KILL_AT", "0")))
    with ExitStack() as stack:
        for connection in map(connections.__getitem__, ("default", "box")):
            connection._commit = steps.around(connection._commit)
            stack.enter_context(connection.execute_wrapper(steps))
        clock.follow_boxes(now=datetime.fromisoformat(os.environ["NOW"]))


if __name__ == "__main__":
    main()
