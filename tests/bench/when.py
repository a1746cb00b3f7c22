"""``python tests/bench/when.py MODULE …``: a module run as a program, as many seconds from now as BENCH_SHIFT says. By
its path, since this package sets up the apps, and the clock of the portal runs without them.

The world of the pages stands around one day (``tests.worlds.NOON``); whatever serves it or is signed in to it
lives then.
"""

import os
import runpy
import sys
import time
from importlib import import_module

SHIFT = "BENCH_SHIFT"


def main():
    _, module, *arguments = sys.argv
    sys.argv = [module, *arguments]
    # As with -m: what is beside this file has names that others have too.
    sys.path[0] = os.getcwd()
    shift = float(os.environ.get(SHIFT, 0))
    if shift:
        # Where pytest can be found this takes it along, which would count as memory of the portal.
        sys.modules["pytest"] = None
        time_machine = import_module("time_machine")
        del sys.modules["pytest"]
        time_machine.travel(time.time() + shift, tick=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
