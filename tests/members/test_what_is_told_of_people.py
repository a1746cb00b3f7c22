"""What whoever looks after people is told of them: what lies within what they look after, and not what they do for
another employer."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse

from members.access import jobs_to_read, roles_to_read
from members.models import RoleProposal, SystemEdge, SystemSuccession
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
THEN = dt.date(2024, 1, 1)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def system():
    return SystemFactory(name="Near System")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(name="Riverbank", system=system)


@pytest.fixture
def moonlight():
    return OrganisationFactory(name="Moonlight Care", system=SystemFactory(name="Far System"))


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def looks_after(**scope):
    return RoleGrantFactory(role="administrator", **scope).person


def pages(client, reader, person):
    """The person's own page, and the lists with a search and without."""
    client.force_login(reader)
    yield client.get(reverse("manage_person", args=[person.pk]))
    yield client.get(reverse("manage_people"), {"q": person.name})
    yield client.get(reverse("manage_people"))
    yield client.get(reverse("manage_facilitators"))


@pytest.mark.parametrize("whole", [True, False])
def test_one_employer_is_not_told_of_another(client, system, riverbank, moonlight, whole):
    ben = PersonFactory(name="Ben Booker", works_for=riverbank)
    MembershipFactory(person=ben, organisation=moonlight)
    gone = OrganisationFactory(name="Moonlight Hospice", system=SystemFactory())
    MembershipFactory(person=ben, organisation=gone, ends_on=THEN)
    RoleGrantFactory(person=ben, role="facilitator", organisation=moonlight)
    RoleGrantFactory(person=ben, role="sponsor", organisation=gone, ends_on=THEN)
    reader = looks_after(**({"system": system} if whole else {"organisation": riverbank}))
    own, found, holders, facilitators = map(text, pages(client, reader, ben))
    for page in (own, found, holders, facilitators):
        assert [word for word in ("Moonlight", "Sponsor", "Facilitator<", "As a facilitator") if word in page] == []
    assert "Riverbank, Nursing and midwifery, since 1 April 2020" in own
    assert ("Ben Booker" in found, "Ben Booker" in holders, "Ben Booker" in facilitators) == (True, False, False)
    assert client.get(reverse("manage_training", args=[ben.pk])).status_code == 404


@pytest.mark.parametrize("name", ["manage_role_dates", "end_role"])
def test_a_role_elsewhere_is_not_there(client, system, riverbank, moonlight, name):
    ben = PersonFactory(works_for=riverbank)
    far = RoleGrantFactory(person=ben, role="sponsor", organisation=moonlight)
    client.force_login(looks_after(system=system))
    assert client.post(reverse(name, args=[ben.pk, far.pk])).status_code == 404


def test_a_partner_is_not_told_of_roles_in_its_system_nor_of_who_is_proposed(client, system, riverbank):
    ben = PersonFactory(works_for=riverbank)
    RoleGrantFactory(person=ben, role="place_lead", place=PlaceFactory(system=system))
    RoleProposal.objects.create(
        person=ben, role="ics_lead", system=system, starts_on=NOON.date(), proposed_by=PersonFactory(), created_at=NOON
    )
    words = ("Place lead", "ICS lead")
    own, *_ = map(text, pages(client, looks_after(organisation=riverbank), ben))
    assert [word in own for word in words] == [False, False]
    own, *_ = map(text, pages(client, looks_after(system=system), ben))
    assert [word in own for word in words] == [True, True]


def test_a_job_that_ended_in_the_system_stays_told_there_though_its_organisation_has_gone(system, riverbank):
    job = MembershipFactory(organisation=riverbank, ends_on=THEN)
    grant = RoleGrantFactory(organisation=riverbank, ends_on=THEN)
    for ends_on in (THEN - dt.timedelta(days=900), NOON.date(), None):
        MembershipFactory(organisation=riverbank, ends_on=ends_on)
    SystemEdge.objects.update(starts_on=THEN - dt.timedelta(days=99), ends_on=THEN)
    reader = looks_after(system=system)
    assert set(jobs_to_read(reader, now=NOON)) == {job}
    assert set(roles_to_read(reader, now=NOON).filter(role="facilitator")) == {grant}


def test_a_system_that_took_on_another_is_told_what_was_told_there(system, riverbank):
    job = MembershipFactory(organisation=riverbank, ends_on=THEN)
    mentor = RoleGrantFactory(role="mentor", system=system, ends_on=THEN)
    SystemEdge.objects.update(ends_on=THEN)
    between, today = SystemFactory(), SystemFactory()
    for before, after in ((system, between), (between, today)):
        SystemSuccession.objects.create(predecessor=before, successor=after, kind="renaming", on=THEN)
    reader = looks_after(system=today)
    assert set(jobs_to_read(reader, now=NOON)) == {job}
    assert mentor in roles_to_read(reader, now=NOON)
    assert set(jobs_to_read(looks_after(system=SystemFactory()), now=NOON)) == set()
