"""A process that does one thing and says what it cost: ``measured(portal, module, words)``; the module's ``main`` is
``told(act)``. Each begins anew, so that what one size held is in the way of no other."""

import json
import re
import subprocess
import sys
from pathlib import Path

from django.db import connections

from tests.running import ROOT

from .meter import Meter, peak_memory
from .portals import with_the_rights_of_the_worker
from .serving import PYTHON


def measured(portal, module, *words, worker=False):
    """{statements, framing, cpu, database_cpu, grew_kb} of what the module did, as the web server or the worker."""
    environment = with_the_rights_of_the_worker(portal) if worker else portal.environment_of_its_processes
    command = [*PYTHON, f"tests.bench.{module}", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def tell(act, *, warm_up):
    """Prints what `act` cost after `warm_up`, which does the same with little, and what it found."""
    meter = Meter()
    warm_up()
    connections["default"].ensure_connection()
    before, held = meter.now(), begin_to_watch_memory()
    found = act() or {}
    cost = {name: value - before[name] for name, value in meter.now().items()}
    sys.stdout.write(json.dumps(cost | found | {"grew_kb": peak_memory() - held}) + "\n")


def begin_to_watch_memory():
    """What this process holds, in kB; ``peak_memory`` counts from here."""
    Path("/proc/self/clear_refs").write_text("5")
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1])
