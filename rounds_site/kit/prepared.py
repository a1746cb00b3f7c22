"""Statements that are put together once and then run for many rows.

For one row the ORM takes several times as long to write a statement as the database to carry it out.
"""

from contextlib import contextmanager

from django.db import connections
from django.db.models import Expression
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery


class Slot(Expression):
    """Stands in a query, where a value would, for one that is given at each run; `field` says of what kind it is."""

    def __init__(self, name, field):
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def value(self, given, connection):
        return self.output_field.get_db_prep_value(given[self.name], connection)


class Prepared:
    """A statement with its Slots, on whichever connection the running thread has."""

    def __init__(self, database, sql, parameters):
        self._database, self._sql, self._parameters = database, sql, parameters
        self._names = {each.name for each in parameters if isinstance(each, Slot)}

    @contextmanager
    def executed(self, given):
        if given.keys() != self._names:
            raise TypeError(f"{sorted(given)} is given where {sorted(self._names)} is asked for")
        connection = connections[self._database]
        filled = [each.value(given, connection) if isinstance(each, Slot) else each for each in self._parameters]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, filled)
            yield cursor


class Update(Prepared):
    """``Update(rows, state="sent").run(pk=…)``: as ``rows.update(state="sent")``, with the Slots in both filled; gives
    how many rows it was."""

    def __init__(self, queryset, **values):
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(values)
        super().__init__(queryset.db, *query.get_compiler(queryset.db).as_sql())

    def run(self, **given):
        with self.executed(given) as cursor:
            return cursor.rowcount


class Selecting(Prepared):
    """Of the rows that are found at most `limit`, each with its values as the ORM gives them."""

    def __init__(self, queryset, limit=None):
        query = queryset.query.chain()
        query.set_limits(high=limit)
        compiler = query.get_compiler(queryset.db)
        super().__init__(queryset.db, *compiler.as_sql())
        self._select, self._klass_info = compiler.select, compiler.klass_info
        self._columns = [expression for expression, *_ in compiler.select]
        self._annotations = compiler.annotation_col_map
        self._converters = compiler.get_converters(self._columns)

    def _found(self, given):
        with self.executed(given) as cursor:
            return [self._converted(row) for row in cursor.fetchall()]

    def _converted(self, row):
        row, connection = list(row), connections[self._database]
        for place, (converters, expression) in self._converters.items():
            for convert in converters:
                row[place] = convert(row[place], expression, connection)
        return row


class Values(Selecting):
    """``Values(rows.values(…)).run(pk=…)``: as ``rows.values(…).first()``, with the Slots filled, in the order that the
    rows say."""

    def __init__(self, queryset):
        super().__init__(queryset, limit=1)

    def run(self, **given):
        row = next(iter(self._found(given)), None)
        return None if row is None else {name: row[place] for name, place in self._annotations.items()}


class Rows(Selecting):
    """``Rows(rows).run(pk=…)``: as ``list(rows)``, with the Slots in it filled, with what is annotated to each and the
    rows of other tables that were selected with it."""

    def __init__(self, queryset, limit=None):
        super().__init__(queryset, limit)
        self._model = queryset.model
        self._places = self._klass_info["select_fields"]
        self._fields = [self._columns[place].target.attname for place in self._places]
        self._others = get_related_populators(self._klass_info, self._select, queryset.db)

    def run(self, **given):
        return [self._object(row) for row in self._found(given)]

    def _object(self, row):
        found = self._model.from_db(self._database, self._fields, [row[place] for place in self._places])
        for name, place in self._annotations.items():
            setattr(found, name, row[place])
        for other in self._others:
            other.populate(row, found)
        return found


class First(Rows):
    """As ``rows.first()``, in the order that the rows say."""

    def __init__(self, queryset):
        super().__init__(queryset, limit=1)

    def run(self, **given):
        return next(iter(super().run(**given)), None)
