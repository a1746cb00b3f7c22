"""What each of hundreds of rows has dozens of, as one text for each: a row for each of those would cost more than all
else on a page."""

from django.db.models import Func, Subquery, TextField
from django.db.models.functions import Cast


class _Text(Func):
    output_field = TextField()
    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, ',')"
    arg_joiner = " || ' ' || "

    def __init__(self, *columns, **rest):
        super().__init__(*(Cast(column, TextField()) for column in columns), **rest)

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


def together(rows, *columns) -> Subquery:
    """These columns of the rows that belong to an outer one, in no order; ``apart`` reads it. Each outer row looks up
    its own by an index, which costs the same however many years lie in the table: grouped by the outer row, the rows
    of all of them would be sorted."""
    return Subquery(rows.order_by().values(together=_Text(*columns)))


def apart(text) -> list[str]:
    """Each of the rows: its columns with a space between them."""
    return text.split(",") if text else []
