"""What ``bin/bench pages`` measures, small: who asks for what, what grows, and how a page is read."""

from collections import defaultdict

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from members.models import Person, SecurityEvent
from rounds.models import Booking, Round
from tests.architecture.asking import ask, clients_of, routes_of
from tests.architecture.expected import IN, LED_ON, ROUTES
from tests.worlds import NOON

from .asking import pages_of
from .growing import A_ROUND, Growth
from .pages import LISTS, MOST, has_its_row, is_list
from .world import fetched_with

pytestmark = pytest.mark.django_db(databases=["default", "box"])

FRAMES = "SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT set_config"


def test_every_page_that_the_resolver_knows_is_asked_for_by_each_role_that_gets_in(realm):
    asked = {(page.key, page.role) for page in pages_of(realm)}
    pages = {key for key, route in ROUTES.items() if route.get is not LED_ON and IN in route.get.values()}
    assert {key for key, _ in asked} == pages
    assert {name for name, _ in routes_of(get_resolver())} == {key.partition(":")[0] for key in ROUTES}
    for key in pages:
        opened_by = {asker.partition(",")[0] for asker, met in ROUTES[key].get.items() if met == IN}
        assert {role for each, role in asked if each == key} == opened_by


def test_each_list_is_seen_by_somebody(realm):
    assert {page.key for page in pages_of(realm) if page.key in LISTS and page.sees} == set(LISTS)


def test_a_realm_grows_to_the_number_that_is_asked_for_and_on_from_there(realm):
    before = [model.objects.count() for model in (Person, Round, SecurityEvent)]
    growth = Growth(realm)
    for size in (3, 25):
        with time_machine.travel(NOON, tick=False):
            growth.to(size)
    after = [model.objects.count() for model in (Person, Round, SecurityEvent)]
    # Of each number a Round, and an idea for one.
    assert [now - then for now, then in zip(after, before, strict=True)] == [25, 50, 25]
    assert Booking.objects.filter(round=realm.today, person__in=growth.people).count() == 25 < A_ROUND


def test_on_each_list_a_row_is_found_by_whoever_sees_it_however_many_there_are(realm):
    with time_machine.travel(NOON, tick=False):
        Growth(realm).to(100)
        clients = clients_of(realm)
        lists = [page for page in pages_of(realm) if is_list(page)]
        words = {page: b"".join(ask(clients[page.asker], "GET", page.address)).decode() for page in lists}
    assert [page for page in lists if not has_its_row(page, words[page])] == []


def test_no_list_asks_the_database_more_often_than_is_meant(realm):
    """Beside the one statement in which PostgreSQL is told who looks."""
    with time_machine.travel(NOON, tick=False):
        Growth(realm).to(3)
        clients, asked = clients_of(realm), defaultdict(set)
        for page in pages_of(realm):
            if is_list(page):
                asked[page.key].add(statements_of(clients[page.asker], page.address))
    many = {key: max(numbers) for key, numbers in asked.items() if max(numbers) > MOST}
    assert many == {}


def statements_of(client, address):
    with CaptureQueriesContext(connection) as queries, CaptureQueriesContext(connections["box"]) as of_boxes:
        ask(client, "GET", address)
    said = [each["sql"] for each in [*queries.captured_queries, *of_boxes.captured_queries]]
    return sum(not sql.startswith(FRAMES) for sql in said)


def test_what_a_browser_fetches_with_a_page_is_counted():
    page = """<link rel="icon" href="/a.svg" type="image/svg+xml"><link rel="stylesheet" href="/b.css">
    <link rel="stylesheet" href="/b.css"><img alt="" src="data:image/png;base64,"><script type="module" src="/c.js">"""
    assert fetched_with(page) == {"/a.svg", "/b.css", "/c.js"}
