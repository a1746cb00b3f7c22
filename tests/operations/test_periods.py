"""How long things are kept is a setting, never longer than was promised: the job, the pages and the table say the same.

A setting is read once, at the start, so each of these is a process of its own.
"""

import os
import subprocess
import sys

import pytest

from tests.operations.test_settings import settings_of, started
from tests.running import ROOT

LONGEST = {"WORK": 365, "ROLES": 365, "VOICES": 365, "CARE": 90, "DEBRIEFS": 365}
LOOK = """
import django
django.setup()
from datetime import datetime, UTC, timedelta
from django.template import Context, Template
from members.registry import keepings
from rounds.models import Offer
from rounds.models.after import CARED_FOR
from rounds.models.voices import KEPT_FOR

now = datetime(2027, 8, 4, tzinfo=UTC)
edge = str(Offer.objects.over(now).query)
print(KEPT_FOR.days, (now - timedelta(days=40)).strftime("%Y-%m-%d") in edge, CARED_FOR.days)
print(keepings["offers"].until.value)
print(Template("{% load formats %}{% kept_in_words 'voices' %}").render(Context()))
"""


@pytest.mark.parametrize("name", sorted(LONGEST))
def test_none_is_longer_than_was_promised(tmp_path, name):
    longest = LONGEST[name]
    done = started(tmp_path, "KEPT_DAYS", **{f"KEEP_{name}_DAYS": str(longest + 1)})
    assert done.returncode != 0
    assert f"KEEP_{name}_DAYS must be a whole number from" in done.stderr
    ((kept,),) = [settings_of(tmp_path, "KEPT_DAYS", **{f"KEEP_{name}_DAYS": str(longest)})]
    assert kept[name.lower()] == longest


def told(tmp_path, *command, **environment):
    own = {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "rounds_site.settings", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=own | environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_shorter_one_is_what_the_job_takes_and_what_pages_and_table_say(tmp_path):
    said = told(tmp_path, "-c", LOOK, KEEP_VOICES_DAYS="40", KEEP_CARE_DAYS="20")
    assert said.splitlines() == ["40 True 20", "for 40 days, or until the person takes it back", "40 days"]
    table = told(tmp_path, "manage.py", "describe_keeping", KEEP_VOICES_DAYS="40", KEEP_CARE_DAYS="20")
    rows = {row.split("`")[1]: row for row in table.splitlines() if "`" in row}
    assert "for 40 days, or until the person takes it back" in rows["offers"]
    assert "for 40 days, or until the person takes it back" in rows["approaches"]
    assert "until 20 days after the Round" in rows["care_owed"]
    assert "12 months after" in rows["roles"]


def test_no_page_says_a_period_by_heart_that_is_a_setting():
    """They take it from there; of the security log and of letters it is none."""
    fixed = {
        "templates/evaluation/erase.html",
        "templates/members/manage_audit.html",
        "templates/evaluation/returns.html",
        # What is looked at, not what is kept.
        "templates/rounds/programme.html",
    }
    told = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*")
        if path.is_file() and any(words in path.read_text() for words in ("12 months", "90 days"))
    }
    assert told <= fixed
