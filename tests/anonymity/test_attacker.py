"""Thirty people book, come and give feedback through the real pages, and somebody who holds both databases tries to say
who wrote what.

People put their forms in in the very order in which they were ticked in, which is the worst case. While the forms wait,
that order tells whoever holds both databases whose each sealed form is; what it says it does not tell, even beside the
words that are published later. With chance alone an attack hits one person in thirty, so SEEDS people over SEEDS days.
One attack passes BOUND by chance about once in 200,000 times; of some hundreds, none does in more than 99 of 100 runs.
"""

from collections import Counter

import pytest
from django.db import connections, transaction

from evaluation.actions import attendance, box_keys, counting, feedback
from evaluation.attack.joins import by_what_is_known, of_words, tables
from evaluation.models import FirstRoundCounted
from evaluation.models.box import Form
from evaluation.models.results import Comment
from tests.anonymity.day import PEOPLE, Day, written
from tests.factories.evaluation import AttendanceFactory
from tests.factories.members import PersonFactory
from tests.factories.rounds import RoundFactory

pytestmark = pytest.mark.django_db(transaction=True)
SEEDS = 20
BOUND = 42


@pytest.fixture
def days(request):
    """Days with the databases emptied between them."""

    def several(number, **options):
        for seed in range(number):
            yield Day(seed, **options)
            for alias in ("default", "box"):
                empty(connections[alias])

    return several


def empty(connection):
    tables = [name for name in connection.introspection.table_names() if name != "django_migrations"]
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(tables)}")
        else:
            for name in tables:
                cursor.execute(f"DELETE FROM {name}")


@pytest.fixture
def told(figures):
    """Printed at the end of the run: attacks, seeds, people, and the hits of the attack that has most."""

    def counted(what, hits, seeds):
        most = hits.most_common(1)[0][1]
        figures(f"anonymity, {what}", attacks=len(hits), seeds=seeds, people=seeds * PEOPLE, most_hits=most)

    return counted


def test_after_counting_every_attack_is_left_to_chance(days, told):
    before, after, later = Counter(), Counter(), Counter()
    for day in days(SEEDS):
        day.book()
        day.come_and_give_feedback()
        day.end()
        before.update(day.attacked())
        copy = day.copied()
        day.count()
        after.update(day.attacked())
        later.update(day.attacked_with(copy))
    told("after counting", after, SEEDS)
    told("with a copy of before, without the key", later, SEEDS)
    assert before == Counter()
    assert {name.split()[1].rpartition(".")[0] for name in later} >= {"box.evaluation_form"}
    assert len(later) > 50
    assert later.most_common(1)[0][1] <= BOUND
    assert {name.split()[2].rpartition(".")[0] for name in after} == {"box.evaluation_comment"}
    attacked = {name.split()[1].rpartition(".")[0] for name in after}
    named = {"default.evaluation_attendance", "default.rounds_booking", "default.members_delivery"}
    assert named <= attacked
    assert len(after) > 200
    assert after.most_common(1)[0][1] <= BOUND


def broken_by_a_copy(days, told, what):
    """Hits of the copy's best attack on one day."""
    for day in days(1):
        day.book()
        day.come_and_give_feedback()
        day.end()
        copy = day.copied()
        day.count()
        hits = day.attacked_with(copy)
        told(f"control {what}", hits, 1)
        return hits.most_common(1)[0]


def test_forms_in_the_clear_are_broken(days, told, monkeypatch):
    """The control: a portal that does not seal."""
    monkeypatch.setattr(feedback, "seal", lambda content, **about: content)
    monkeypatch.setattr(feedback, "is_sealed", lambda content: True)
    attack, number = broken_by_a_copy(days, told, "in the clear")
    assert (attack, number) == ("read box.evaluation_form", PEOPLE)


def test_sealed_forms_that_are_not_padded_are_broken(days, told, monkeypatch):
    """The control: sealed, and as long as what was written."""
    padded = feedback.packed
    monkeypatch.setattr(feedback, "packed", lambda **said: padded(**said).rstrip())
    monkeypatch.setattr(feedback, "is_sealed", lambda content: True)
    monkeypatch.setattr(counting, "is_sealed", lambda content: not content.startswith("{"))
    attack, number = broken_by_a_copy(days, told, "not padded")
    assert "length of" in attack
    assert number >= 20


def test_background_beside_answers_is_broken(days, told):
    """The control: answers that carry kind of work and employer, shuffled, without key or time; and ours, which do
    not."""
    connection = connections["box"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE planted (said text, kind text, employer text)")
    try:
        for day in days(1):
            day.book()
            day.come_and_give_feedback()
            kinds, employers = [f"kind {n % 6}" for n in range(PEOPLE)], [f"employer {n // 6}" for n in range(PEOPLE)]
            known = [{kind, employer} for kind, employer in zip(kinds, employers, strict=True)]
            with connection.cursor() as cursor:
                for number in day.shuffled():
                    said = (day.words_of(number), kinds[number], employers[number])
                    cursor.execute("INSERT INTO planted VALUES (%s, %s, %s)", said)
            day.end()
            day.count()
            hits = Counter()
            for table in filter(None, (of_words(each, written) for each in tables("box"))):
                hits.update(by_what_is_known(table, known))
            told("control background", hits, 1)
            assert hits == {"known of box.planted": PEOPLE, "known of box.evaluation_comment": 0}
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE planted")


@pytest.mark.parametrize("where", ["default", "box"])
def test_a_table_written_beside_each_form_is_broken(days, told, where):
    """The control: a portal that notes what was said in the moment in which it is said."""
    connection = connections[where]

    def noted(number, person):
        with transaction.atomic(using=where), connection.cursor() as cursor:
            cursor.execute("INSERT INTO planted (said) VALUES (%s)", [f"words of number {number}"])

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE planted (said text)")
    try:
        for day in days(1, beside=noted):
            day.book()
            day.come_and_give_feedback()
            day.end()
            day.count()
            hits = day.attacked()
            told(f"control in {where}", hits, 1)
            broken = {name: number for name, number in hits.items() if f"{where}.planted" in name}
            assert max(broken.values()) == PEOPLE
            assert max(number for name, number in hits.items() if name not in broken) < PEOPLE / 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE planted")


def test_counting_row_by_row_is_broken(days, told, monkeypatch):
    """The control: the same counting, whose comments are written one by one in the order in which the forms came."""

    def one_by_one(found, box):
        key, about = box_keys.find(box), {"round_id": box.round_id}
        for form in Form.objects.raw(f"SELECT * FROM evaluation_form ORDER BY {row_order()}"):
            content = counting.unseal(form.content, key=key, ballot_id=form.ballot_id, **about)
            text = counting.unpacked(content).comment
            Comment.objects.create(round_id=box.round_id, text=text)
        return []

    monkeypatch.setattr(counting, "_shuffled_comments", one_by_one)
    for day in days(1):
        day.book()
        day.come_and_give_feedback()
        day.end()
        day.count()
        hits = day.attacked()
        told("control row by row", hits, 1)
        assert hits.most_common(1)[0][1] == PEOPLE


def row_order():
    return "rowid" if connections["box"].vendor == "sqlite" else "ctid"


def test_whose_first_round_was_counted_together_is_kept_nowhere():
    """Two Rounds of twenty, one closed after the other: no order or transaction of the rows parts the two."""
    rounds = RoundFactory.create_batch(2)
    at = {}
    for round in rounds:
        for _ in range(20):
            found = AttendanceFactory(round=round, person=PersonFactory(), first_round=True)
            at[str(found.person_id).replace("-", "")] = round.pk
        attendance.close_register(round=round, headcount=20, now=round.ends_at)
    assert FirstRoundCounted.objects.count() == 40
    connection = connections["default"]
    hidden = "rowid" if connection.vendor == "sqlite" else "xmin::text"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT person_id, {hidden} FROM evaluation_firstroundcounted ORDER BY {row_order()}")
        rows = cursor.fetchall()
    if connection.vendor == "postgresql":
        assert len({xmin for _, xmin in rows}) == 1
    order = [at[str(person).replace("-", "")] for person, _ in rows]
    first_half = sum(each == rounds[0].pk for each in order[:20])
    # Of twenty drawn from forty, 17 or more of one kind come less than once in a hundred thousand times.
    assert first_half in range(4, 17)
