"""One pass over the letters that have had their time, at the moment NOW, as the worker does it.

``python -m tests.faults.forgetting``, from the nursery. With KILL_AT=n this process is killed at its n-th step
(``clock_of_boxes``). How many rows each transaction destroyed stands in the file ROWS, a line each.
"""

import os
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import django
from django.db import connections

from .clock_of_boxes import Steps


class Transactions:
    """The rows that were deleted since the last commit are written down with it."""

    def __init__(self, file):
        self.file, self.deleted = file, 0

    def __call__(self, execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if sql.startswith("DELETE"):
            self.deleted += context["cursor"].rowcount
        return done

    def around(self, commit):
        def committed():
            commit()
            with self.file.open("a") as file:
                file.write(f"{self.deleted}\n")
            self.deleted = 0

        return committed


def main():
    django.setup()
    # Models can be imported only now.
    from members.actions import retention

    connection = connections["default"]
    rows, steps = Transactions(Path(os.environ["ROWS"])), Steps(int(os.environ.get("KILL_AT", "0")))
    connection._commit = steps.around(rows.around(connection._commit))
    with ExitStack() as stack:
        for each in (rows, steps):
            stack.enter_context(connection.execute_wrapper(each))
        retention.forget("letters", now=datetime.fromisoformat(os.environ["NOW"]))


if __name__ == "__main__":
    main()
