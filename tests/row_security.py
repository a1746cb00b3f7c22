"""The tests' own roles of PostgreSQL, one set a process: what the web server and the worker may see of a test's rows.

The ordinary tests run as the role that owns the tables, which sees everything.
"""

import copy
import secrets
import uuid
from contextlib import ExitStack, contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
from django.core.handlers.base import BaseHandler
from django.db import connection, connections
from django.db.backends.signals import connection_created
from psycopg2 import sql

from rounds_site import database_roles
from rounds_site.database_roles import Roles
from rounds_site.kit import sight
from rounds_site.kit.drawing import CONNECTIONS

GUARDED = {
    "rounds_booking",
    "rounds_diaryentry",
    "rounds_needs",
    "rounds_storyteller",
    "rounds_preparationstep",
    "rounds_meeting",
    "rounds_meetinganswer",
    "rounds_story",
    "rounds_storyconsent",
    "rounds_storyreader",
    "rounds_offer",
    "rounds_approach",
    "rounds_debrief",
    "rounds_careowed",
    "evaluation_attendance",
    "evaluation_firstroundcounted",
    "members_careentry",
}
PREFIX = f"test_{uuid.uuid4().hex[:8]}"
PASSWORD = secrets.token_urlsafe(24)
WEB, WORKER, BOX, FIGURES = (f"{PREFIX}_{part}" for part in ("web", "worker", "box", "figures"))


def make_roles_here():
    """On the databases at which the ORM points now; their owner stays who they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_USER")
        roles = Roles(owner=cursor.fetchone()[0], web=WEB, worker=WORKER, box=BOX, figures=FIGURES)
    passwords = dict.fromkeys((WEB, WORKER, BOX, FIGURES), PASSWORD)
    database_roles.make(connections["default"], connections["box"], roles, passwords=passwords)


def drop_roles():
    """Once the databases are gone in which they had rights."""
    if connection.vendor != "postgresql":
        return
    with psycopg2.connect(**connection.get_connection_params() | {"dbname": "postgres"}) as server:
        for role in (WEB, WORKER, BOX, FIGURES):
            server.cursor().execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
    server.close()


def url_as(role, url):
    """The same database, signed in as another role."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(PASSWORD)}@{host}"))


@contextmanager
def as_role(role):
    """This connection, and every one that is opened meanwhile, with the rights of that role; the box with its own."""
    with ExitStack() as stack:
        for alias, name in (("default", role), ("box", BOX)):
            stack.enter_context(_become(alias, name))
        yield


@contextmanager
def _become(alias, role):
    def become(connection, **kwargs):
        if connection.alias == alias:
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))

    connections[alias].ensure_connection()
    become(connections[alias])
    connection_created.connect(become)
    try:
        yield
    finally:
        connection_created.disconnect(become)
        with connections[alias].cursor() as cursor:
            cursor.execute("RESET ROLE")


class BlindRead(AssertionError):
    pass


def refuse_blind_reads(patch):
    """On every engine: a page that touches a guarded table without having said who looks fails, as on PostgreSQL it
    would find nothing."""
    answer = BaseHandler.get_response

    def watched(handler, request):
        with connections["default"].execute_wrapper(refuse_blind):
            return answer(handler, request)

    patch.setattr(BaseHandler, "get_response", watched)


def refuse_blind(execute, statement, *rest):
    touched = sorted(table for table in GUARDED if f'"{table}"' in str(statement))
    if touched and not sight.said():
        raise BlindRead(f"{touched} without a sight: {statement}")
    return execute(statement, *rest)


# --- Figures over connections of their own ------------------------------------------------------


@contextmanager
def figures_apart():
    """What is read for figures goes over connections of their own, which share the transaction of the test; on
    PostgreSQL with the rights of the role that is for them. Yields {alias: the statements that went over it}."""
    asked = {alias: [] for home in CONNECTIONS.items() for alias in home}
    with ExitStack() as stack:
        for home, own in CONNECTIONS.items():
            connections[home].ensure_connection()
            stack.enter_context(connections[home].execute_wrapper(_noting(asked[home])))
            stack.enter_context(_beside(home, own, _noting(asked[own])))
        yield asked


@contextmanager
def _beside(home, own, note):
    beside = copy.copy(connections[home])
    beside.alias, beside.execute_wrappers = own, [note]
    if beside.vendor == "postgresql":
        beside.execute_wrappers.append(_with_rights_for_figures)
    connections.settings[own] = connections.settings[home]
    connections[own] = beside
    try:
        yield
    finally:
        del connections[own], connections.settings[own]


def _noting(statements):
    def note(execute, statement, *rest):
        statements.append(str(statement))
        return execute(statement, *rest)

    return note


def _with_rights_for_figures(execute, statement, parameters, many, context):
    with context["connection"].connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_USER")
        before = cursor.fetchone()[0]
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(FIGURES)))
        answer = execute(statement, parameters, many, context)
        # Where it was refused, what went before in this transaction is gone too, the role with it.
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(before)))
    return answer
