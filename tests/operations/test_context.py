"""The bar of links that each kind of person sees, and which of them is marked as where they are."""

import pytest
from django.contrib.auth.models import AnonymousUser

from members.models import System
from rounds_site.context import BARS, LINKS, site
from tests.factories.members import PersonFactory, RoleGrantFactory, SystemFactory

pytestmark = pytest.mark.django_db


def bar(rf, person, path="/"):
    request = rf.get(path)
    request.user = person
    return list(site(request)["navigation"])


def labels(rf, person):
    return [link["label"] for link in bar(rf, person)]


def with_role(role):
    person = PersonFactory()
    RoleGrantFactory(person=person, role=role, system=System.objects.first() or SystemFactory())
    return person


def test_signed_out(rf):
    assert labels(rf, AnonymousUser()) == ["What happens", "Our promises", "Give feedback"]


def test_pages_that_know_nobody_show_the_same_bar_to_all(rf):
    assert [link["label"] for link in site(rf.get("/feedback/"))["navigation"]] == labels(rf, AnonymousUser())


def test_staff(rf):
    assert labels(rf, PersonFactory()) == ["Home", "Find a Round", "My Rounds"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("facilitator", ["Home", "Find a Round", "My Rounds", "Organise", "Figures"]),
        ("administrator", ["Home", "Find a Round", "My Rounds", "Organise", "Manage"]),
        ("governance_lead", ["Home", "Find a Round", "My Rounds", "Manage"]),
        ("mentor", ["Home", "Find a Round", "My Rounds"]),
        ("ics_lead", ["Home", "Find a Round", "Organise", "Figures", "Manage"]),
    ],
)
def test_role_holders(rf, role, expected):
    assert labels(rf, with_role(role)) == expected


def test_the_longest_address_that_leads_here_is_marked(rf):
    def marked(path):
        return [link["label"] for link in bar(rf, PersonFactory(), path) if link["current"]]

    assert marked("/") == ["Home"]
    assert marked("/rounds/0f5c/") == ["Find a Round"]
    assert marked("/account/email/") == []


def test_every_link_stands_in_some_bar():
    assert set(LINKS) == {name for names in BARS.values() for name in names}


def test_the_system_is_asked_for_only_where_a_page_names_it(rf, django_assert_num_queries):
    SystemFactory(name="North Vale")
    request = rf.get("/feedback/")
    with django_assert_num_queries(0):
        found = site(request)
        assert found["service_name"] == "Rounds portal"
    with django_assert_num_queries(1):
        assert found["look"]["name"] == "North Vale"
        assert found["look"]["logo"] is None
