"""Attacks on a portal of which nobody knows who wrote what: whatever could tell it is found, or is not there.

Each reads all tables of both databases as they are, and says what it tried and what it found. What chance gives is
said beside it, where there is such a thing.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import sqrt

from django.contrib.auth import get_user_model
from django.db import connections

from evaluation.attack.joins import HIDDEN, chance, sortable, tables

# What the box may have in common with the other database, because it names no person; and what was said of a comment
# by its facilitators, long after it was written.
COMMON = {"round_id", "system_id", "questionnaire_id", "item_id", "half_year", "review", "left_out", "staff_group"}
TELLS_WHEN_OR_WHO = ("date", "time", "stamp", "serial", "person", "user", "session", "address", "created", "sequence")
OF_DJANGO = "django_migrations"
ONE_BY_ONE = "Boxes whose comments were written one by one"
# Shorter values are the same by chance, or are words of the portal itself.
TELLING = 8
FEW = 8


@dataclass(frozen=True)
class Found:
    """`what` was `tried` so often; `hits`, where `chance` gives so many and `bound` is seldom passed by it. `why_not`:
    why it was never tried, where there is more to say than that there was nothing to try it on."""

    what: str
    tried: int
    hits: int
    chance: float = 0
    bound: float = 0
    where: tuple[str, ...] = ()
    why_not: str = "there is nothing to try it on"

    @property
    def is_a_leak(self) -> bool:
        return self.hits > self.bound


@dataclass(frozen=True)
class Rows:
    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple, ...]

    def column(self, name):
        return [row[self.columns.index(name)] for row in self.rows]

    @property
    def visible(self):
        return [name for name in self.columns if not any(name in hidden for hidden in HIDDEN.values())]

    @property
    def words(self):
        """The column of what people wrote: the longest of those that hold more than a word."""
        prose = [name for name in self.visible if any(_is_prose(value) for value in self.column(name))]
        return max(prose, key=lambda name: sum(len(value or "") for value in self.column(name)), default=None)

    @property
    def sealed(self):
        """The column of sealed forms, or of what lies where they should."""
        named = (name for name in self.visible if name == "content")
        return next(named, None) if "ballot_id" in self.columns else None

    def by_round(self):
        found = defaultdict(list)
        if "round_id" not in self.columns:
            return {"": list(self.rows)} if self.rows else {}
        for row in self.rows:
            found[str(row[self.columns.index("round_id")])].append(row)
        return found


def _is_prose(value):
    return isinstance(value, str) and " " in value.strip() and len(value) >= TELLING and value[0] not in "{["


class Copy:
    """Both databases as they are at this moment."""

    def __init__(self):
        self.box = [Rows(*table[:2], tuple(table[2])) for table in tables("box") if not table[0].endswith(OF_DJANGO)]
        known = list(get_user_model().objects.order_by().values_list("pk", "email", "name"))
        self.number_of_people = len(known)
        self.people = {_plain(value) for row in known for value in row if value}

    @property
    def words(self):
        return [table for table in self.box if table.words]

    @property
    def forms(self):
        return [table for table in self.box if table.sealed]

    @property
    def boxes(self) -> tuple[int, int]:
        """How many that were counted hold comments, and how many wait with forms in them."""
        counted = {key for table in self.words for key in table.by_round()}
        return len(counted), len({key for table in self.forms for key in table.by_round()})


def _plain(value):
    return str(value).replace("-", "").strip().lower()


def attacks(copy) -> list[Found]:
    return [
        columns_that_tell(copy),
        people_in_the_box(copy),
        *beside_people(copy),
        orders_kept(copy),
        written_one_by_one(copy),
        unlike_or_open(copy),
    ]


def columns_that_tell(copy) -> Found:
    """A column of the box that says when, who or in which order; or a key to another table."""
    connection = connections["box"]
    tried, where = 0, []
    with connection.cursor() as cursor:
        for table in copy.box:
            name = table.name.removeprefix("box.")
            related = connection.introspection.get_relations(cursor, name)
            for column in connection.introspection.get_table_description(cursor, name):
                tried += 1
                kind = _kind(connection, column)
                told = any(word in column.name.lower() or word in kind for word in TELLS_WHEN_OR_WHO)
                if told or "auto" in kind or column.name in related:
                    where.append(f"{name}.{column.name}")
    return Found("Columns of the box that say when, who or in which order", tried, len(where), where=tuple(where))


def _kind(connection, column):
    try:
        return str(connection.introspection.get_field_type(column.type_code, column)).lower()
    except KeyError:
        # No model of Django has columns of this type.
        return str(column.type_code).lower()


def people_in_the_box(copy) -> Found:
    tried, where = 0, Counter()
    for table in copy.box:
        for column in table.visible:
            tried += 1
            where[f"{table.name}.{column}"] += sum(_plain(value) in copy.people for value in table.column(column))
    hits = +where
    return Found("Keys, addresses and names of people in the box", tried, hits.total(), where=tuple(hits))


def beside_people(copy) -> list[Found]:
    """Values of the box that stand in the other database too: the very words, or anything beside them that stands in
    rows of people, as their kind of work or employer does."""
    words, others = defaultdict(set), defaultdict(set)
    for table in [*copy.words, *copy.forms]:
        for column in set(table.visible) - COMMON:
            into = words if column == table.words else others
            for value in table.column(column):
                if len(_plain(value)) >= TELLING or (isinstance(value, str) and len(value) > 3):
                    into[_plain(value)].add(f"{table.name}.{column}")
    tried, same, beside = 0, Counter(), Counter()
    for name, columns, rows in tables("default"):
        tried += len(columns)
        for row in rows:
            plain = [_plain(value) for value in row if value is not None]
            same.update(f"{name} and {where}" for value in plain for where in words.get(value, ()))
            beside.update(f"{name} and {where}" for value in plain for where in others.get(value, ()))
    return [
        Found("Words of comments in the database of people", tried, same.total(), where=tuple(same)),
        Found(
            "What stands beside comments and forms, in the database of people",
            tried,
            beside.total(),
            where=tuple(beside),
        ),
    ]


def orders_kept(copy) -> Found:
    """Two orders of the rows of one Round that agree: the order of writing was kept. Unlike orders agree in one place a
    Round, by chance. Those that no query shows agree with each other anyway."""
    agreed, rounds = Counter(), Counter()
    for table in [*copy.words, *copy.forms]:
        hidden = [name for name in table.columns if name not in table.visible]
        for rows in table.by_round().values():
            orders = {name: _order(rows, table.columns.index(name)) for name in table.columns}
            for one in table.visible:
                for other in [*hidden, *(name for name in table.visible if name > one)]:
                    if orders[one] and orders[other]:
                        name = f"{table.name}.{one} and {other}"
                        rounds[name] += 1
                        agreed[name] += max(_same(orders[one], orders[other]), _same(orders[one], orders[other][::-1]))
    worst = max(agreed, key=lambda name: agreed[name] - _bound(rounds[name]), default=None)
    if worst is None:
        return Found("Orders of comments and forms that agree", 0, 0, why_not=f"no box holds {FEW} of either")
    told = (f"most in {worst}",)
    what = "Orders of comments and forms that agree: places alike in the two that agree most"
    return Found(what, len(agreed), agreed[worst], rounds[worst], _bound(rounds[worst]), told)


def _order(rows, index):
    """The rows in the order of this column; None where it does not tell nearly all of them apart, or there are few."""
    if len(rows) < FEW or len({str(row[index]) for row in rows}) < 0.8 * len(rows):
        return None
    return sorted(range(len(rows)), key=lambda number: (sortable(rows[number][index]), chance.random()))


def _same(one, other):
    return sum(map(int.__eq__, one, other))


def _bound(rounds):
    """Of the larger of two counts, each of which is about one a Round: passed by chance less than once in ten thousand
    times, and by an order that was kept at once, in which all places agree."""
    return 1.6 * rounds + 5 * sqrt(rounds) + 0.4


def written_one_by_one(copy) -> Found:
    """Comments of one Round that nobody has touched since they came of several statements: their order is that of the
    forms."""
    if connections["box"].vendor == "sqlite":
        return Found(ONE_BY_ONE, 0, 0, why_not="SQLite keeps no trace of that")
    tried, where = 0, []
    for table in copy.words:
        if "xmin" not in table.columns or "review" not in table.columns:
            continue
        review = table.columns.index("review")
        by = [table.columns.index(name) for name in ("xmin", "cmin")]
        for rows in table.by_round().values():
            untouched = {tuple(row[index] for index in by) for row in rows if row[review] == "waiting"}
            tried += 1
            if len(untouched) > 1:
                where.append(table.name)
    return Found(ONE_BY_ONE, tried, len(where), where=tuple(dict.fromkeys(where)))


def unlike_or_open(copy) -> Found:
    """Forms that wait and are longer or shorter than the others, or can be read."""
    tried, where = 0, Counter()
    for table in copy.forms:
        contents = table.column(table.sealed)
        usual = Counter(map(len, contents)).most_common(1)
        tried += len(contents)
        for content in contents:
            where[f"{table.name}: of another length"] += len(content) != usual[0][0]
            where[f"{table.name}: can be read"] += content.lstrip()[:1] == "{"
    hits = +where
    return Found(
        "Waiting forms of another length than most, or that can be read", tried, hits.total(), where=tuple(hits)
    )
