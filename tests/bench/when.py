"""``python -m tests.bench.when MODULE …``: a module run as a program, as many seconds from now as BENCH_SHIFT says.

The world of the pages stands around one day (``tests.worlds.NOON``); whatever serves it or is signed in to it
lives then.
"""

import os
import runpy
import sys
import time

import time_machine

SHIFT = "BENCH_SHIFT"


def main():
    _, module, *arguments = sys.argv
    sys.argv = [module, *arguments]
    shift = float(os.environ.get(SHIFT, 0))
    if shift:
        time_machine.travel(time.time() + shift, tick=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
