"""Every route, by every method, for everybody: nobody gets where they do not belong, and nobody reads what is not
theirs on the way."""

import pytest
from django.urls import get_resolver

from tests.architecture import realm as world
from tests.architecture.asking import METHODS, clients_of, faults_of, routes_of
from tests.architecture.expected import ASKERS, ROUTES

pytestmark = pytest.mark.django_db(databases=["default", "box"])


@pytest.mark.parametrize("key", ROUTES)
def test_a_route_answers_everybody_as_the_table_says(key, realm, caplog, figures):
    caplog.set_level("INFO")
    faults = faults_of(key, realm, clients_of(realm))
    logged = [word for word in (*world.PEOPLE, *world.WORDS, *world.HOUSE) if word in caplog.text]
    figures("matrix", routes=1, cases=len(faults), leaks=sum(bool(leak) for _, leak in faults) + len(logged))
    assert [said for fault in faults for said in fault if said] + logged == []


def test_no_route_is_forgotten(realm):
    written = {(key.partition(":")[0], frozenset(route.args(realm))) for key, route in ROUTES.items()}
    assert written ^ set(routes_of(get_resolver())) == set()


def test_everybody_asks(realm, figures):
    figures("matrix", roles=len(ASKERS))
    assert set(realm.askers) == set(ASKERS)
    assert len(ASKERS) * len(METHODS) >= 7 * 9
