"""``bin/bench``: each bench by its name, and how its figures are said."""

import argparse
import json
import signal
import sys

from . import booking, dashboards, exports, imports, letters, memory, pages, start_up
from .figures import table

BENCHES = {
    "pages": pages,
    "letters": letters,
    "booking": booking,
    "dashboards": dashboards,
    "imports": imports,
    "exports": exports,
    "start-up": start_up,
    "memory": memory,
}


def main(arguments=None):
    """Figures go to the standard output; how far a bench has got, to the other."""
    # Ended, it unwinds as after an error: its databases, roles and processes go.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    asked = read(arguments)
    figures = []
    for name in asked.names or BENCHES:
        for figure in BENCHES[name].run(asked.sizes or BENCHES[name].SIZES):
            figures.append(figure)
            if asked.json:
                say(json.dumps(figure.said()))
    if not asked.json:
        say(table(figures))


def read(arguments):
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measures what the portal costs.")
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], metavar="name", help=", ".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="one figure a line")
    parser.add_argument("--sizes", type=sizes, help="other sizes than its own, such as 200,400: to try it out")
    return parser.parse_args(arguments)


def sizes(text):
    return [int(size) for size in text.split(",")]


def say(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
