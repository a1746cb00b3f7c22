"""Every statement of every page, beside a large system: PostgreSQL finds its rows by an index and reads no large table
from end to end.

The pages are those of the matrix, asked by each role that gets in, so each concerns a handful of rows; beside them
stand those of a system with 20,000 staff. With SCALE=whole in the environment they are those of 60,000 staff, of 5,000
Rounds in ten years, and two million letters: that takes some minutes. What a page counts over all rows of its own
system is measured instead (bin/bench pages).
"""

import json
import os
from collections import defaultdict

import pytest
import time_machine
from django.db import connections

from tests.architecture.asking import address_of, ask, clients_of
from tests.architecture.conftest import taken_back
from tests.architecture.expected import ASKERS, IN, ROUTES
from tests.architecture.realm import make_realm
from tests.scale.system import know_the_tables, system_of
from tests.worlds import NOON

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(databases=["default", "box"])]

LARGE = 5_000
WHOLE = {}
SMALLER = {"staff": 20_000, "years": 3, "rounds": 1_500, "deliveries": 60_000, "events": 10_000}
SIZE = WHOLE if os.environ.get("SCALE") == "whole" else SMALLER
AUDIENCE = "an audience may be most of the staff, and a facilitator looks at it a few times before a Round"
SOME_OF_ALL_ROUNDS = "of some of the 5,600 in ten years: until a vacuum PostgreSQL rather reads all 2 MB, in 7 ms"
# {(page, table): why it may be read whole there}
READ_WHOLE = {
    ("metrics", "members_delivery"): "all letters are counted by their state, for a machine that asks now and then",
    ("promises", "evaluation_feedbackbox"): "all boxes there ever were are counted, one for each Round: 3 ms for 5,000",
    ("backfill", "rounds_round"): SOME_OF_ALL_ROUNDS,
    ("manage_facilitators", "rounds_round"): SOME_OF_ALL_ROUNDS,
    ("manage_retention", "rounds_round"): SOME_OF_ALL_ROUNDS,
    ("round_invitations", "members_membership"): AUDIENCE,
    ("round_invitations", "members_person"): AUDIENCE,
}


@pytest.fixture(scope="module")
def realm(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), time_machine.travel(NOON, tick=False), taken_back():
        system_of(**SIZE, now=NOON)
        found = make_realm()
        know_the_tables()
        yield found


def test_no_page_reads_a_large_table_from_end_to_end(realm):
    """Where one does: give its condition an index, or ask for less."""
    large, plans, clients = large_tables(), Plans(), clients_of(realm)
    assert {"members_person", "members_delivery", "rounds_roundpartner", "evaluation_itemcount"} <= large
    found = defaultdict(set)
    for key in ROUTES:
        for asker in askers_of(key):
            for table, statement in plans.of(clients[asker], address_of(key, realm)):
                if table in large and (key, table) not in READ_WHOLE:
                    found[table, statement].add(f"{key} by {asker}")
    said = [f"{table}: {', '.join(sorted(pages)[:3])}: {what}" for (table, what), pages in sorted(found.items())]
    assert not said, "\n\n".join(said)


def large_tables():
    found = set()
    for alias in ("default", "box"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [LARGE])
            found |= {name for (name,) in cursor.fetchall()}
    return found


def askers_of(key):
    """One of each role that gets in."""
    return {asker.partition(",")[0]: asker for asker in ASKERS if ROUTES[key].get[asker] == IN}.values()


class Plans:
    """Each statement is explained once, as it was first asked."""

    def __init__(self):
        self.known = {}

    def of(self, client, address):
        """(table that is read whole, statement) of all statements of a page."""
        asked = []
        listen = self._listen(asked)
        with connections["default"].execute_wrapper(listen), connections["box"].execute_wrapper(listen):
            ask(client, "GET", address)
        return [(table, statement) for statement in asked for table in self.known[statement]]

    def _listen(self, asked):
        def listen(execute, statement, params, many, context):
            answer = execute(statement, params, many, context)
            if statement.startswith("SELECT"):
                asked.append(statement)
                if statement not in self.known:
                    self.known[statement] = read_whole(context["connection"], statement, params)
            return answer

        return listen


def read_whole(connection, statement, params):
    # Past Django, which would hear of it as of a statement of the page.
    with connection.connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", params)
        [[[explained]]] = cursor.fetchall()
    explained = json.loads(explained) if isinstance(explained, str) else explained
    return {node["Relation Name"] for node in nodes_of(explained["Plan"]) if node["Node Type"] == "Seq Scan"}


def nodes_of(plan):
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes_of(each)
