"""Two nets under every test: an undefined variable in our templates fails, and rows without an order come shuffled."""

import sys
from pathlib import Path

from django.conf import settings
from django.db.models.expressions import OrderBy
from django.db.models.functions import Random
from django.db.models.sql.compiler import (
    SQLAggregateCompiler,
    SQLCompiler,
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)
from django.template import Node
from django.template.base import FilterExpression

OUR_TEMPLATES = str(Path(settings.BASE_DIR) / "templates")
DEFAULTS = {"default", "default_if_none"}


class UndefinedVariable(AssertionError):
    pass


class Loud(str):
    """The engine's `string_if_invalid`: raises where one of our own templates names what is not there.

    `{% if x %}`, `{% for … in x %}` and `{{ x|default:… }}` may ask for what is not there; `{{ x }}` and
    `{% include … with y=x %}` may not. Templates of other packages do it all the time and are left in peace.
    """

    __slots__ = ()

    def __bool__(self):
        frame = sys._getframe(1)
        expression = frame.f_locals.get("self")
        if not isinstance(expression, FilterExpression) or has_a_default(expression):
            return False
        template = template_of(frame)
        if template.startswith(OUR_TEMPLATES):
            raise UndefinedVariable(f"{{{{ {expression.token} }}}} is not defined in {template}")
        return False


def has_a_default(expression):
    return any(getattr(function, "_filter_name", "") in DEFAULTS for function, _ in expression.filters)


def template_of(frame):
    while frame:
        node = frame.f_locals.get("self")
        if isinstance(node, Node) and getattr(node, "origin", None):
            return node.origin.name
        frame = frame.f_back
    return ""


ordered = SQLCompiler.get_order_by
combined = SQLCompiler.get_combinator_sql
OTHERS = (SQLAggregateCompiler, SQLDeleteCompiler, SQLInsertCompiler, SQLUpdateCompiler)


def shuffled_unless_ordered(compiler):
    """ORDER BY RANDOM() for plain queries that state no order: whoever relies on one finds out here."""
    ordering = ordered(compiler)
    query = compiler.query
    if ordering or isinstance(compiler, OTHERS) or getattr(query, "is_combined", False):
        return ordering
    if query.subquery or query.distinct or query.combinator or query.group_by is not None:
        return ordering
    shuffle = OrderBy(Random())
    sql, params = compiler.compile(shuffle.resolve_expression(query, allow_joins=True))
    return [(shuffle, (sql, params, False))]


def without_an_order_in_its_parts(compiler, *arguments):
    """SQLite takes no ORDER BY in the parts of a UNION."""
    for each in compiler.query.combined_queries:
        each.is_combined = True
    return combined(compiler, *arguments)


def shuffle_what_has_no_order(patch):
    patch.setattr(SQLCompiler, "get_order_by", shuffled_unless_ordered)
    patch.setattr(SQLCompiler, "get_combinator_sql", without_an_order_in_its_parts)
