"""A form in the box opens with the key of its box alone, for its own ballot; the key has its own end."""

import json
import os
import stat
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from evaluation import sealing
from evaluation.actions import attendance, box_keys, clock, counting, feedback
from evaluation.models import CardDeck, FeedbackBox, RoundFigure
from evaluation.models.box import Form
from evaluation.models.results import Comment, Counted, ItemCount
from evaluation.sealing import LENGTH, SEALED_LENGTH, packed, seal, unseal
from evaluation.states import BoxState
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.evaluation import FeedbackBoxFactory, fill, put_in, said_in
from tests.factories.rounds import RoundFactory

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def cast(box, sealed, ballot=None):
    feedback.cast_sealed(box=box, ballot_id=ballot or uuid.uuid4(), sealed=sealed, now=box.opens_at)


def sealed_for(box, ballot, comment="Between us.", public_key=None, round_id=None):
    content = packed(answers={}, comment=comment)
    about = {"round_id": round_id or box.round_id, "ballot_id": ballot}
    return seal(content, public_key=public_key or box.public_key, **about)


def a_good_form(box):
    ballot = uuid.uuid4()
    cast(box, sealed_for(box, ballot), ballot)


def comments():
    return sorted(Comment.objects.values_list("text", flat=True))


class TestAForm:
    @pytest.fixture
    def pair(self):
        return sealing.new_keys()

    def test_opens_with_the_key_of_its_box_for_its_own_round_and_ballot_alone(self, pair):
        round, ballot = uuid.uuid4(), uuid.uuid4()
        sealed = seal("a form", public_key=pair.public, round_id=round, ballot_id=ballot)
        key, other = sealing.read_key(pair.private), sealing.read_key(sealing.new_keys().private)
        assert unseal(sealed, key=key, round_id=round, ballot_id=ballot) == "a form"
        assert unseal(sealed, key=other, round_id=round, ballot_id=ballot) == ""
        assert unseal(sealed, key=key, round_id=uuid.uuid4(), ballot_id=ballot) == ""
        assert unseal(sealed, key=key, round_id=round, ballot_id=uuid.uuid4()) == ""
        assert sealing.fits(key, pair.public)
        assert not sealing.fits(other, pair.public)

    def test_is_of_one_length_whatever_it_says_and_never_the_same_twice(self, pair):
        about = {"public_key": pair.public, "round_id": uuid.uuid4(), "ballot_id": uuid.uuid4()}
        long = {str(uuid.uuid4()): 5 for _ in range(sealing.MOST_ITEMS)}
        forms = [packed(answers={}, comment=""), packed(answers=long, comment="ß" * 1500, group="nursing")]
        sealed = [seal(form, **about) for form in forms * 3]
        assert {len(each) for each in sealed} == {SEALED_LENGTH}
        assert all(sealing.is_sealed(each) for each in sealed)
        assert len(set(sealed)) == len(sealed)

    def test_altered_anywhere_does_not_open(self, pair):
        round, ballot = uuid.uuid4(), uuid.uuid4()
        whole = urlsafe_b64decode(seal("a" * LENGTH, public_key=pair.public, round_id=round, ballot_id=ballot))
        key = sealing.read_key(pair.private)
        for place in (0, 383, 384, 395, 396, 4000, len(whole) - 1):
            altered = bytearray(whole)
            altered[place] ^= 1
            content = urlsafe_b64encode(bytes(altered)).decode()
            assert unseal(content, key=key, round_id=round, ballot_id=ballot) == ""

    @pytest.mark.parametrize("content", ["", "{}", "A" * SEALED_LENGTH, "é" * SEALED_LENGTH, "=" * SEALED_LENGTH])
    def test_that_is_none_opens_as_nothing(self, pair, content):
        about = {"round_id": uuid.uuid4(), "ballot_id": uuid.uuid4()}
        assert unseal(content, key=sealing.read_key(pair.private), **about) == ""

    @pytest.mark.parametrize(
        "form",
        [
            "[" * LENGTH,
            '{"answers": {"x": ' + "9" * 5000 + "}",
            json.dumps({"answers": {"x": [1]}, "comment": "", "group": []}),
            json.dumps({"answers": [], "comment": ""}),
            json.dumps({"answers": {}, "comment": 5}),
            "null",
            '"\\ud800"',
        ],
        ids=lambda form: form[:20],
    )
    def test_that_is_nonsense_says_nothing(self, form):
        assert sealing.unpacked(form) in (sealing.NOTHING, ({}, "", ""))

    def test_says_no_more_than_the_page_lets_anybody_say(self):
        said = {"answers": {"x": True, "y": 4, "z": 4.0}, "comment": "long " * 1000, "group": "chief"}
        answers, comment, group = sealing.unpacked(json.dumps(said))
        assert (answers, len(comment), group) == ({"y": 4}, sealing.COMMENT_LIMIT, "")


class TestInTheBox:
    @pytest.fixture
    def box(self):
        return FeedbackBoxFactory()

    @pytest.mark.parametrize("sealed", ["", "words", "A" * (SEALED_LENGTH - 1), "A" * (SEALED_LENGTH + 4)])
    def test_what_is_of_another_length_is_refused(self, box, sealed):
        with pytest.raises(Refused, match="What you wrote is still here"):
            cast(box, sealed)
        assert not Form.objects.exists()

    def test_what_comes_sealed_is_counted(self, box):
        for _ in range(8):
            a_good_form(box)
        counting.count(box=box, now=box.closes_at)
        assert comments() == ["Between us."] * 8

    def test_what_does_not_open_counts_as_nothing_and_keeps_nobody_else_from_being_counted(self, box):
        other, theirs, ballot = FeedbackBoxFactory(), sealing.new_keys(), uuid.uuid4()
        good = sealed_for(box, ballot)
        cast(box, good, ballot)
        cast(box, good)
        cast(box, "A" * SEALED_LENGTH)
        cast(box, sealed_for(other, ballot_of_another := uuid.uuid4()), ballot_of_another)
        cast(box, sealed_for(box, foreign := uuid.uuid4(), public_key=theirs.public), foreign)
        put_in(box, ["[" * LENGTH, "null", json.dumps({"answers": {"x": []}, "comment": "\ud800"})])
        Form.objects.create(ballot_id=uuid.uuid4(), round_id=box.round_id, content="no form at all")
        for _ in range(7):
            a_good_form(box)
        counting.count(box=box, now=box.closes_at)
        assert comments() == ["Between us."] * 8
        assert Counted.objects.get().forms == 10
        assert not Form.objects.exists()

    def test_sent_again_it_counts_once(self, box):
        ballot = uuid.uuid4()
        for words in ("first", "second"):
            cast(box, sealed_for(box, ballot, words), ballot)
        assert said_in(Form.objects.get()).comment == "first"

    def test_what_does_not_open_takes_its_room_so_nobody_adds_to_the_cap(self, box):
        for _ in range(60):
            cast(box, "A" * SEALED_LENGTH)
        assert Form.objects.count() == 60
        Round.objects.update(places=5)
        with pytest.raises(Refused, match="The box is full"):
            a_good_form(box)

    def test_neither_database_holds_a_word_of_it(self, box):
        feedback.cast(box=box, ballot_id=uuid.uuid4(), answers={}, comment="heliotrope", now=box.opens_at)
        for alias in ("default", "box"):
            connection = connections[alias]
            with connection.cursor() as cursor:
                for table in connection.introspection.table_names():
                    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                    assert "heliotrope" not in str(cursor.fetchall())

    def test_forms_of_before_the_upgrade_are_counted_beside_sealed_ones(self):
        box = FeedbackBoxFactory(public_key="")
        for _ in range(4):
            content = packed(answers={}, comment="In the clear.")
            Form.objects.create(ballot_id=uuid.uuid4(), round_id=box.round_id, content=content)
        with pytest.raises(Refused, match="being made ready"):
            feedback.cast(box=box, ballot_id=uuid.uuid4(), answers={}, comment="Too soon.", now=box.opens_at)
        clock.follow_boxes(now=box.opens_at)
        box.refresh_from_db()
        for _ in range(4):
            feedback.cast(box=box, ballot_id=uuid.uuid4(), answers={}, comment="Sealed.", now=box.opens_at)
        assert sum(form.content.startswith("{") for form in Form.objects.all()) == 4
        counting.count(box=box, now=box.closes_at)
        assert comments() == ["In the clear."] * 4 + ["Sealed."] * 4


def key_file(box):
    return settings.BOX_KEY_DIR / f"{box.round_id}.pem"


class TestTheKey:
    def test_is_made_with_the_box_for_its_owner_alone_and_stands_in_no_database(self):
        round = RoundFactory()
        clock.follow_boxes(now=round.starts_at)
        box = FeedbackBox.objects.get()
        assert stat.S_IMODE(key_file(box).stat().st_mode) == 0o600
        assert stat.S_IMODE(settings.BOX_KEY_DIR.stat().st_mode) == 0o700
        tag = (settings.BOX_KEY_DIR / "CACHEDIR.TAG").read_text()
        assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55")
        secret = "".join(key_file(box).read_text().splitlines()[1:-1])
        for alias in ("default", "box"):
            with connections[alias].cursor() as cursor:
                for table in connections[alias].introspection.table_names():
                    cursor.execute(f"SELECT * FROM {connections[alias].ops.quote_name(table)}")
                    assert secret[100:160] not in str(cursor.fetchall())

    def test_is_of_one_round_and_made_once(self):
        first, second = RoundFactory.create_batch(2)
        clock.follow_boxes(now=first.starts_at)
        keys = {round.pk: FeedbackBox.objects.get(round=round).public_key for round in (first, second)}
        assert len(set(keys.values())) == 2
        clock.follow_boxes(now=first.starts_at)
        assert keys == dict(FeedbackBox.objects.values_list("round", "public_key"))

    def test_that_was_made_by_a_worker_who_was_killed_before_the_box_is_taken_up(self):
        round = RoundFactory()
        public = box_keys.keep(round.pk)
        (settings.BOX_KEY_DIR / f"{round.pk}.new").write_bytes(b"half a key")
        assert feedback.open_box(round=round, now=round.starts_at).public_key == public
        box_keys.destroy(round.pk)
        assert not list(settings.BOX_KEY_DIR.glob(f"{round.pk}*"))

    def test_stays_a_day_after_the_counting_and_is_destroyed_once(self):
        box = FeedbackBoxFactory()
        fill(box, 9)
        clock.follow_boxes(now=box.closes_at)
        clock.follow_boxes(now=box.closes_at + 23 * HOUR)
        assert key_file(box).exists()
        clock.follow_boxes(now=box.closes_at + 24 * HOUR)
        clock.follow_boxes(now=box.closes_at + 48 * HOUR)
        assert not key_file(box).exists()
        box.refresh_from_db()
        assert box.key_destroyed_at == box.closes_at + 24 * HOUR

    def test_of_a_cancelled_round_goes_at_once(self):
        box = FeedbackBoxFactory()
        fill(box, 9)
        Round.objects.update(state=RoundState.CANCELLED)
        clock.follow_boxes(now=box.opens_at + HOUR)
        assert not key_file(box).exists()
        box.refresh_from_db()
        assert (box.state, box.key_destroyed_at) == (BoxState.EMPTIED, box.opens_at + HOUR)

    def test_is_overwritten_before_it_is_removed(self):
        box = FeedbackBoxFactory()
        secret = key_file(box).read_bytes()
        beside = key_file(box).with_name("beside")
        os.link(key_file(box), beside)
        box_keys.destroy(box.round_id)
        assert len(beside.read_bytes()) == len(secret)
        assert b"PRIVATE KEY" not in beside.read_bytes()
        beside.unlink()

    def test_is_not_needed_where_too_few_forms_lie_in_the_box(self):
        box = FeedbackBoxFactory()
        fill(box, 4)
        box_keys.destroy(box.round_id)
        assert counting.count(box=box, now=box.closes_at).state == BoxState.COUNTED
        assert not Form.objects.exists()

    def test_on_the_device_of_a_database_or_where_that_cannot_be_told_is_not_apart(self):
        assert not box_keys.are_apart()

    def test_goes_with_the_box_of_a_postponed_round_and_the_next_box_has_another(self):
        box = FeedbackBoxFactory()
        fill(box, 9)
        Round.objects.update(state=RoundState.POSTPONED)
        clock.follow_boxes(now=box.opens_at)
        assert not key_file(box).exists()
        assert not Form.objects.exists()
        Round.objects.update(state=RoundState.PUBLISHED)
        clock.follow_boxes(now=box.opens_at)
        assert FeedbackBox.objects.get().public_key != box.public_key


class TestAKeyThatIsNotThere:
    @pytest.fixture
    def box(self):
        box = FeedbackBoxFactory()
        fill(box, 9, comment="Lost to everyone.")
        CardDeck.objects.create(round=box.round)
        return box

    @pytest.fixture
    def hidden(self, box):
        """The disk with the keys is not there just now."""
        away = key_file(box).with_suffix(".away")
        os.rename(key_file(box), away)
        yield away
        away.unlink(missing_ok=True)

    def test_is_waited_for_and_the_box_is_counted_once_it_is_back(self, box, hidden, caplog):
        clock.follow_boxes(now=box.closes_at)
        box.refresh_from_db()
        assert (box.state, box.key_missed_at, Form.objects.count()) == (BoxState.OPEN, box.closes_at, 9)
        assert "A box cannot be opened: its key is not in BOX_KEY_DIR" in caplog.text
        os.rename(hidden, key_file(box))
        clock.follow_boxes(now=box.closes_at + 6 * DAY)
        box.refresh_from_db()
        assert (box.state, box.key_missed_at, Comment.objects.count()) == (BoxState.COUNTED, None, 9)

    def test_of_another_box_opens_nothing_and_is_waited_for_too(self, box, hidden):
        key_file(box).write_bytes(sealing.new_keys().private)
        clock.follow_boxes(now=box.closes_at)
        assert Form.objects.count() == 9

    def test_for_a_week_is_lost_and_so_is_what_lies_in_the_box(self, box, hidden):
        clock.follow_boxes(now=box.closes_at)
        clock.follow_boxes(now=box.closes_at + 7 * DAY)
        box.refresh_from_db()
        assert (box.state, box.key_destroyed_at) == (BoxState.LOST, box.closes_at + 7 * DAY)
        assert not Form.objects.exists()
        assert not CardDeck.objects.exists()
        assert not any(model.objects.exists() for model in (ItemCount, Comment, Counted, RoundFigure))
        clock.follow(now=box.closes_at + 8 * DAY)
        assert FeedbackBox.objects.get().state == BoxState.LOST

    def test_does_not_keep_its_round_from_being_closed(self, box, hidden):
        Round.objects.update(state=RoundState.HELD)
        attendance.close_register(round=Round.objects.get(), headcount=20, now=box.round.ends_at)
        for passed in (0, 7):
            clock.follow(now=box.closes_at + passed * DAY)
        assert Round.objects.get().state == RoundState.CLOSED


def test_the_database_lets_no_box_close_earlier_than_it_said():
    box = FeedbackBoxFactory()
    FeedbackBox.objects.update(closes_at=box.closes_at + HOUR)
    FeedbackBox.objects.update(closes_at=box.closes_at + HOUR)
    for closes_at in (box.closes_at, box.closes_at + HOUR - timedelta(microseconds=1)):
        with pytest.raises(DatabaseError, match="never closes earlier"), transaction.atomic():
            FeedbackBox.objects.update(closes_at=closes_at)
    assert FeedbackBox.objects.get().closes_at == box.closes_at + HOUR
