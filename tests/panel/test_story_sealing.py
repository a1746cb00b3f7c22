"""A story as it lies in the database: sealed, in one length, for its own place and version: rounds/sealing.py."""

import datetime as dt
import os
import stat
import uuid

import pytest
from django.db import transaction

from rounds import sealing
from rounds.actions import panel, stories, story_ends
from rounds.models.story import Story, StoryReader
from rounds.sealing import CannotOpen
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import StorytellerFactory
from tests.panel.storied import WORDS, keys, share, version_of, write
from tests.rounds.panels import around
from tests.rounds.traces import rows_of
from tests.worlds import NOON

ABOUT = {"story": uuid.UUID(int=1), "owner": uuid.UUID(int=2), "version": 3}


class TestAlone:
    """Pure: no database."""

    def sealed(self, text="I was there"):
        key = sealing.new_key()
        return key, sealing.seal(text, key=key, **ABOUT)

    @pytest.mark.parametrize(
        "text", ["", "I was there", "Zoë’s 🫂\n\n\tspaces ", "x" * sealing.LIMIT, "🫂" * sealing.LIMIT]
    )
    def test_opens_as_it_was_written_and_takes_as_many_bytes_as_any_other(self, text):
        key, sealed = self.sealed(text)
        assert sealing.unseal(sealed, key=key, **ABOUT) == text
        assert len(sealed) == sealing.SEALED_LENGTH

    @pytest.mark.parametrize("other", [{"story": uuid.UUID(int=9)}, {"owner": uuid.UUID(int=9)}, {"version": 2}])
    def test_opens_for_its_own_story_owner_and_version_alone(self, other):
        key, sealed = self.sealed()
        with pytest.raises(CannotOpen):
            sealing.unseal(sealed, key=key, **ABOUT | other)

    def test_altered_anywhere_does_not_open(self):
        key, sealed = self.sealed()
        for at in (0, 11, 12, 13, 5000, len(sealed) - 17, len(sealed) - 1):
            altered = bytearray(sealed)
            altered[at] ^= 1
            with pytest.raises(CannotOpen):
                sealing.unseal(bytes(altered), key=key, **ABOUT)
        for cut in (b"", sealed[:5], sealed[:-1], sealed + b"\0"):
            with pytest.raises(CannotOpen):
                sealing.unseal(cut, key=key, **ABOUT)

    def test_with_another_key_does_not_open(self):
        with pytest.raises(CannotOpen):
            sealing.unseal(self.sealed()[1], key=sealing.new_key(), **ABOUT)

    def test_the_same_words_never_look_alike(self):
        assert self.sealed()[1] != self.sealed()[1]


@pytest.fixture
def found(transactional_db, settings, tmp_path):
    settings.STORY_KEY_DIR = tmp_path / "keys"
    return around()


@pytest.fixture
def devs(found):
    write(found.devs)
    return found.devs


def put(storyteller, **columns):
    """As somebody would who can write into the database and nowhere else."""
    Story.objects.filter(storyteller=storyteller).update(**columns)


def row(storyteller):
    return Story.objects.filter(storyteller=storyteller).values("id", "version", "key", "sealed").get()


class TestInTheDatabase:
    def test_its_words_are_in_no_row(self, devs):
        needles = [WORDS, "canary-of-dev", "Nobody said"]
        cells = [plain(cell) for alias in ("default", "box") for _, cells in rows_of(alias) for cell in cells]
        assert [each for each in needles if any(each.encode() in cell for cell in cells)] == []
        assert stories.read(devs) == (WORDS, 1)

    def test_rows_of_a_short_and_of_a_long_story_are_of_one_length(self, found, devs):
        write(found.olgas, "x" * sealing.LIMIT)
        assert {len(bytes(sealed)) for sealed in Story.objects.values_list("sealed", flat=True)} == {
            sealing.SEALED_LENGTH
        }

    def test_swapped_between_two_rows_opens_in_neither(self, found, devs):
        write(found.olgas, "Olga’s own")
        mine, hers = row(devs), row(found.olgas)
        for columns in (["sealed"], ["sealed", "version"]):
            put(devs, **{name: hers[name] for name in columns})
            put(found.olgas, **{name: mine[name] for name in columns})
            for each in (devs, found.olgas):
                with pytest.raises(CannotOpen):
                    stories.read(each)

    def test_put_under_another_teller_with_its_key_does_not_open(self, found, devs):
        """Whoever writes into the database to read what somebody else wrote: on one's own page."""
        Story.objects.filter(storyteller=devs).update(storyteller=found.olgas)
        with pytest.raises(CannotOpen):
            stories.read(found.olgas)

    def test_an_older_version_put_back_does_not_open(self, devs):
        older = row(devs)
        write(devs, "What I say instead")
        newer = row(devs)
        put(devs, sealed=older["sealed"])
        with pytest.raises(CannotOpen):
            stories.read(devs)
        # Nor the whole row of then, with its version and the name of its key.
        put(devs, sealed=older["sealed"], version=older["version"], key=older["key"])
        with pytest.raises(CannotOpen):
            stories.read(devs)
        put(devs, sealed=newer["sealed"], version=newer["version"], key=newer["key"])
        assert stories.read(devs) == ("What I say instead", 2)


def plain(cell):
    return bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()


class TestItsKeys:
    def test_lie_in_a_folder_for_their_owner_alone_that_backups_leave_out(self, devs, settings):
        (name,) = keys()
        assert stat.S_IMODE((settings.STORY_KEY_DIR / f"{name}.key").stat().st_mode) == 0o600
        assert stat.S_IMODE(settings.STORY_KEY_DIR.stat().st_mode) == 0o700
        tag = (settings.STORY_KEY_DIR / "CACHEDIR.TAG").read_text()
        assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55\n# Keys of stories.")

    def test_each_saving_has_its_own_and_destroys_the_one_before(self, devs):
        seen = set()
        for number in range(3):
            (name,) = keys()
            seen.add(name)
            write(devs, f"Draft {number}")
        assert len(seen | keys()) == 4

    def test_say_neither_whose_nor_how_often(self, devs, settings):
        (name,) = keys()
        said = [str(each) for each in (devs.pk, devs.person_id, devs.round_id, row(devs)["id"])]
        assert name not in said
        assert len((settings.STORY_KEY_DIR / f"{name}.key").read_bytes()) == sealing.KEY

    def test_are_kept_where_a_change_is_undone(self, devs):
        with transaction.atomic():
            write(devs, "Never kept")
            transaction.set_rollback(True)
        assert stories.read(devs) == (WORDS, 1)

    def test_what_was_left_by_a_crash_is_swept_an_hour_later_and_no_other(self, devs, settings):
        (mine,) = keys()
        left, half, young = (settings.STORY_KEY_DIR / name for name in ("left.key", "half.new", "young.key"))
        other = settings.STORY_KEY_DIR / "README"
        for each in (left, half, young, other):
            each.write_bytes(b"k" * 32)
        past = dt.datetime.now(tz=dt.UTC).timestamp() - 3601
        for each in (left, half, other, settings.STORY_KEY_DIR / f"{mine}.key"):
            os.utime(each, (past, past))
        assert story_ends.sweep(now=dt.datetime.now(tz=dt.UTC)) == 2
        assert keys() == {mine, "young"}
        assert other.exists()

    def test_a_key_that_is_not_there_opens_nothing_and_is_told_when_it_should_be_destroyed(
        self, devs, settings, caplog
    ):
        for path in settings.STORY_KEY_DIR.glob("*.key"):
            path.unlink()
        with pytest.raises(CannotOpen):
            stories.read(devs)
        stories.delete(storyteller=devs)
        assert "The key of a story was not in STORY_KEY_DIR when it was to be destroyed" in caplog.text


class TestWriting:
    def test_nobody_writes_over_what_they_have_not_seen(self, devs):
        with pytest.raises(Refused, match="changed in another window"):
            write(devs, "From another window", seen=0)
        assert stories.read(devs) == (WORDS, 1)

    def test_no_text_is_no_story_and_no_reader(self, found, devs):
        share(devs, found.world.ada)
        write(devs, "")
        assert (stories.read(devs), keys(), StoryReader.objects.count()) == (("", 0), set(), 0)
        write(devs, "", seen=0)
        assert version_of(devs) == 0

    def test_ends_with_the_round(self, found, devs):
        with pytest.raises(Refused, match="over"):
            write(devs, "Too late", now=found.round.ends_at)
        assert stories.read(devs) == (WORDS, 1)

    def test_whoever_is_off_the_panel_keeps_nothing(self, found, devs):
        panel.step_back(storyteller=devs)
        assert write(devs, "Still here", seen=0) is None
        for done in (
            stories.share(storyteller=devs, people=[found.world.ada], now=NOON),
            stories.stop_sharing(storyteller=devs, reader=uuid.uuid4()),
            stories.delete(storyteller=devs),
            stories.allow(storyteller=devs, uses=["theme"], now=NOON),
        ):
            assert done is None
        assert (Story.objects.count(), keys()) == (0, set())

    def test_only_facilitators_of_that_round_are_chosen(self, found, devs):
        for person in (found.hal, found.fay, found.ann, found.olga, found.dev):
            with pytest.raises(Refused, match="facilitators of this Round"):
                share(devs, person)
        with pytest.raises(Refused, match="nothing to share"):
            share(StorytellerFactory(round=found.round), found.world.ada)


def test_the_length_fits_any_text_within_the_limit():
    assert sealing.LIMIT * 4 + sealing.SIZE <= sealing.LENGTH
