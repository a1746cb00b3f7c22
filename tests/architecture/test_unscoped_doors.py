"""Beneath the doors: with the rights of the web server, PostgreSQL itself keeps names from whoever they do not concern,
even where a door to a Round lets everybody through."""

import pytest
from django.db.models import F
from django.urls import resolve

from evaluation import access as evaluation
from members.models import RoleGrant
from rounds import access as rounds
from tests.architecture.asking import address_of, ask, client_of
from tests.architecture.doors import UNSCOPED, take_out
from tests.architecture.expected import ROUTES

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(databases=["default", "box"])]

# Who has a place, waits, came, walked in, tells a story or might at Acornfield. Guarded tables alone say so.
NAMES = ("Bookcanary", "Waitcanary", "Cam Listcanary", "Walkcanary", "Tellcanary")
ASKERS = [
    *("anonymous", "booked", "storyteller", "ended, same"),
    *("staff, same", "staff, other", "staff, elsewhere"),
    *("administrator, same", "administrator, system", "administrator, elsewhere"),
    *("facilitator, same", "facilitator, elsewhere", "ics_lead, same", "governance_lead, same"),
]
# A device is nobody: what it may see is the Round of the link that it opened, and the door says which. A list of people
# to choose from says nothing of who booked, came or tells a story, so no policy stands behind it.
OF_NOBODY = {"get_link_of_device", "people_to_appoint"}
DOORS = {
    door: found for door, found in UNSCOPED.items() if door[0] in (rounds, evaluation) and door[1] not in OF_NOBODY
}
# Without row-level security, whoever comes through these doors reads names.
NAMED_BEHIND = {
    "get_round_to_run",
    "get_round_with_panel",
    "get_storyteller",
    "get_story_to_read",
    "get_round_at_the_door",
    "offers_to_read",
    "approaches_to_see",
}


@pytest.fixture(autouse=True)
def ended_by_the_clock_of_the_database(realm):
    """Which stands still when a test travels: whose role ends on that day would hold it still."""
    RoleGrant.objects.exclude(ends_on=None).update(ends_on=F("starts_on"))


def names_read(keys, realm):
    """{(route, asker)} of those who read a name that is not theirs to read."""
    clients = {asker: client_of(realm.askers[asker]) for asker in ASKERS}
    return {
        (key, asker)
        for key in keys
        for asker, client in clients.items()
        for method in ("GET", "POST")
        if asker not in ROUTES[key].names
        and _names(ask(client, method, address_of(key, realm), ROUTES[key].data(realm)))
    }


def _names(response):
    text = b"".join(response) if response.streaming else response.content
    return any(name.encode() in text for name in NAMES)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door[0].__package__}.{door[1]}")
def test_a_door_that_lets_everybody_through_shows_nobody_a_name(door, realm, monkeypatch, as_web_role):
    replacement, key = DOORS[door]
    take_out(door, replacement, monkeypatch)
    with as_web_role():
        assert names_read([key], realm) == set()
    assert bool(names_read([key], realm)) == (door[1] in NAMED_BEHIND)


def test_nor_does_any_page_with_all_of_them_open(realm, monkeypatch, as_web_role):
    for door, (replacement, _) in DOORS.items():
        take_out(door, replacement, monkeypatch)
    keys = [key for key in ROUTES if _is_of_a_round(address_of(key, realm))]
    with as_web_role():
        assert names_read(keys, realm) == set()
    assert len(keys) > 30


def _is_of_a_round(address):
    return resolve(address.partition("?")[0]).func.__module__.startswith(("rounds.", "evaluation."))
