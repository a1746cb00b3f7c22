"""What the portal costs, counted: statements, CPU seconds, bytes and requests. Rates stand only as ratios to a floor
that was measured in the same run, since a machine is never alone with a bench.

`sql_…` counts statements that ask or change something; `framing_…` counts what goes over the line beside them: BEGIN,
COMMIT, savepoints, and the question whether a connection still lives.
"""

import os

import django

# Each module here is a program, or a part of one that is running: it finds the apps set up.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rounds_site.settings_test")
django.setup()
