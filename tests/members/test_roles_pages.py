"""Roles with dates, and those that take two people, as they are given and confirmed on the pages of Manage."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpRequest

from members import current
from members.access import today
from members.models import RoleGrant, RoleProposal
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = today(NOON)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def system():
    return SystemFactory(code="QXV")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system)


@pytest.fixture
def ben(riverbank):
    return PersonFactory(name="Ben Booker", works_for=riverbank)


@pytest.fixture
def olu(client, system):
    person = RoleGrantFactory(role="administrator", system=system, person__name="Olu Admin").person
    client.force_login(person)
    return person


@pytest.fixture
def ines(system):
    return RoleGrantFactory(role="ics_lead", system=system, person__name="Ines Lead").person


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def give(client, person, role, **days):
    said = {"role": role, "where": "system:QXV"}
    for name, day in days.items():
        said |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    return client.post(f"/manage/people/{person.pk}/role/", said, follow=True)


def test_a_role_with_dates(client, olu, ben):
    page = text(give(client, ben, "mentor", first_day=TODAY + DAY, last_day=TODAY + 9 * DAY))
    assert "Ben Booker has the role Mentor from Thursday 4 March 2027" in page
    assert "Begins on Thursday 4 March 2027, last day Friday 12 March 2027" in page
    grant = RoleGrant.objects.get(person=ben)
    assert (grant.starts_on, grant.ends_on) == (TODAY + DAY, TODAY + 10 * DAY)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ({"first_day": TODAY - DAY}, "The first day must be today or later."),
        ({"last_day": TODAY - DAY}, "The last day must not be before the first."),
        ({"last_day": TODAY.replace(year=9999)}, "The last day must have a year from 2000 to 2099"),
    ],
)
def test_days_that_cannot_be(client, olu, ben, days, sentence):
    assert sentence in text(give(client, ben, "mentor", **days))
    assert not RoleGrant.objects.filter(person=ben).exists()


def test_its_dates_are_changed(client, olu, ben):
    give(client, ben, "mentor")
    grant = RoleGrant.objects.get(person=ben)
    address = f"/manage/people/{ben.pk}/roles/{grant.pk}/"
    assert "It began on Wednesday 3 March 2027, and that stays." in text(client.get(address))
    said = {"last_day_day": 31, "last_day_month": "March", "last_day_year": 2027}
    page = text(client.post(address, said, follow=True))
    assert "Since 3 March 2027, last day Wednesday 31 March 2027" in page
    assert "must not be before the first" in text(client.post(address, said | {"last_day_day": 2}))
    grant.refresh_from_db()
    assert grant.last_day.day == 31


def test_dates_are_changed_by_those_who_may_give_the_role(client, olu, ines, ben):
    give(client, ben, "administrator")
    grant = RoleGrant.objects.get(person=ben)
    client.force_login(ines)
    assert client.get(f"/manage/people/{ben.pk}/roles/{grant.pk}/").status_code == 403
    assert client.get(f"/manage/people/{ines.pk}/roles/{grant.pk}/").status_code == 404


def proposed(client, olu, ines, ben):
    page = text(give(client, ben, "ics_lead"))
    assert "Ben Booker is proposed as ICS lead: North Vale Integrated Care System." in page
    assert "Proposed by Olu Admin on Wednesday 3 March 2027" in page
    assert "Withdraw" in page
    assert "Confirm" not in page
    return RoleProposal.objects.get()


def test_a_further_lead_takes_two_people(client, olu, ines, ben):
    proposal = proposed(client, olu, ines, ben)
    assert "is proposed as" not in text(client.get("/manage/"))
    confirm = f"/manage/people/{ben.pk}/proposed/{proposal.pk}/confirm/"
    assert "A second person confirms it" in text(client.post(confirm, follow=True))
    assert not RoleGrant.objects.filter(person=ben).exists()

    client.force_login(ines)
    assert "Ben Booker is proposed as ICS lead</a><span>By Olu Admin; a second person confirms it by" in text(
        client.get("/manage/")
    )
    assert "Confirm" in text(client.get(f"/manage/people/{ben.pk}/"))
    client.get(confirm)
    assert not RoleGrant.objects.filter(person=ben).exists()
    page = text(client.post(confirm, follow=True))
    assert "Ben Booker has the role ICS lead from Wednesday 3 March 2027. We write to them." in page
    assert "Proposed by Olu Admin, confirmed by Ines Lead" in page
    assert client.post(confirm).status_code == 404


def test_it_is_declined(client, olu, ines, ben):
    proposal = proposed(client, olu, ines, ben)
    client.force_login(ines)
    page = text(client.post(f"/manage/people/{ben.pk}/proposed/{proposal.pk}/decline/", follow=True))
    assert "Ben Booker is not proposed as ICS lead any more." in page
    assert not RoleProposal.objects.exists()


def test_nobody_else_decides_it(client, olu, ines, ben, riverbank):
    proposal = proposed(client, olu, ines, ben)
    of_riverbank = RoleGrantFactory(role="administrator", organisation=riverbank).person
    far = RoleGrantFactory(role="administrator", system=SystemFactory()).person
    for verb in ("confirm", "decline"):
        address = f"/manage/people/{ben.pk}/proposed/{proposal.pk}/{verb}/"
        for person, status in ((of_riverbank, 403), (far, 404), (ben, 403)):
            client.force_login(person)
            assert client.post(address).status_code == status
    assert RoleProposal.objects.exists()


def test_whoever_gives_a_role_shows_first_that_it_is_them(client, olu, ines, ben):
    grant = RoleGrantFactory(person=ben, role="sponsor", organisation=ben.memberships.get().organisation)
    proposal = proposed(client, olu, ines, ben)
    client.force_login(ines)
    forget_the_proof(client)
    for address in (
        f"/manage/people/{ben.pk}/role/",
        f"/manage/people/{ben.pk}/roles/{grant.pk}/",
        f"/manage/people/{ben.pk}/proposed/{proposal.pk}/confirm/",
    ):
        assert "account/prove.html" in [each.name for each in client.post(address).templates]
    assert not RoleGrant.objects.filter(person=ben, role="ics_lead").exists()


def forget_the_proof(client):
    request = HttpRequest()
    request.session = client.session
    current.forget(request, "proven")
