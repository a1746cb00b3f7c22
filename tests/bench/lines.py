"""What ``bin/bench`` says, as whoever runs it reads it."""

import json
import subprocess

from tests.running import ROOT


def lines_of(name, sizes):
    """A bench at these sizes: (its figures, each a dict, and what it said of how far it was)."""
    command = ["bin/bench", name, "--json", "--sizes", sizes]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr
