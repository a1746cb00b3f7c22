"""What was deleted from the box leaves no byte in its files."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# In a process of its own with files of its own: the databases of the tests live in memory.
ONE_DAY = """
import sys, uuid
import django
django.setup()
from django.core.management import call_command
from django.db import connections
for alias in ("default", "box"):
    call_command("migrate", database=alias, verbosity=0)
from evaluation.actions import comments, counting, feedback, paper
from evaluation.models.box import Form
from evaluation.models.results import Comment
from evaluation.sealing import Paper
from tests.factories.evaluation import FeedbackBoxFactory
how, forms = sys.argv[1], int(sys.argv[2])
box = FeedbackBoxFactory(round__places=30)
for number in range(forms):
    text = f"remembered-words-{number} " * 20
    feedback.cast(box=box, ballot_id=uuid.uuid4(), answers={}, comment=text, now=box.opens_at)
sealed = [form.content[:60].encode() for form in Form.objects.all()]
paper.type_in(box=box, paper=Paper(2, {}, ("remembered-words-on-paper",)), now=box.opens_at)
if how == "emptied":
    box.round.state = "cancelled"
    box.round.save()
    feedback.empty(box=box)
elif how != "waiting":
    counting.count(box=box, now=box.closes_at)
if how == "edited":
    for number, comment in enumerate(Comment.objects.exclude(text="remembered-words-on-paper").order_by("id")):
        at = {"round": box.round, "comment_id": comment.pk}
        comments.edit_out(text="words", **at) if number % 2 else comments.withhold(**at)
"""


def left(folder, how, forms):
    """How often the words, and how many sealed forms, stand in any file of the box while a connection is open."""
    script = (
        ONE_DAY
        + "\nfrom pathlib import Path\nimport os\n"
        + (
            "files = sorted(Path(os.environ['VAR_DIR']).glob('box.sqlite3*'))\n"
            "found = [sum(file.read_bytes().count(b'remembered-words') for file in files)]\n"
            "print(*found, sum(any(each in file.read_bytes() for file in files) for each in sealed))\n"
        )
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.endswith(("DATABASE_URL", "REDIS_URL"))
    }
    environment |= {
        "VAR_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "rounds_site.settings_test",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", script, how, str(forms)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    words, sealed = done.stdout.split()[-2:]
    return int(words), int(sealed)


def test_forms_that_wait_can_be_found_in_the_file_but_not_read(tmp_path):
    """Else the others would prove nothing. What the team typed in from paper is not sealed: it may correct it."""
    words, sealed = left(tmp_path, "waiting", 3)
    assert words >= 1
    assert words < 20
    assert sealed == 3


def test_forms_that_were_emptied_are_nowhere(tmp_path):
    assert left(tmp_path, "emptied", 12) == (0, 0)


def test_forms_that_were_too_few_are_nowhere(tmp_path):
    assert left(tmp_path, "counted", 4) == (0, 0)


def test_of_forms_that_were_counted_only_the_comments_are_there_once(tmp_path):
    assert left(tmp_path, "counted", 9) == (9 * 20 + 1, 0)


def test_words_that_were_taken_out_or_withheld_are_nowhere(tmp_path):
    """Of what was typed in from paper nothing was taken out."""
    assert left(tmp_path, "edited", 9) == (1, 0)
