"""How a story ends, and that nothing which was copied before reads anything after: rounds/actions/story_ends.py."""

import contextlib
import datetime as dt
import re
import sqlite3

import pytest
from django.db import connection
from django.urls import reverse

from members.actions import erasure, retention
from members.models import Destruction
from members.registry import holdings
from rounds import sealing
from rounds.actions import panel, stories, story_ends, story_keys
from rounds.models import Storyteller
from rounds.models.story import Story, StoryConsent, StoryReader
from rounds.sealing import CannotOpen
from tests.panel.searching import Search, opened
from tests.panel.storied import WORDS, keys, share, to_story, write
from tests.rounds.panels import around
from tests.worlds import NOON

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def found(settings, tmp_path, time_machine):
    """Dev and Olga each have a story that Ada may read, and allow a use of it."""
    settings.STORY_KEY_DIR = tmp_path / "keys"
    time_machine.move_to(NOON, tick=False)
    found = around()
    # As the database has its times: 30 days are not an hour shorter where the clocks change.
    found.round.refresh_from_db()
    for each in (found.devs, found.olgas):
        write(each)
        share(each, found.world.ada)
        stories.allow(storyteller=each, uses=["theme"], now=NOON)
    return found


def step_back(found, client):
    client.force_login(found.dev)
    client.post(to_story(found.devs, "step_back"))


def say_no(found, client):
    client.force_login(found.dev)
    client.post(to_story(found.devs, "answer_preparation"), {"answer": "no"})


def be_taken_off(found, client):
    client.force_login(found.world.ada)
    client.post(reverse("take_off_panel", args=[found.round.pk, found.devs.pk]))


def delete(found, client):
    client.force_login(found.dev)
    client.post(to_story(found.devs, "delete_story"))


def empty(found, client):
    client.force_login(found.dev)
    client.post(to_story(found.devs), {"text": "", "version": 1})


def erase_the_account(found, client):
    erasure.erase(person=found.dev, by=found.dev, now=NOON)


AT_ONCE = [step_back, say_no, be_taken_off, delete, empty, erase_the_account]


@pytest.mark.parametrize("end", AT_ONCE)
def test_at_once_with_its_key_and_its_readers(found, client, end):
    copies, dev = backup(), found.dev.pk
    end(found, client)
    assert list(Story.objects.values_list("storyteller__person", flat=True)) == [found.olga.pk]
    assert len(keys()) == 1
    assert set(StoryReader.objects.values_list("storyteller__person", flat=True)) == {found.olga.pk}
    # While another story of the same month, and its key, are still there.
    assert readable(copies) == {found.olga.pk}
    assert dev not in readable(copies)
    assert Destruction.objects.count() == 0


@pytest.mark.parametrize("end", [step_back, say_no, be_taken_off])
def test_of_whoever_is_off_the_panel_nothing_is_left(found, client, end):
    end(found, client)
    assert set(StoryConsent.objects.values_list("storyteller__person", flat=True)) == {found.olga.pk}


class TestByTheClock:
    def test_when_names_of_the_round_go_and_not_a_second_earlier(self, found):
        copies, until = backup(), found.round.kept_until
        assert until == found.round.ends_at + dt.timedelta(days=30)
        retention.run(now=until - SECOND)
        assert readable(copies) == {found.dev.pk, found.olga.pk}
        retention.run(now=until)
        assert (Story.objects.count(), StoryReader.objects.count(), StoryConsent.objects.count()) == (0, 0, 0)
        assert (keys(), readable(copies)) == (set(), set())

    def test_a_line_proves_it_that_names_nobody(self, found, client):
        until = found.round.kept_until
        retention.run(now=until)
        (line,) = Destruction.objects.filter(name="stories").values()
        assert set(line) == {"id", "name", "month"}
        assert line["month"] == until.date().replace(day=1)
        page = re.sub(r"\s+", " ", client.get(reverse("promises")).content.decode())
        assert "Stories whose time had come last went in April 2027." in page

    def test_a_shorter_time_of_the_system_counts(self, found):
        found.world.system.days_kept = 5
        found.world.system.save()
        retention.run(now=found.round.ends_at + dt.timedelta(days=5))
        assert (Story.objects.count(), keys()) == (0, set())

    def test_where_nobody_wrote_anything_no_line_says_so(self, found):
        for each in (found.devs, found.olgas):
            stories.delete(storyteller=each)
        retention.run(now=found.round.kept_until)
        assert Destruction.objects.filter(name="stories").count() == 0
        assert Storyteller.objects.count() == 0

    def test_killed_between_the_row_and_its_key_it_is_finished_later(self, found, monkeypatch):
        copies, until = backup(), found.round.kept_until
        with monkeypatch.context() as patch:
            patch.setattr(story_keys, "_destroy", lambda name: None)
            retention.run(now=until)
        assert (Story.objects.count(), len(keys())) == (0, 2)
        later = dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=60)
        assert story_ends.sweep(now=later) == 2
        assert (keys(), readable(copies)) == (set(), set())


class TestAnOldBackup:
    def test_put_back_whole_reads_nothing(self, found):
        """A restore: the rows of then in the database of now."""
        copies = list(Story.objects.values())
        write(found.olgas, "What stays")
        stories.delete(storyteller=found.devs)
        Story.objects.all().delete()
        Story.objects.bulk_create(Story(**row) for row in copies)
        for each in (found.devs, found.olgas):
            with pytest.raises(CannotOpen):
                stories.read(each)

    def test_a_copy_of_the_database_itself_reads_nothing(self, found, tmp_path):
        """Of SQLite the file; of PostgreSQL what a dump holds."""
        copied = rows_of_a_copy(tmp_path / "copy.sqlite3")
        for each in (found.devs, found.olgas):
            stories.delete(storyteller=each)
        assert len(copied) == 2
        names = ("id", "storyteller__person", "version", "sealed")
        search = Search([WORDS[:13]]).with_the_keys([dict(zip(names, row, strict=True)) for row in copied], key_dir())
        assert search.found == {}


class TestAllWeHold:
    def held(self, person):
        said = {holding.name: holding.show(person, NOON) for holding in holdings}
        return [(each.what, each.says) for name in ("stories", "stories_to_read") for each in said[name]]

    def test_its_teller_reads_that_there_is_one_and_its_words_on_its_page_alone(self, found):
        of_round = "“Thrown in”, Wednesday 17 March 2027"
        assert self.held(found.dev) == [
            ("Your story", f"{of_round}: sealed, to be read on its own page"),
            (
                "You allow",
                f"{of_round}: A facilitator may keep the theme for later Rounds, without my words and without me, "
                "since 3 March 2027",
            ),
            ("Shared with a facilitator", of_round),
        ]

    def test_who_may_read_one_learns_not_whose(self, found):
        assert self.held(found.world.ada) == [("A story that you may read", "“Thrown in”, Wednesday 17 March 2027")] * 2


def rows_of_a_copy(path):
    columns = "SELECT s.id, t.person_id, s.version, s.sealed FROM rounds_story s"
    asked = f"{columns} JOIN rounds_storyteller t ON t.id = s.storyteller_id"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(asked)
            return cursor.fetchall()
    with contextlib.closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        return copy.execute(asked).fetchall()


def key_dir():
    return story_keys.settings.STORY_KEY_DIR


def backup():
    return list(Story.objects.values("id", "storyteller__person", "version", "sealed"))


def readable(copies):
    """Whose stories somebody reads who has these rows and all keys that there are now."""
    found = [key.read_bytes() for key in key_dir().glob("*.key")]
    return {row["storyteller__person"] for row in copies for key in found if opened(row, key)}


def test_the_copies_could_be_read_before(found):
    assert readable(backup()) == {found.dev.pk, found.olga.pk}
    assert len(bytes(backup()[0]["sealed"])) == sealing.SEALED_LENGTH


def test_off_the_panel_twice_does_no_harm(found):
    devs = found.devs
    assert panel.step_back(storyteller=devs) is False
    assert panel.step_back(storyteller=devs) is False
