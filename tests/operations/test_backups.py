"""The drill: back up, destroy, restore. The counts are right, what was destroyed with its key stays destroyed, and what
has had its time goes before the portal opens."""

import datetime as dt
import os
import subprocess
import sys
import time

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from evaluation.actions import box_keys
from evaluation.models import FeedbackBox
from evaluation.models.box import Form
from members.models import Delivery, System
from rounds.actions import stories
from rounds.models import Booking
from rounds.models.story import Story
from rounds.sealing import CannotOpen
from rounds_site import backups, celery
from tests.factories.evaluation import FeedbackBoxFactory, fill
from tests.factories.members import SystemFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory
from tests.row_security import make_roles_here
from tests.running import ROOT, RunningPortal

DAY = dt.timedelta(days=1)
FORMS = 9


@pytest.fixture
def portal(tmp_path, django_db_blocker, settings):
    settings.BOX_KEY_DIR, settings.STORY_KEY_DIR = tmp_path / "box_keys", tmp_path / "story_keys"
    with django_db_blocker.unblock(), RunningPortal(tmp_path) as portal, portal.databases_here():
        yield portal


def run(portal, *command, environment=None):
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment or portal.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )


def back_up(portal):
    """The two files."""
    done = run(portal, "bin/backup", portal.folder / "people", portal.folder / "boxes")
    assert done.returncode == 0, done.stderr
    return [next((portal.folder / name).iterdir()) for name in ("people", "boxes")]


def destroy(portal):
    for alias in backups.ALIASES:
        connections[alias].close()
        if connections[alias].vendor == "sqlite":
            for file in portal.folder.glob(f"{alias}.sqlite3*"):
                file.unlink()
        else:
            with connections[alias].cursor() as cursor:
                cursor.execute("DROP SCHEMA public CASCADE")


def restore(portal, *files):
    done = run(portal, "bin/restore", *files, "--yes")
    assert done.returncode == 0, done.stderr
    if connection.vendor == "postgresql":
        make_roles_here()
    return done.stdout


def counts():
    return {model.__name__: model._base_manager.count() for model in apps.get_models()}


def of_two_rounds():
    """One was held long ago and names who had a place, which the clock has not come to; one lies ahead."""
    now = timezone.now()
    past = RoundFactory(starts_at=now - 40 * DAY, booking_opens_at=now - 60 * DAY, published_at=now - 60 * DAY)
    ahead = RoundFactory(starts_at=now + 9 * DAY, booking_opens_at=now - DAY, published_at=now - DAY)
    BookingFactory(round=past)
    BookingFactory.create_batch(3, round=ahead)
    teller = StorytellerFactory(round=ahead)
    story = stories.write(storyteller=teller, text="The bed by the window.", seen_version=0, now=now)
    box = FeedbackBoxFactory(round=ahead)
    fill(box, FORMS, comment="A quiet hour.")
    Session.objects.create(session_key="k", session_data="", expire_date=now + DAY)
    letter = {"kind": "note", "address": "rota@quarrylane.example", "created_at": now, "due_at": now}
    Delivery.objects.create(dedupe_key="note:1", lane_rank=1, **letter)
    return story, box


@pytest.mark.django_db(transaction=True)
def test_back_up_destroy_restore(portal):
    story, box = of_two_rounds()
    before = counts()
    files = back_up(portal)
    assert {oct(file.stat().st_mode)[-3:] for file in files} == {"600"}

    # What happens after the backup: both are destroyed with their keys, and then so is everything.
    stories.write(storyteller=story.storyteller, text="", seen_version=1, now=timezone.now())
    box_keys.destroy(box.round_id)
    destroy(portal)
    said = restore(portal, *files)

    after = counts()
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert changed.pop("RetentionPass") == (0, after["RetentionPass"])
    assert changed.pop("Destruction", None)
    assert changed == {"Booking": (4, 3), "Session": (1, 0), "SecurityEvent": (0, System.objects.count())}
    assert (Booking.objects.count(), Form.objects.count(), Story.objects.count()) == (3, FORMS, 1)
    with pytest.raises(CannotOpen):
        stories.read(Story.objects.get().storyteller)
    assert box_keys.find(FeedbackBox.objects.get()) is None
    assert System.objects.filter(letters_held_at=None).count() == 0
    assert "Letters to many are held back" in said

    portal.start(seconds=240)
    try:
        assert portal.get("/readyz").text.startswith("ready\n")
    finally:
        portal.stop()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_broken_changes_nothing(portal):
    SystemFactory(name="North Vale")
    people, box = back_up(portal)
    System.objects.update(name="South Vale")
    whole = people.read_bytes()
    people.write_bytes(whole[: len(whole) // 2])
    done = run(portal, "bin/restore", people, box, "--yes")
    assert (done.returncode, "default was not brought back" in done.stderr) == (1, True)
    connection.close()
    assert System.objects.get().name == "South Vale"
    people.write_bytes(whole)
    # Where what came is whole, and the migrations of before are in it, the backup after that is the same.
    restore(portal, people, box)
    connection.close()
    assert System.objects.get().name == "North Vale"
    for folder in ("people", "boxes"):
        next((portal.folder / folder).iterdir()).unlink()
    again = back_up(portal)
    restore(portal, *again)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_role_that_sees_not_all_makes_no_backup_with_holes(portal):
    people, box = portal.folder / "people", portal.folder / "boxes"
    done = run(portal, "bin/backup", people, box, environment=portal.environment_of_its_processes)
    assert done.returncode == 1
    assert "There is no new backup of default: pg_dump says above why." in done.stderr
    assert list(people.iterdir()) == []


# --- What is refused ------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    """By their names alone."""
    made = [tmp_path / f"{alias}-2026-05-01T120000Z.{backups.SUFFIX[connection.vendor]}" for alias in backups.ALIASES]
    for path in made:
        path.touch()
    return made


@pytest.mark.django_db
def test_a_portal_that_runs_is_not_restored(files):
    cache.set(celery.RANG_AT, time.time())
    with pytest.raises(CommandError, match="The portal runs"):
        call_command("restore", *files, "--yes")


@pytest.mark.django_db
def test_two_files_that_were_taken_for_each_other_are_refused(files):
    with pytest.raises(CommandError, match="is no backup of default"):
        call_command("restore", *reversed(files), "--yes")


@pytest.mark.django_db
def test_nothing_happens_without_a_word(files):
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", *files],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "rounds_site.settings_test"},
        input="no\n",
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (1, "CommandError: Nothing was changed.\n")
    assert "will be lost. Type yes to go on:" in done.stdout


def test_one_folder_for_both_is_refused(tmp_path):
    with pytest.raises(CommandError, match="Name two folders"):
        call_command("backup", tmp_path, tmp_path / "x" / "..")


def test_old_backups_go_and_nothing_else(tmp_path):
    now = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
    names = ["default-2026-05-01T120000Z.dump", "default-2026-05-19T120000Z.dump", "box-2026-05-01T120000Z.dump"]
    names += ["default-2026-05-01T120000Z.dump.new", "default-notes.txt"]
    for name in names:
        (tmp_path / name).touch()
    gone = backups.drop_old("default", tmp_path, days=14, now=now)
    assert [path.name for path in gone] == names[:1]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])
