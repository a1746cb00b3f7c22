"""``bin/bench letters``, small: whether what it says can be read and is counted right. How large its figures are is for
the bench itself, on a machine with nothing else to do."""

import os
import signal
import subprocess
import sys

import pytest
from django.db import connection

from tests.running import ROOT

from .lines import lines_of

COUNTED = {"uncertain": 0, "lost": 0, "doubled": 0}
MEASURED = {"rate_vs_bare_dispatcher", "cpu_ms_per_letter", "sql_per_letter", "framing_per_letter", "bytes_per_letter"}


def test_says_each_figure_of_each_run_on_a_line():
    said, _ = lines_of("letters", "200")
    assert {tuple(line) for line in said} == {("bench", "figure", "value", "unit", "note")}
    assert {line["bench"] for line in said} == {"letters"}
    by_run = {note: {line["figure"]: line["value"] for line in said if line["note"] == note} for note in notes(said)}
    assert {note: set(figures) for note, figures in by_run.items()} == {
        "200 letters": MEASURED | {"rss_growth"} | set(COUNTED),
        "200 letters, 2 dispatchers": MEASURED | set(COUNTED),
    }
    for figures in by_run.values():
        assert {name: figures[name] for name in COUNTED} == COUNTED
        assert 2 < figures["sql_per_letter"] < 3
        assert min(figures[name] for name in MEASURED) > 0


def notes(said):
    return {line["note"] for line in said}


@pytest.mark.django_db
def test_ended_on_the_way_it_leaves_nothing_behind(tmp_path):
    before = databases()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench", "letters", "--sizes", "4000"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with process.stderr:
        assert b"letters" in process.stderr.read(len("letters"))
        born = databases() - before
        assert list(tmp_path.iterdir()) != []
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
    assert process.wait() == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
    assert len(born) == (2 if connection.vendor == "postgresql" else 0)
    assert born & databases() == set()


def databases():
    """Those of this user; whatever else runs on the server has its own."""
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = current_user")
        return {name for (name,) in cursor.fetchall()}
