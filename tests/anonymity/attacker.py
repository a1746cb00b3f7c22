"""Somebody who holds both databases while the portal stands still, and tries to say who wrote which words.

They know of no model: they find by introspection every table with a row for each of the people, every table that holds
the words, in either database, and every column by which either could be ordered, those among them that no query shows
(`rowid`; `xmin`, `cmin` and `ctid`). Then they join: by equal values, and by rank, forwards and backwards. An attack
is one such pair of columns; a hit is one person to whom it gives their own words.
"""

import random
import re
from collections import Counter
from dataclasses import dataclass

from django.db import connections

HIDDEN = {
    "sqlite": {"rowid": "rowid"},
    "postgresql": {
        "xmin": "xmin::text::bigint",
        "cmin": "cmin::text::bigint",
        "ctid": "(ctid::text::point)[0] * 10000 + (ctid::text::point)[1]",
    },
}
WORDS = re.compile(r"words of number (\d+)")


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
        by_value = sorted(self.rows, key=lambda row: (sortable(row.values[index]), random.random()))
        return list(dict.fromkeys(row.whose for row in by_value))


def sortable(value):
    return (0, value, "") if isinstance(value, int | float) else (1, 0, str(value))


def attack(people) -> Counter:
    """Hits by attack. `people`: their keys, in the order of the numbers that their words bear."""
    known = {str(key).replace("-", ""): number for number, key in enumerate(people)}
    everything = [table for alias in connections for table in tables(alias)]
    who = [table for table in (of_people(each, known) for each in everything) if table]
    what = [table for table in (of_words(each) for each in everything) if table]
    hits = Counter()
    for one in who:
        for other in what:
            hits.update(by_equal_values(one, other))
            hits.update(by_rank(one, other, len(people)))
    return hits


def tables(alias):
    """(name, columns, rows) of all there is."""
    connection = connections[alias]
    hidden = HIDDEN[connection.vendor]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for info in connection.introspection.get_table_list(cursor):
            seen = [column.name for column in connection.introspection.get_table_description(cursor, info.name)]
            chosen = ", ".join([*map(quote, seen), *hidden.values()])
            cursor.execute(f"SELECT {chosen} FROM {quote(info.name)}")
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


def of_words(table):
    name, columns, rows = table
    found = []
    for values in rows:
        match = WORDS.search(" ".join(value for value in values if isinstance(value, str)))
        if match:
            found.append(Row(int(match[1]), values))
    return Table(name, columns, tuple(found)) if found else None


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
