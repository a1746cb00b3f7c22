"""Migrations that put a table under row-level security. PostgreSQL only; other engines have nothing of the kind.

The owner of the tables sees all of them, so that migrations, tests and a trial with one role stay simple: the policies
hold for the web role and the worker role (``manage.py make_roles``).
"""

from django.db import migrations

# Whoever may execute this function, which does nothing, sees every row: the worker, since make_roles grants it.
EVERY_ROW = """
CREATE FUNCTION portal_every_row() RETURNS boolean IMMUTABLE RETURN true;
REVOKE ALL ON FUNCTION portal_every_row() FROM PUBLIC;
"""


def on_postgresql(forwards, backwards):
    return migrations.RunPython(_executed(forwards), _executed(backwards))


def guard(table, *, seen, acted_on, written=""):
    """Of this table only those rows are there for which one of the conditions holds.

    `seen`: rows that whoever asks may read; `acted_on`: rows that the running action may read and change; `written`:
    rows that may be added and no more. Put functions into ``(SELECT …)``, or they are called for every row.
    """
    policies = {
        "seen": f"FOR SELECT USING ({seen})",
        "acted_on": f"USING ({acted_on})" if acted_on else "",
        "written": f"FOR INSERT WITH CHECK ({written})" if written else "",
        "every_row": "USING ((SELECT has_function_privilege('portal_every_row()'::regprocedure, 'EXECUTE')))",
    }
    made = [f"CREATE POLICY {name} ON {table} {rule}" for name, rule in policies.items() if rule]
    gone = [f"DROP POLICY {name} ON {table}" for name, rule in policies.items() if rule]
    return on_postgresql(
        "; ".join([f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", *made]),
        "; ".join([*gone, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]),
    )


def asked(name):
    """A function `portal_name()` for what the running transaction has said of itself (``kit.sight``); null else."""
    return (
        f"CREATE FUNCTION portal_{name}() RETURNS uuid STABLE"
        f" RETURN NULLIF(current_setting('portal.{name}', true), '')::uuid;"
    )


def _executed(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return run
