"""Approved e-mail domains: who may keep them, which are refused, and that nobody else learns of them."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from members.actions import domains
from members.models import ApprovedDomain, SecurityEvent
from members.models.audit import Act
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.worlds import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system)


@pytest.fixture
def olu(system):
    return RoleGrantFactory(person=PersonFactory(name="Olu"), role="administrator", system=system).person


@pytest.fixture
def page(riverbank, olu, client):
    client.force_login(olu)
    return reverse("manage_who_gets_in", args=[riverbank.code])


def approve(client, domain, **said):
    return client.post(reverse("approve_domain", args=["XR1"]), {"domain": domain, **said}, follow=True)


def approved():
    return list(ApprovedDomain.objects.order_by("domain").values_list("domain", flat=True))


@pytest.mark.parametrize(
    "written", ["riverbank.nhs.uk", "@Riverbank.NHS.uk", " name@riverbank.nhs.uk ", "riverbank.nhs.uk."]
)
def test_a_domain_is_understood_as_people_write_it(client, page, written):
    answer = approve(client, written)
    assert "Whoever proves an address at riverbank.nhs.uk can choose Riverbank." in answer.content.decode()
    assert approved() == ["riverbank.nhs.uk"]


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "nhs",
        "river bank.nhs.uk",
        "riverbank.nhs.uk\r\nBcc: x@y.example",
        "-x.nhs.uk",
        "nhs.net;",
        "rivеrbank.nhs.uk",
    ],
)
def test_what_is_no_domain_is_said_so_and_what_was_typed_stays(client, page, wrong):
    """The last one has a Cyrillic letter in it: a name that only looks like another is none."""
    answer = approve(client, wrong)
    assert "Enter what stands after the @, like riverbank.nhs.uk" in answer.content.decode()
    assert (answer.status_code, approved()) == (200, [])


def test_one_that_anybody_may_have_is_asked_about_twice(client, page):
    first = approve(client, "Gmail.com")
    assert "Anybody can have an address at gmail.com, so anybody could join as staff of Riverbank." in (
        first.content.decode()
    )
    assert (approved(), 'name="even_public"' in first.content.decode()) == ([], True)
    approve(client, "gmail.com", even_public="on")
    assert approved() == ["gmail.com"]


def test_nhs_net_stands_at_many_and_once_at_each(system, riverbank, olu):
    meadow = OrganisationFactory(system=system)
    for partner in (riverbank, meadow):
        domains.approve(organisation=partner, domain="nhs.net", by=olu, now=NOON)
    with pytest.raises(Refused, match=r"nhs.net is approved already"):
        domains.approve(organisation=meadow, domain="nhs.net", by=olu, now=NOON)
    assert approved() == ["nhs.net", "nhs.net"]


def test_ending_one_is_one_press_and_both_stand_in_the_log(client, page, riverbank, olu):
    approve(client, "riverbank.nhs.uk")
    client.post(reverse("end_domain", args=["XR1", ApprovedDomain.objects.get().pk]))
    assert approved() == []
    rows = SecurityEvent.objects.filter(act__in=[Act.DOMAIN_ADDED, Act.DOMAIN_ENDED]).order_by("at")
    assert list(rows.values_list("act", "by", "about", "where")) == [
        (Act.DOMAIN_ADDED, olu.pk, "riverbank.nhs.uk", riverbank.pk),
        (Act.DOMAIN_ENDED, olu.pk, "riverbank.nhs.uk", riverbank.pk),
    ]


def test_the_domain_of_another_partner_is_not_here(client, page, system, olu):
    other = ApprovedDomain.objects.create(organisation=OrganisationFactory(system=system), domain="meadow.example")
    assert client.post(reverse("end_domain", args=["XR1", other.pk])).status_code == 404
    assert approved() == ["meadow.example"]


def test_doors(client, riverbank, system):
    """Only who looks after the partner sees the page; staff of it learn that there is one, others nothing."""
    other_system = SystemFactory()
    own_admin = RoleGrantFactory(person=PersonFactory(), role="administrator", organisation=riverbank).person
    other_admin = RoleGrantFactory(person=PersonFactory(), role="administrator", system=other_system).person
    page = reverse("manage_who_gets_in", args=["XR1"])
    answers = {}
    for name, person in {
        "own administrator": own_admin,
        "administrator elsewhere": other_admin,
        "staff": PersonFactory(works_for=riverbank),
        "stranger": PersonFactory(),
    }.items():
        client.force_login(person)
        answers[name] = (client.get(page).status_code, approve(client, "riverbank.nhs.uk").status_code)
    assert answers == {
        "own administrator": (200, 200),
        "administrator elsewhere": (404, 404),
        "staff": (403, 403),
        "stranger": (404, 404),
    }


def test_looking_changes_nothing(client, page, riverbank):
    kept = ApprovedDomain.objects.create(organisation=riverbank, domain="riverbank.nhs.uk")
    for name, keys in {"approve_domain": [], "end_domain": [kept.pk]}.items():
        assert client.get(reverse(name, args=["XR1", *keys]))["Location"] == page
    assert approved() == ["riverbank.nhs.uk"]


def test_the_database_keeps_small_letters_and_one_of_each(riverbank):
    ApprovedDomain.objects.create(organisation=riverbank, domain="nhs.net")
    for wrong in ("nhs.net", "NHS.net"):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApprovedDomain.objects.create(organisation=riverbank, domain=wrong)
