"""Somebody who has the files themselves: of SQLite the file and its write-ahead log, of PostgreSQL a whole cluster, as
its superuser, with dead rows, write-ahead log and the server's own log. The cluster is made for this and removed.

The bytes are searched for words, and where all words of a Round stand, the order in which they stand is set against the
order of the ticks at the door, in which people gave their forms.
"""

import contextlib
import re
import uuid
from collections import Counter

import pytest
from django.db import DatabaseError, connections, transaction

from evaluation.actions import box_keys, comments, counting, feedback
from evaluation.attack.files import files_with, orders_in
from evaluation.models import FeedbackBox
from evaluation.models.box import Form
from evaluation.models.results import Comment
from evaluation.sealing import unpacked
from rounds_site.database_roles import QUIET
from tests.anonymity.day import PEOPLE, Day, written
from tests.faults import servers
from tests.row_security import BOX, PASSWORD
from tests.running import RunningPortal, wait_until

DAYS = 5
BOUND = 18  # Of 150 people in 5 days; passed by chance, by any one order, about once in a million times.


class Taken:
    """A portal whose files somebody has."""

    def __init__(self, portal, cluster=None):
        self.portal, self.cluster = portal, cluster

    @property
    def files(self):
        """Once all that waits in memory has been written."""
        if not self.cluster:
            return sorted(self.portal.folder.glob("*.sqlite3*"))
        for alias in ("default", "box"):
            self._do("CHECKPOINT", alias)
        return [self.cluster.folder / "data", self.cluster.folder / "log"]

    def begin_a_file(self):
        """Of the write-ahead log, so that all that one counting writes stands in it."""
        if self.cluster:
            self._do("SELECT pg_switch_wal()", "box")

    def _do(self, statement, alias):
        with contextlib.closing(self.as_superuser(alias)) as server:
            server.autocommit = True
            server.cursor().execute(statement)

    def as_superuser(self, alias):
        return self.cluster.superuser(self.portal.names[alias])

    def log(self):
        return (self.cluster.folder / "log").read_text(errors="replace")


@pytest.fixture(scope="module")
def taken(tmp_path_factory, django_db_blocker):
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        stack.enter_context(django_db_blocker.unblock())
        cluster = None
        if connections["default"].vendor == "postgresql":
            if not servers.binaries():
                pytest.skip(servers.missing())
            cluster = stack.enter_context(servers.Cluster())
            for variable in ("DATABASE_URL", "BOX_DATABASE_URL"):
                patch.setenv(variable, cluster.url)
            stack.enter_context(servers.at(cluster))
        portal = stack.enter_context(RunningPortal(tmp_path_factory.mktemp("taken")))
        stack.enter_context(portal.databases_here())
        yield Taken(portal, cluster)


@pytest.fixture
def day(taken):
    """day(seed): one that ended with all forms in the box; the tables are emptied before."""

    def of(seed):
        for alias in ("default", "box"):
            empty(connections[alias])
        day = Day(seed)
        day.book()
        day.come_and_give_feedback()
        day.end()
        taken.begin_a_file()
        return day

    return of


def empty(connection):
    names = [name for name in connection.introspection.table_names() if name != "django_migrations"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(names)}")
        else:
            cursor.execute("PRAGMA foreign_keys = OFF")
            for name in names:
                cursor.execute(f"DELETE FROM {name}")
            cursor.execute("PRAGMA foreign_keys = ON")


def by_bytes(taken, day) -> Counter:
    """Hits of each order in which the words stand in the files."""
    words = {day.begins(number): number for number in range(PEOPLE)}
    hits = Counter()
    for name, order in orders_in(words, taken.files).items():
        order = [words[each] for each in order]
        # Files are called otherwise each day.
        kind = re.sub(r"\d+$", "", name)
        for way, each in (("", order), (" backwards", order[::-1])):
            hits[kind + way] = max(hits[kind + way], sum(map(int.__eq__, each, day.order)))
    return hits


def by_dead_rows(taken, day) -> Counter:
    """Every version of every row of comments that the pages of the table still hold, by place and transaction."""
    with contextlib.closing(taken.as_superuser("box")) as server, server.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
        cursor.execute(
            "SELECT t_data, t_xmin::text::bigint, t_field3 FROM"
            " generate_series(0, pg_relation_size('evaluation_comment') / 8192 - 1) AS page,"
            " heap_page_items(get_raw_page('evaluation_comment', page::int)) WHERE t_data IS NOT NULL"
            " ORDER BY page, lp"
        )
        rows = [(bytes(data), xmin, field) for data, xmin, field in cursor.fetchall()]
    hits = Counter()
    for name, key in (("place", None), ("transaction", lambda row: row[1:])):
        ordered = sorted(rows, key=key) if key else rows
        found = [number for data, *_ in ordered for number in range(PEOPLE) if day.begins(number).encode() in data]
        found = list(dict.fromkeys(found))
        if len(found) == PEOPLE and (key is None or len({key(row) for row in rows}) > 1):
            hits[f"dead rows by {name}"] = sum(map(int.__eq__, found, day.order))
    return hits


def by_rows(day) -> Counter:
    """SQLite's file opened as what it is: the rows as it numbers them."""
    with connections["box"].cursor() as cursor:
        cursor.execute("SELECT text FROM evaluation_comment ORDER BY rowid")
        found = [written(text) for (text,) in cursor.fetchall()]
    return Counter({"rows": sum(map(int.__eq__, found, day.order))})


def attacked(taken, day):
    """What hit nobody was tried too, and a sum of counters would leave it out."""
    return Counter({**by_bytes(taken, day), **(by_dead_rows(taken, day) if taken.cluster else by_rows(day))})


def test_before_counting_no_byte_of_what_people_wrote_is_anywhere(taken, day):
    today = day(100)
    assert files_with([today.begins(number) for number in range(PEOPLE)], taken.files) == {}
    # What is there is found.
    assert files_with([today.people[0].email], taken.files)


def test_after_it_words_stand_in_no_order_that_tells(taken, day, figures):
    hits = Counter()
    for seed in range(DAYS):
        today = day(seed)
        today.count()
        hits.update(attacked(taken, today))
    most = hits.most_common(1)[0][1]
    figures("anonymity, bytes of the files", attacks=len(hits), seeds=DAYS, people=DAYS * PEOPLE, most_hits=most)
    assert hits
    assert most <= BOUND
    if taken.cluster:
        assert any("pg_wal" in name for name in hits)
        assert any("dead rows" in name for name in hits)


@pytest.mark.postgres
def test_dead_rows_say_how_many_forms_there_were_for_a_minute_and_no_longer(taken, day):
    """And what was taken out of a comment. Before the server comes to it they do: the control."""
    with contextlib.closing(taken.as_superuser("box")) as server:
        server.autocommit = True
        cursor = server.cursor()
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
        told(cursor, "autovacuum", "off")
        today = day(106)
        today.count()
        comment = Comment.objects.order_by("id").first()
        comments.edit_out(round=today.round, comment_id=comment.pk, text="words")
        taken_out = comment.text[:40].encode()
        forms, texts = rows_and_dead_rows(cursor, "form"), rows_and_dead_rows(cursor, "comment")
        assert (len(forms), len(texts)) == (PEOPLE, PEOPLE + 1)
        assert any(taken_out in row for row in texts)
        told(cursor, "autovacuum_naptime", "1")
        told(cursor, "autovacuum", "on")
        wait_until(
            lambda: (
                (len(rows_and_dead_rows(cursor, "form")), len(rows_and_dead_rows(cursor, "comment"))) == (0, PEOPLE)
            ),
            seconds=60,
            what="the server's own vacuum",
        )
        assert not any(taken_out in row for row in rows_and_dead_rows(cursor, "comment"))


def told(superuser, setting, value):
    superuser.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
    superuser.execute("SELECT pg_reload_conf()")


def rows_and_dead_rows(superuser, table):
    superuser.execute(
        f"SELECT t_data FROM generate_series(0, pg_relation_size('evaluation_{table}') / 8192 - 1) AS page,"
        f" heap_page_items(get_raw_page('evaluation_{table}', page::int)) WHERE t_data IS NOT NULL"
    )
    return [bytes(data) for (data,) in superuser.fetchall()]


def test_no_file_holds_the_key_of_a_box(taken, day):
    today = day(101)
    lines = box_keys._path(today.round.pk).read_text().splitlines()[1:-1]
    assert files_with(lines, taken.files) == {}


def test_forms_that_lay_in_the_clear_would_be_found(taken, day, monkeypatch):
    """The control: a portal that does not seal."""
    monkeypatch.setattr(feedback, "seal", lambda content, **about: content)
    monkeypatch.setattr(feedback, "is_sealed", lambda content: True)
    today = day(102)
    words = [today.begins(number) for number in range(PEOPLE)]
    if taken.cluster:
        # Long values are compressed in the table, unless that is forbidden as it is for forms.
        assert files_with(words, taken.files)
    else:
        assert set().union(*files_with(words, taken.files).values()) == set(words)


def test_counted_row_by_row_the_bytes_would_tell(taken, day, monkeypatch, figures):
    """The control: comments that are written one by one, in the order in which the forms came."""

    def one_by_one(found, box):
        key, about = box_keys.find(box), {"round_id": box.round_id}
        row = "rowid" if connections["box"].vendor == "sqlite" else "ctid"
        for form in Form.objects.raw(f"SELECT * FROM evaluation_form ORDER BY {row}"):
            said = unpacked(counting.unseal(form.content, key=key, ballot_id=form.ballot_id, **about))
            Comment.objects.create(round_id=box.round_id, text=said.comment)
        return []

    monkeypatch.setattr(counting, "_shuffled_comments", one_by_one)
    today = day(103)
    today.count()
    hits = attacked(taken, today)
    most = hits.most_common(1)[0][1]
    figures("anonymity, bytes, control row by row", attacks=len(hits), seeds=1, people=PEOPLE, most_hits=most)
    assert most == PEOPLE
    if taken.cluster:
        assert max(number for name, number in hits.items() if "pg_wal" in name) == PEOPLE
        assert hits["dead rows by transaction"] == PEOPLE or hits["dead rows by place"] == PEOPLE
    else:
        # Which of its free pages SQLite takes next is its own affair; within each the order stands.
        assert max(by_bytes(taken, today).values()) >= PEOPLE // 3


@pytest.mark.postgres
class TestServersLog:
    """Statements that fail, with what stands in them."""

    @pytest.fixture
    def as_box(self, taken):
        """The ORM of this process signs in to the box as a portal does."""
        before = connections["box"]
        own = before.settings_dict | {"USER": BOX, "PASSWORD": PASSWORD}

        @contextlib.contextmanager
        def signed_in():
            connections["box"] = type(before)(own, "box")
            try:
                yield
            finally:
                connections["box"].close()
                connections["box"] = before

        return signed_in

    @pytest.fixture
    def refusing(self, taken):
        """A box whose table of comments takes none: each counting fails."""
        with contextlib.closing(taken.as_superuser("box")) as server:
            server.autocommit = True
            cursor = server.cursor()
            cursor.execute("REVOKE INSERT ON evaluation_comment FROM PUBLIC")
            cursor.execute(f'REVOKE INSERT ON evaluation_comment FROM "{BOX}"')
            yield cursor
            cursor.execute(f'GRANT INSERT ON evaluation_comment TO "{BOX}"')

    def test_of_a_failed_counting_nothing_once_the_superuser_has_said_so(self, taken, day, as_box, refusing):
        """And before that it shows the words, in a shuffled order: the control."""
        today = day(104)
        words = [today.begins(number) for number in range(PEOPLE)]
        box = FeedbackBox.objects.get()
        for quiet in (False, True):
            seen = len(taken.log())
            if quiet:
                refusing.execute(f"ALTER ROLE \"{BOX}\" SET {QUIET} = 'panic'")
            with as_box(), pytest.raises(DatabaseError):
                counting.count(box=box, now=box.closes_at)
            said = taken.log()[seen:]
            assert "permission denied for table evaluation_comment" in said
            assert any(each in said for each in words) is not quiet
        assert Form.objects.count() == PEOPLE

    def test_of_a_failed_form_it_shows_nothing_that_can_be_read(self, taken, day, as_box):
        today = day(105)
        seen, form = len(taken.log()), Form.objects.order_by("ballot_id").first()
        with as_box(), pytest.raises(DatabaseError), transaction.atomic(using="box"):
            Form.objects.create(ballot_id=form.pk, round_id=uuid.uuid4(), content=form.content)
        said = taken.log()[seen:]
        assert "duplicate key" in said
        assert today.mark not in said
