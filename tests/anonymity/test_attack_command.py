"""`bin/attack`: of a portal that nobody knows the truth of it finds what was planted, and nothing where nothing was."""

import csv
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from evaluation.actions import counting, feedback
from evaluation.models import FeedbackBox
from evaluation.models.box import Form
from evaluation.models.results import Comment
from tests.anonymity.day import Day
from tests.factories.evaluation import FeedbackBoxFactory

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER_OF_ATTACKS = 8


@pytest.fixture
def attacked():
    """What the command says, and whether it found anything."""

    def run(**options):
        said = StringIO()
        try:
            call_command("attack", stdout=said, **options)
        except CommandError:
            return said.getvalue(), True
        return said.getvalue(), False

    return run


@pytest.fixture
def planted():
    """planted(statement, …): run in the box, and taken back afterwards."""
    undone = []

    def run(do, undo, alias="box"):
        with connections[alias].cursor() as cursor:
            cursor.execute(do)
        undone.append((alias, undo))

    yield run
    for alias, undo in reversed(undone):
        with connections[alias].cursor() as cursor:
            cursor.execute(undo)


def found_in(report):
    return [line.removeprefix("FOUND").strip() for line in report.splitlines() if line.startswith("FOUND")]


def counted_box(number=20, **options):
    box = FeedbackBoxFactory(**options)
    for each in range(number):
        said = f"What I took with me, number {each}, and some more words."
        feedback.cast(box=box, ballot_id=uuid.uuid4(), answers={}, comment=said, now=box.opens_at)
    counting.count(box=box, now=box.closes_at)
    return box


def waiting_box(number=12):
    box = FeedbackBoxFactory()
    for each in range(number):
        said = "And so on. " * each
        feedback.cast(box=box, ballot_id=uuid.uuid4(), answers={}, comment=said + "x", now=box.opens_at)
    return box


def test_in_a_portal_as_it_is_nothing_is_found(attacked):
    counted_box()
    waiting_box()
    report, found = attacked()
    assert (found_in(report), found) == ([], False)
    assert "Boxes looked at: 1 with comments, 1 with forms that wait." in report
    assert f"{NUMBER_OF_ATTACKS} kinds of attack: 0 found something, " in report
    assert "where chance gives about" in report


def test_nor_in_an_empty_one_where_most_cannot_be_tried(attacked):
    report, found = attacked()
    assert (found_in(report), found) == ([], False)
    assert "not tried  Orders of comments and forms that agree: no box holds 8 of either." in report
    assert "not tried  Waiting forms of another length than most, or that can be read: there is nothing" in report
    assert "of 0 tried" not in report


def test_what_cannot_be_tried_is_not_called_nothing(attacked):
    """Of a form that waits there may be pieces anyway, and PostgreSQL's files are not a client's to read."""
    waiting_box()
    report, _ = attacked()
    assert "not tried  Pieces of forms that were destroyed, in the file of the box:" in report


def numbered(order):
    """Sets the planted column of each comment in the order in which the database keeps them."""
    row = "rowid" if connections["box"].vendor == "sqlite" else "ctid"
    with connections["box"].cursor() as cursor:
        cursor.execute(f"SELECT id FROM evaluation_comment ORDER BY {row}")
        keys = [key for (key,) in cursor.fetchall()]
        cursor.executemany(
            "UPDATE evaluation_comment SET planted = %s WHERE id = %s",
            [(order(place), key) for place, key in enumerate(keys)],
        )


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("timestamp", lambda place: f"2027-03-03 12:{place:02}:00"),
        ("integer", lambda place: 4000 + place),
    ],
    ids=["a time", "an order"],
)
def test_a_column_that_keeps_when_or_in_which_order(attacked, planted, kind, order):
    counted_box()
    planted(
        f"ALTER TABLE evaluation_comment ADD COLUMN planted {kind}",
        "ALTER TABLE evaluation_comment DROP COLUMN planted",
    )
    numbered(order)
    report, found = attacked()
    assert found
    assert any(line.startswith("Orders of comments and forms that agree") for line in found_in(report))
    assert "box.evaluation_comment.planted" in report


def test_a_column_called_or_typed_so_is_found_by_itself(attacked, planted):
    planted(
        "ALTER TABLE evaluation_form ADD COLUMN planted timestamp", "ALTER TABLE evaluation_form DROP COLUMN planted"
    )
    report, found = attacked()
    assert found
    assert "evaluation_form.planted" in report


def test_a_form_that_is_not_padded(attacked):
    box = waiting_box()
    form = Form.objects.filter(round_id=box.round_id).order_by("ballot_id").first()
    Form.objects.filter(pk=form.pk).update(content=form.content[:-400])
    report, found = attacked()
    assert found
    assert "box.evaluation_form: of another length" in report


def test_a_form_that_can_be_read(attacked):
    box = waiting_box()
    Form.objects.filter(round_id=box.round_id).update(content='{"answers": {}}')
    report, _ = attacked()
    assert "box.evaluation_form: can be read" in report


def test_background_beside_a_comment(attacked, planted):
    box = counted_box()
    employer = Day(0).world.elmbridge
    planted(
        "ALTER TABLE evaluation_comment ADD COLUMN planted text", "ALTER TABLE evaluation_comment DROP COLUMN planted"
    )
    with connections["box"].cursor() as cursor:
        cursor.execute("UPDATE evaluation_comment SET planted = %s", [employer.name])
    report, found = attacked()
    assert found
    assert "default.members_organisation and box.evaluation_comment.planted" in report
    assert box.round_id


def test_a_person_in_the_box(attacked, planted):
    counted_box()
    person = Day(0).people[0]
    planted("CREATE TABLE planted (who text)", "DROP TABLE planted")
    with connections["box"].cursor() as cursor:
        cursor.execute("INSERT INTO planted VALUES (%s)", [person.email])
    report, found = attacked()
    assert found
    assert "box.planted.who" in report


def test_words_beside_people(attacked, planted):
    counted_box()
    planted("CREATE TABLE planted (who text, said text)", "DROP TABLE planted", alias="default")
    with connections["default"].cursor() as cursor:
        cursor.execute("INSERT INTO planted VALUES ('somebody', %s)", [Comment.objects.order_by("id").first().text])
    report, found = attacked()
    assert found
    assert "default.planted and box.evaluation_comment.text" in report


@pytest.mark.postgres
def test_comments_written_one_by_one(attacked):
    counted_box(number=20)
    for comment in list(Comment.objects.order_by("id")):
        comment.delete()
        comment.save(force_insert=True)
    report, found = attacked()
    assert found
    assert any(line.startswith("Boxes whose comments were written one by one") for line in found_in(report))


def test_words_in_a_log(attacked, tmp_path):
    counted_box()
    log = tmp_path / "logs" / "portal.log"
    log.parent.mkdir()
    log.write_text("12:00 nothing to see\n")
    assert not attacked(files=[tmp_path])[1]
    log.write_text(f"12:00 DEBUG {Comment.objects.order_by('id').first().text}\n")
    report, found = attacked(files=[tmp_path])
    assert found
    assert str(log) in report


def test_a_trial_counts_hits_where_it_is_known_who_wrote_what(attacked, tmp_path):
    day = Day(1)
    day.book()
    day.come_and_give_feedback()
    day.end()
    day.count()
    trial = tmp_path / "trial.csv"
    with trial.open("w", newline="") as file:
        csv.writer(file).writerows((person.email, day.words_of(number)) for number, person in enumerate(day.people))
    report, found = attacked(trial=trial)
    assert "Trial: people to whom an attack gives their own words" in report
    assert not found
    one_by_one(day)
    report, found = attacked(trial=trial)
    assert found
    assert any(line.startswith("Trial") for line in found_in(report))


def one_by_one(day):
    """As a careless counter writes them, in the order of the ticks at the door."""
    row = "rowid" if connections["default"].vendor == "sqlite" else "ctid"
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT person_id FROM evaluation_attendance ORDER BY {row}")
        order = [uuid.UUID(str(key)) for (key,) in cursor.fetchall()]
    numbers = {person.pk: number for number, person in enumerate(day.people)}
    round_id = FeedbackBox.objects.get().round_id
    Comment.objects.all().delete()
    for key in order:
        Comment.objects.create(round_id=round_id, text=day.words_of(numbers[key]))


@pytest.mark.parametrize("content", ["", "somebody@nowhere.example,words\n", "one\n", "\xff"])
def test_a_trial_that_cannot_be_used_says_what_it_should_be(tmp_path, content):
    trial = tmp_path / "trial.csv"
    trial.write_bytes(content.encode("latin-1"))
    with pytest.raises(CommandError, match="trial"):
        call_command("attack", trial=trial, stdout=StringIO())


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(CommandError, match="There is nothing at"):
        call_command("attack", files=[tmp_path / "none"], stdout=StringIO())


@pytest.mark.postgres
def test_the_worker_sees_all_and_the_web_server_is_told_that_it_would_not(attacked, as_web_role, as_worker_role):
    counted_box()
    with as_web_role(), pytest.raises(CommandError, match="sees no rows of other people"):
        call_command("attack", stdout=StringIO())
    with as_worker_role():
        report, found = attacked()
    assert (found_in(report), found) == ([], False)
    assert "Boxes looked at: 1 with comments" in report
