"""The roles of PostgreSQL, and what each may do: made by ``manage.py make_roles``, looked at where the portal starts.

* owner: owns the tables and runs migrations; no process of the portal uses it.
* web: sees guarded tables only through what it says of who asks (``kit.sight``).
* worker: sees every row, for what happens by the clock.
* box: the feedback box alone.
* figures: reads what figures are drawn from, in both databases, and nothing else (``kit.drawing``).
"""

import sys
from dataclasses import dataclass

from django.conf import settings
from django.core import checks
from django.core.checks import Error, Tags, register
from django.db import DatabaseError, OperationalError, connections, transaction
from psycopg2 import sql
from psycopg2.extensions import encrypt_password

from rounds_site.kit.drawing import CONNECTIONS

# Written by the portal, changed by nobody but the worker that seals, cuts and forgets.
LOGS = ("members_securityevent", "members_careentry")
WORKERS_ALONE = (
    *("members_chainanchor", "members_headexport"),
    *("members_retentionpass", "members_destruction"),
)
QUIET = "log_min_error_statement"
# What figures are drawn from, by database: each table or view, and its columns where they are not all ("" for all). No
# person stands in any of them, nor what somebody did. What is not named here the role does not see.
DRAWN_FROM = {
    "default": {
        "evaluation_eventfacts": "",
        "evaluation_release": "",
        "evaluation_releasedsector": "",
        "evaluation_releasedcell": "",
        "evaluation_questionnaire": "",
        "evaluation_item": "",
        "rounds_roundpartner": "",
        "rounds_series": "id created_at system_id host_organisation_id host_place_id title week weekday every first_on "
        "number starts ends months_off bank_holidays_off",
        "rounds_backfill": "round_id organisation_id hours state",
        "members_system": "",
        "members_systemedge": "",
        "members_systemsuccession": "",
        "members_place": "",
        "members_placeedge": "",
        "members_organisation": "id code name sector",
        "members_succession": "",
        "members_staffcount": "",
    },
    "box": {
        "evaluation_itemcount": "",
        "evaluation_crosscount": "",
        "evaluation_poolcount": "",
        "evaluation_halfyearanswers": "",
        "evaluation_counted": "round_id forms",
    },
}
MAKE_THEM = "Run manage.py make_roles and use the roles that it names."
# Of tables and views, less those that an extension brought.
OURS = """
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
"""
READABLE = f"""
SELECT relname, attname FROM pg_attribute JOIN (SELECT oid, relname {OURS}) AS ours ON attrelid = oid
WHERE attnum > 0 AND NOT attisdropped AND has_column_privilege(oid, attnum, 'SELECT')
"""  # noqa: S608 (all of it stands here)
WRITABLE = f"""
SELECT relname {OURS}
AND (has_any_column_privilege(oid, 'INSERT, UPDATE') OR has_table_privilege(oid, 'DELETE, TRUNCATE'))
"""
NO_ROLE_FOR_FIGURES = (
    "FIGURES_DATABASE_URL is not set, so pages of figures are read as the web role, which may see more than they show. "
    "Run manage.py make_roles and use the address that it names."
)


@dataclass(frozen=True)
class Roles:
    owner: str
    web: str
    worker: str
    box: str
    figures: str

    @classmethod
    def called(cls, prefix):
        return cls(*(f"{prefix}_{part}" for part in ("owner", "web", "worker", "box", "figures")))


class Server:
    """One database, to which statements go with their names quoted."""

    def __init__(self, connection):
        self.connection = connection

    def run(self, statement, *names, values=()):
        with self.connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)), values)

    def ask(self, question, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(question, values)
            return [row[0] if len(row) == 1 else row for row in cursor.fetchall()]

    def try_to(self, statement, *names):
        """Whether this role may."""
        try:
            with transaction.atomic(using=self.connection.alias):
                self.run(statement, *names)
        except DatabaseError:
            return False
        return True


def make_role(server, name, *, login, password=""):
    """A role without any right of its own; one that exists keeps what it has been given besides."""
    if not server.ask("SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        server.run("CREATE ROLE {}", name)
    # To hand tables over to a role one must be in it; from PostgreSQL 16 on, its maker is not by itself.
    if not server.ask("SELECT 1 WHERE pg_has_role(%s, 'USAGE')", name):
        server.run("GRANT {} TO CURRENT_USER", name)
    server.run("ALTER ROLE {} LOGIN" if login else "ALTER ROLE {} NOLOGIN", name)
    if password:
        # Neither the server nor its log ever sees the password itself.
        server.connection.ensure_connection()
        sealed = encrypt_password(password, name, server.connection.connection, "scram-sha-256")
        server.run("ALTER ROLE {} PASSWORD %s", name, values=[sealed])


def hand_over(server, owner):
    """What whoever runs this owns in the schema becomes the owner's."""
    server.run("GRANT USAGE, CREATE ON SCHEMA public TO {}", owner)
    server.run("GRANT CONNECT ON DATABASE {} TO {}", server.connection.settings_dict["NAME"], owner)
    for table in server.ask(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
        " AND relowner <> %s::regrole ORDER BY relname",
        owner,
    ):
        server.run("ALTER TABLE public.{} OWNER TO {}", table, owner)
    for function in server.ask(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner <> %s::regrole"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e') ORDER BY proname",
        owner,
    ):
        server.run("ALTER FUNCTION public.{} OWNER TO {}", function, owner)


def may_work_with(server, owner, role):
    """Rows of every table, those of later migrations too; not the tables themselves, nor the list of migrations."""
    server.run("GRANT CONNECT ON DATABASE {} TO {}", server.connection.settings_dict["NAME"], role)
    server.run("GRANT USAGE ON SCHEMA public TO {}", role)
    server.run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}", role)
    server.run("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}", role)
    later = "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT "
    server.run(later + "SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}", owner, role)
    server.run(later + "USAGE, SELECT ON SEQUENCES TO {}", owner, role)
    server.run("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}", role)


def may_draw_from(server, role, tables):
    """Reads these and nothing else, whatever it might before, and writes nothing."""
    with transaction.atomic(using=server.connection.alias):
        server.run("GRANT CONNECT ON DATABASE {} TO {}", server.connection.settings_dict["NAME"], role)
        server.run("GRANT USAGE ON SCHEMA public TO {}", role)
        server.run("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}", role)
        for table, columns in tables.items():
            names = columns.split()
            some = f" ({', '.join(['{}'] * len(names))})" if names else ""
            server.run(f"GRANT SELECT{some} ON {{}} TO {{}}", *names, table, role)


def make(people, box, roles, *, login=True, passwords=None):
    """All five roles on both databases. Does no harm twice. Whether statements of the box that fail stay out of the
    server's log from now on, which only a superuser may order."""
    people, box, passwords = Server(people), Server(box), passwords or {}
    for name in dict.fromkeys(vars(roles).values()):
        if name != people.ask("SELECT CURRENT_USER")[0]:
            make_role(people, name, login=login, password=passwords.get(name, ""))
    for server in (people, box):
        hand_over(server, roles.owner)
    for role in (roles.web, roles.worker):
        may_work_with(people, roles.owner, role)
    may_work_with(box, roles.owner, roles.box)
    for server, home in ((people, "default"), (box, "box")):
        may_draw_from(server, roles.figures, DRAWN_FROM[home])
    _tell_web_from_worker(people, roles)
    return people.try_to(f"ALTER ROLE {{}} SET {QUIET} = 'panic'", roles.box)


def _tell_web_from_worker(server, roles):
    for table in LOGS:
        server.run("REVOKE UPDATE, DELETE ON {} FROM {}", table, roles.web)
    for table in WORKERS_ALONE:
        server.run("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}", table, roles.web)
    server.run("REVOKE ALL ON FUNCTION portal_every_row() FROM PUBLIC")
    server.run("GRANT EXECUTE ON FUNCTION portal_every_row() TO {}", roles.worker)


# --- Looking at the role one has ----------------------------------------------------------------


def is_real():
    """A trial may run with one role for everything; a real portal may not."""
    return not (settings.DEMO or settings.DEBUG)


def or_stop(*, worker=False):
    """A real portal does not start with a role that sees more than it should. A database that is away is no reason: it
    may be back in a minute, and /readyz asks again."""
    try:
        fault = fault_of_the_roles(worker=worker) if is_real() else ""
    except OperationalError:
        return
    finally:
        connections.close_all()
    if fault:
        sys.stderr.write(f"The portal does not start: {fault}\n")
        # With 3 gunicorn gives up; with any other it would try the same again without end.
        sys.exit(3)


@register(Tags.database, deploy=True)
def check_role(app_configs, databases, **kwargs):
    """``manage.py check --deploy --database default``."""
    if not is_real() or "default" not in (databases or []):
        return []
    fault = fault_of_the_roles()
    said = [Error(fault, id="rounds_site.E001")] if fault else []
    return [*said, *([] if figures_have_a_role() else [checks.Warning(NO_ROLE_FOR_FIGURES, id="rounds_site.W002")])]


def figures_have_a_role() -> bool:
    """Or there are no roles at all."""
    return connections["default"].vendor != "postgresql" or CONNECTIONS["default"] in connections


def fault_of_the_roles(*, worker=False) -> str:
    """Why the roles of this process see more than they should, or figures too little to be drawn; "" where neither is
    so."""
    fault = sees_past_row_security(connections["default"], worker=worker)
    if fault or CONNECTIONS["default"] not in connections:
        return fault
    return next(filter(None, (draws_on_more(connections[own], home) for home, own in CONNECTIONS.items())), "")


def draws_on_more(connection, home) -> str:
    """Why the role of this connection is not the one for figures of that database, in a sentence; "" where it is."""
    if connection.vendor != "postgresql":
        return ""
    server, tables = Server(connection), DRAWN_FROM[home]
    (role,) = server.ask("SELECT CURRENT_USER")
    readable = server.ask(READABLE)
    more = {
        f"{table}.{column}"
        for table, column in readable
        if table not in tables or (tables[table] and column not in tables[table].split())
    }
    if more := more.union(server.ask(WRITABLE)):
        return f"The database role “{role}” is for figures alone and may see or change more: {min(more)}. {MAKE_THEM}"
    if less := tables.keys() - {table for table, _ in readable}:
        return f"The database role “{role}” may not read all that figures are drawn from: {min(less)}. {MAKE_THEM}"
    return ""


def sees_past_row_security(connection, *, worker=False) -> str:
    """Why the policies do not hold for the role of this connection, in a sentence; "" where they do, or where there is
    nothing of the kind."""
    if connection.vendor != "postgresql":
        return ""
    server = Server(connection)
    (role,) = server.ask("SELECT CURRENT_USER")
    guarded = server.ask("SELECT row_security_active(oid) FROM pg_class WHERE relrowsecurity")
    if not guarded:
        return "No table is under row-level security: run manage.py prepare."
    if not all(guarded):
        return (
            f"The database role “{role}” is a superuser, bypasses row-level security or owns the tables, so the "
            f"database would show it everything. {MAKE_THEM}"
        )
    if not worker and sees_every_row(connection):
        return f"The database role “{role}” is the worker's and sees every row. Give the web server the web role."
    return ""


def sees_every_row(connection) -> bool:
    """What makes a role the worker's."""
    return Server(connection).ask("SELECT has_function_privilege('portal_every_row()', 'EXECUTE')") == [True]
