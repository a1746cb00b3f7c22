"""The matrix sees it when any one door has lost its scope; and no page changes anything by being looked at."""

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session

from members.actions import uploads
from members.models import CareEntry
from tests.architecture.asking import address_of, client_of, clients_of, faults_of, leak
from tests.architecture.doors import OPEN_DOORS, UNSCOPED, doors, take_out
from tests.architecture.expected import ROUTES
from tests.worlds import NOON

pytestmark = pytest.mark.django_db(databases=["default", "box"])

LOOK_AROUND = [
    *("anonymous", "booked", "helper", "runs it", "storyteller", "staff, same", "ended, same"),
    *("facilitator, system", "administrator, system", "ics_lead, same", "place_lead, same", "sponsor, same"),
    *("governance_lead, system", "steering_group, same", "mentor, same", "clinical_lead, same"),
]


def test_every_door_is_taken_out_once():
    assert {door for door in doors() if door[1] not in OPEN_DOORS} == set(UNSCOPED)


@pytest.mark.parametrize("door", UNSCOPED, ids=lambda door: f"{door[0].__package__}.{door[1]}")
def test_the_matrix_sees_a_door_without_its_scope(door, realm, monkeypatch, figures):
    replacement, key = UNSCOPED[door]
    staff_list_waits(realm)
    take_out(door, replacement, monkeypatch)
    faults = [fault for fault in faults_of(key, realm, clients_of(realm)) if any(fault)]
    figures("doors", taken_out=1, seen=bool(faults))
    assert faults != []


def staff_list_waits(realm):
    """Of one administrator, who alone may look at it."""
    content = f"Name,Email,Organisation code\nNew Listcanary,new@acornfield.example,{realm.acornfield.code}\n"
    owner = realm.askers["administrator, same"]
    uploads.keep(by=owner, kind="staff", name="staff.csv", content=content.encode(), now=NOON)


@pytest.mark.parametrize("asker", LOOK_AROUND)
def test_looking_changes_nothing(asker, realm, figures):
    client = client_of(realm.askers[asker])
    addresses = [address_of(key, realm) for key in ROUTES]
    before = everything()
    answers = [(key, client.get(address)) for key, address in zip(ROUTES, addresses, strict=True)]
    after = everything()
    figures("crawl", pages=len(answers))
    assert [model for model in before if before[model] != after[model]] == []
    assert [leak(answer, key, asker, "GET") for key, answer in answers if leak(answer, key, asker, "GET")] == []


def everything():
    """{model: its rows}, but for sessions and the log of who opened a register."""
    rows = {}
    for model in apps.get_models(include_auto_created=True):
        if model not in (Session, CareEntry) and model._meta.managed:
            fields = [field.attname for field in model._meta.concrete_fields]
            rows[model] = sorted(map(_in_words, model._base_manager.values_list(*fields)))
    return rows


def _in_words(row):
    """PostgreSQL hands out bytes as a view of its own each time."""
    return repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
