"""After a test that commits, its databases are emptied of what the test has put there, and of nothing else.

Django would name every table in one TRUNCATE: two seconds on PostgreSQL, however few rows there are, and hundreds of
tests of this kind.
"""

from django.db import connections

# Filled by every migration, with what the code says; no test writes there.
OF_DJANGO = {"django_content_type", "auth_permission"}
# A trigger keeps its rows from being deleted.
TRUNCATED = {"members_securityevent"}


def empty_what_is_filled(patch):
    for alias in ("default", "box"):
        operations = type(connections[alias].ops)
        patch.setattr(operations, "sql_flush", _statements)


def _statements(self, style, tables, **options):
    """Takes the place of ``DatabaseOperations.sql_flush``."""
    filled = _filled(self.connection, set(tables) - OF_DJANGO)
    if self.connection.vendor == "sqlite":
        return [f"DELETE FROM {table}" for table in filled]
    return ["SET CONSTRAINTS ALL DEFERRED"] + [
        f"TRUNCATE {table}" if table in TRUNCATED else f"DELETE FROM {table}" for table in filled
    ]


def _filled(connection, tables):
    asked = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in sorted(tables))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [name for (name,) in cursor.fetchall()]
