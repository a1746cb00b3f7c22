"""Attacks whose hits can be counted, because it is known who wrote what.

Found by introspection: every table with a row for each of the people, every table that holds the words, in either
database, and every column by which either could be ordered, those among them that no query shows (`rowid`; `xmin`,
`cmin` and `ctid`). Then they are joined: by equal values, and by rank, forwards and backwards. An attack is one such
pair of columns; a hit is one person to whom it gives their own words.

Before the counting no table holds words. Then a copy is taken, in which the order of the rows tells whose form each is
(that is handed over: nothing is to be gained from guessing it), and the words are come back for once those are
published. Between the two lie the sealed forms: of each every value is taken, its length and the order of either, and
joined to whatever orders the words.

`written`: a function from a text to the number of the person whose words stand in it, or None.
"""

from collections import Counter
from dataclasses import dataclass
from secrets import SystemRandom

from django.db import connections

from rounds_site.kit.drawing import CONNECTIONS

chance = SystemRandom()
HIDDEN = {
    "sqlite": {"rowid": "rowid"},
    "postgresql": {
        "xmin": "xmin::text::bigint",
        "cmin": "cmin::text::bigint",
        "ctid": "(ctid::text::point)[0] * 10000 + (ctid::text::point)[1]",
    },
}


@dataclass(frozen=True)
class Row:
    """`whose`: number of the person, or of whose words these are."""

    whose: int
    values: tuple


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def order_by(self, column):
        """The people in the order of this column, each at their first row; None where it orders nothing."""
        index = self.columns.index(column)
        if len({str(row.values[index]) for row in self.rows}) < 2:
            return None
        by_value = sorted(self.rows, key=lambda row: (sortable(row.values[index]), chance.random()))
        return list(dict.fromkeys(row.whose for row in by_value))


def sortable(value):
    return (0, value, "") if isinstance(value, int | float) else (1, 0, str(value))


def attack(people, written) -> Counter:
    """Hits by attack. `people`: their keys, in the order of the numbers that their words bear."""
    known = {str(key).replace("-", ""): number for number, key in enumerate(people)}
    everything = [table for alias in CONNECTIONS for table in tables(alias)]
    who = [table for table in (of_people(each, known) for each in everything) if table]
    what = [table for table in (of_words(each, written) for each in everything) if table]
    hits = Counter()
    for one in who:
        for other in what:
            hits.update(by_equal_values(one, other))
            hits.update(by_rank(one, other, len(people)))
    return hits


def tables(alias):
    """(name, columns, rows) of all there is. A view has nothing that its tables have not."""
    connection = connections[alias]
    hidden = HIDDEN[connection.vendor]
    quote = connection.ops.quote_name
    chosen = ", ".join(["*", *hidden.values()])
    with connection.cursor() as cursor:
        for info in connection.introspection.get_table_list(cursor):
            if info.type == "v":
                continue
            cursor.execute(f"SELECT {chosen} FROM {quote(info.name)}")  # noqa: S608 (names that the database itself told)
            seen = [column[0] for column in cursor.description[: -len(hidden)]]
            yield f"{alias}.{info.name}", (*seen, *hidden), cursor.fetchall()


def of_people(table, known):
    """The rows that name one of the people, where every one of them is named."""
    name, columns, rows = table
    found = []
    for values in rows:
        named = [known[key] for key in (str(value).replace("-", "") for value in values) if key in known]
        if named:
            found.append(Row(named[0], values))
    return Table(name, columns, tuple(found)) if {row.whose for row in found} == set(known.values()) else None


def of_words(table, written):
    name, columns, rows = table
    numbers = [(written(text_of(values)), values) for values in rows]
    found = tuple(Row(number, values) for number, values in numbers if number is not None)
    return Table(name, columns, found) if found else None


def text_of(values):
    return " ".join(value for value in values if isinstance(value, str))


def copied(alias, number):
    """The tables of this database that have a row for each of `number` forms, as they are at this moment."""
    return [table for table in tables(alias) if len(table[2]) == number]


def attack_with_a_copy(copy, whose, written) -> Counter:
    """Hits by attack. `copy`: tables of before; `whose`: key of a form → number of the person whose it is."""
    words = [table for table in (of_words(each, written) for alias in CONNECTIONS for each in tables(alias)) if table]
    hits = Counter()
    for one in filter(None, (of_forms(table, whose) for table in copy)):
        for other in map(with_lengths, words):
            hits.update(by_equal_values(one, other))
            hits.update(by_rank(one, other, len(whose)))
            hits.update(by_reading(one, other, written))
    return hits


def of_forms(table, whose):
    name, columns, rows = table
    mine = [(whose.get(str(value).replace("-", "")), values) for values in rows for value in values]
    found = tuple(Row(number, values) for number, values in mine if number is not None)
    return with_lengths(Table(name, columns, found)) if len(found) == len(whose) else None


def with_lengths(table):
    columns = [f"length of {column}" for column in table.columns]
    rows = [Row(row.whose, (*row.values, *(len(str(value)) for value in row.values))) for row in table.rows]
    return Table(table.name, (*table.columns, *columns), tuple(rows))


def by_reading(one, other, written):
    """A form that can be read needs no join."""
    right = sum(written(text_of(row.values)) == row.whose for row in one.rows)
    return Counter({f"read {one.name}": right if other.rows else 0})


def by_what_is_known(table, known) -> Counter:
    """A row of words that bears what is known of exactly one person is taken for theirs. `known`: of each person, in
    the order of their numbers, a set of words."""
    hits = Counter()
    for row in table.rows:
        said = {value for value in row.values if isinstance(value, str)}
        fits = [number for number, facts in enumerate(known) if facts <= said]
        hits[f"known of {table.name}"] += fits == [row.whose]
    return hits


def by_equal_values(one, other):
    """A value that stands in one row here and in one row there ties the two."""
    hits = Counter()
    for column in one.columns:
        mine = unique(one, column)
        for another in other.columns:
            theirs = unique(other, another)
            right = sum(mine[value] == theirs[value] for value in mine.keys() & theirs.keys())
            hits[f"equal {one.name}.{column} {other.name}.{another}"] += right
    return hits


def unique(table, column):
    index = table.columns.index(column)
    times = Counter(str(row.values[index]) for row in table.rows)
    return {str(row.values[index]): row.whose for row in table.rows if times[str(row.values[index])] == 1}


def by_rank(one, other, number):
    hits = Counter()
    for column in one.columns:
        people = one.order_by(column)
        for another in other.columns if people else ():
            words = other.order_by(another)
            if words and len(words) == number:
                name = f"rank {one.name}.{column} {other.name}.{another}"
                hits[name] += sum(map(int.__eq__, people, words))
                hits[f"{name} backwards"] += sum(map(int.__eq__, people, reversed(words)))
    return hits
