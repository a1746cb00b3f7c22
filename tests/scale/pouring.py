"""Many rows into the table of a model at once: by COPY into PostgreSQL, by executemany into SQLite."""

import io
import itertools
import json
import uuid
from datetime import date, datetime, time

from django.db import connections, router
from django.db.models import AutoField

AT_ONCE = 20_000
NOTHING = r"\N"
ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
WRITTEN = {
    type(None): lambda value: NOTHING,
    bool: lambda value: "t" if value else "f",
    uuid.UUID: lambda value: value.hex,
    int: str,
    **dict.fromkeys([datetime, date, time], lambda value: value.isoformat()),
    **dict.fromkeys([list, dict], lambda value: json.dumps(value).translate(ESCAPED)),
}


class Missing(Exception):
    """A column that takes no null has neither a default nor a value in the rows."""


def pour(model, rows):
    """`rows`: {attname of a field: value}, all with the names of the first one. Every other column gets what the model
    makes of it: its default, nothing, or an empty text where the form may be left empty. A column that allows none of
    these is ``Missing``: whoever adds one says here what a large system has in it.

    Keys and times that the model makes by a function are made for each row.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    connection = connections[router.db_for_write(model)]
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
    columns = [Column(field, first, connection) for field in fields]
    write = _copy if connection.vendor == "postgresql" else _insert
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    rows = itertools.chain([first], rows)
    while batch := list(itertools.islice(rows, AT_ONCE)):
        write(connection, f"{table} ({names})", columns, batch)


class Column:
    """`values` gives what stands in it in each of some rows."""

    def __init__(self, field, given, connection):
        self.field, self.name, self.connection = field, field.attname, connection
        self.given = self.name in given
        self.default = None if self.given else self._default()

    def _default(self):
        if self.field.has_default():
            return self.field.default
        if self.field.null:
            return None
        if self.field.blank and self.field.empty_strings_allowed:
            return ""
        raise Missing(f"{self.field}: the rows say nothing of it")

    def values(self, rows, made):
        """Each as `made` makes it."""
        if self.given:
            return [made(row[self.name]) for row in rows]
        if callable(self.default):
            return [made(self.default()) for _ in rows]
        return [made(self.default)] * len(rows)

    def prepared(self, value):
        return self.field.get_db_prep_save(value, self.connection)


def _insert(connection, table, columns, rows):
    marks = ", ".join(["%s"] * len(columns))
    values = zip(*(column.values(rows, column.prepared) for column in columns), strict=True)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", list(values))


def _copy(connection, table, columns, rows):
    lines = map("\t".join, zip(*(column.values(rows, text) for column in columns), strict=True))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO("\n".join(lines)))


def text(value):
    """As COPY reads it.

    >>> text(None), text(True), text("a\\tb"), text(["x"])
    ('\\\\N', 't', 'a\\\\tb', '["x"]')
    """
    known = WRITTEN.get(type(value))
    return known(value) if known else str(value).translate(ESCAPED)
