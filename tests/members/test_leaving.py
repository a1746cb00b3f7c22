"""Leaving an organisation, by one's own word, an administrator's or a list's: what ends with it, and what stays."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.access import today
from members.actions import correspondence, leaving
from members.models import Delivery, Membership, Person, RoleGrant, SecurityEvent
from members.models.audit import Act
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.members.test_joining import text
from tests.worlds import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system)


@pytest.fixture
def meadow(system):
    return OrganisationFactory(code="XR2", name="Meadow", system=system)


@pytest.fixture
def ben(riverbank):
    return PersonFactory(name="Ben Booker", email="ben@riverbank.example", works_for=riverbank)


@pytest.fixture
def olu(system):
    return RoleGrantFactory(person=PersonFactory(name="Olu"), role="administrator", system=system).person


def leave(person, organisation, by=None, now=NOON):
    job = Membership.objects.get(person=person, organisation=organisation, ends_on=None)
    return leaving.leave(membership=job, by=by or person, now=now)


def roles_of(person, on=None):
    held = RoleGrant.objects.in_force(on or today(NOON)).filter(person=person)
    return sorted(held.order_by().values_list("role", flat=True))


def test_roles_of_that_organisation_end_the_same_day_and_stand_in_the_log(ben, riverbank, meadow):
    MembershipFactory(person=ben, organisation=meadow)
    RoleGrantFactory(person=ben, role="facilitator", organisation=riverbank)
    RoleGrantFactory(person=ben, role="sponsor", organisation=meadow)
    leave(ben, riverbank)
    assert roles_of(ben) == ["sponsor"]
    assert not Membership.objects.in_force(today(NOON)).filter(person=ben, organisation=riverbank).exists()
    assert [(letter.kind, letter.person) for letter in Delivery.objects.all()] == [("role_ended", ben)]
    row = SecurityEvent.objects.get()
    assert (row.act, row.by, row.about, row.where, row.said) == (
        *(Act.ROLE_LAPSED, ben.pk, str(ben.pk), riverbank.pk),
        {"role": "facilitator"},
    )


def test_roles_in_the_system_and_its_places_end_with_the_last_job_there(ben, riverbank, meadow, system):
    place = PlaceFactory(system=system)
    elsewhere = SystemFactory()
    for scope in ({"system": system}, {"place": place}, {"system": elsewhere}):
        RoleGrantFactory(person=ben, role="clinical_lead", **scope)
    MembershipFactory(person=ben, organisation=meadow)
    leave(ben, riverbank)
    assert len(roles_of(ben)) == 3
    leave(ben, meadow)
    assert [grant.scope for grant in RoleGrant.objects.in_force(today(NOON)).filter(person=ben)] == [elsewhere]


def test_a_role_of_somebody_who_never_worked_here_is_not_touched(ben, system, olu):
    job = MembershipFactory(person=olu, organisation=OrganisationFactory())
    leaving.leave(membership=job, by=olu, now=NOON)
    assert roles_of(olu) == ["administrator"]


def test_a_role_that_was_to_begin_later_never_does(ben, riverbank):
    grant = RoleGrantFactory(person=ben, role="facilitator", organisation=riverbank, starts_on=date(2027, 6, 1))
    leave(ben, riverbank)
    assert roles_of(ben, on=date(2027, 7, 1)) == []
    grant.refresh_from_db()
    assert (grant.starts_on, grant.ends_on) == (date(2027, 6, 1), date(2027, 6, 1))


def test_the_only_administrator_of_a_system_names_another_first(client, system, riverbank, olu):
    MembershipFactory(person=olu, organisation=riverbank)
    with pytest.raises(Refused, match=f"Olu is the only administrator of {system}. Name another one first."):
        leave(olu, riverbank)
    assert Membership.objects.in_force(today(NOON)).filter(person=olu).exists()
    client.force_login(olu)
    page = text(client.get(reverse("leave_work", args=[olu.memberships.get().pk])))
    assert ("You are the only administrator" in page, "Yes, I have left" in page) == (True, False)
    closed = RoleGrantFactory(person=PersonFactory(is_active=False), role="administrator", system=system)
    with pytest.raises(Refused):
        leave(olu, riverbank)
    Person.objects.filter(pk=closed.person_id).update(is_active=True)
    leave(olu, riverbank)
    assert roles_of(olu) == []


def test_who_left_keeps_an_account_and_what_they_can_read_about_themselves(client, ben, riverbank):
    leave(ben, riverbank, now=timezone.now())
    client.force_login(ben)
    assert client.get("/your-details/").status_code == 200
    assert "No partner of this portal." in text(client.get("/your-details/"))
    assert Person.objects.filter(pk=ben.pk).exists()


def test_leaving_twice_is_told(ben, riverbank):
    job = ben.memberships.get()
    leaving.leave(membership=job, by=ben, now=NOON)
    with pytest.raises(Refused, match="That had ended already"):
        leaving.leave(membership=job, by=ben, now=NOON)


# --- The pages --------------------------------------------------------------------------------------


def test_one_says_so_oneself_after_seeing_what_ends(client, ben, riverbank):
    RoleGrantFactory(person=ben, role="facilitator", organisation=riverbank)
    client.force_login(ben)
    assert "I have left" in text(client.get("/your-details/"))
    address = reverse("leave_work", args=[ben.memberships.get().pk])
    assert "Your role ends: Facilitator, Riverbank" in text(client.get(address))
    assert Membership.objects.get().ends_on is None
    page = client.post(address, follow=True)
    assert "From today you are not staff of Riverbank here any more." in text(page)
    assert Membership.objects.get().ends_on == timezone.localdate()
    assert client.get(address).status_code == 404
    assert SecurityEvent.objects.filter(act=Act.MEMBERSHIP_ENDED).count() == 0


def test_an_administrator_notes_it_and_learns_nothing_of_places(client, ben, riverbank, olu):
    client.force_login(olu)
    assert "Has left" in text(client.get(reverse("manage_person", args=[ben.pk])))
    address = reverse("end_membership", args=[ben.pk, ben.memberships.get().pk])
    page = text(client.get(address))
    assert "Whatever places they may have at Rounds that nobody else invites them to go to the next in line" in page
    assert "Ben Booker is not staff of Riverbank any more." in text(client.post(address, follow=True))
    row = SecurityEvent.objects.get(act=Act.MEMBERSHIP_ENDED)
    assert (row.by, row.about, row.where) == (olu.pk, str(ben.pk), riverbank.pk)
    correspondence.run()
    assert mail.outbox == []


def test_doors(client, ben, riverbank, meadow):
    job = ben.memberships.get()
    own, theirs = reverse("leave_work", args=[job.pk]), reverse("end_membership", args=[ben.pk, job.pk])
    people = {
        "themself": ben,
        "colleague": PersonFactory(works_for=riverbank),
        "administrator of another": RoleGrantFactory(role="administrator", organisation=meadow).person,
        "administrator of it": RoleGrantFactory(role="administrator", organisation=riverbank).person,
    }
    seen = {}
    for name, person in people.items():
        client.force_login(person)
        seen[name] = (client.get(own).status_code, client.get(theirs).status_code)
    assert seen == {
        "themself": (200, 403),
        "colleague": (404, 403),
        "administrator of another": (404, 404),
        "administrator of it": (404, 200),
    }


def test_an_administrator_of_one_partner_ends_no_job_at_another(client, ben, riverbank, meadow):
    MembershipFactory(person=ben, organisation=meadow)
    client.force_login(RoleGrantFactory(role="administrator", organisation=meadow).person)
    job = ben.memberships.get(organisation=riverbank)
    assert client.post(reverse("end_membership", args=[ben.pk, job.pk])).status_code == 404
    page = text(client.get(reverse("manage_person", args=[ben.pk])))
    assert ("Meadow, Nursing" in page, "Riverbank" in page) == (True, False)


# --- By a list --------------------------------------------------------------------------------------


def test_a_list_ends_three_as_it_ends_one(riverbank, system):
    def statements(number):
        people = [PersonFactory(works_for=riverbank) for _ in range(number)]
        with CaptureQueriesContext(connection) as captured:
            leaving.leave_by_list(jobs=[(each.pk, riverbank.pk) for each in people], by=None, now=NOON)
        return len(captured)

    assert statements(1) == statements(3)


def test_two_last_administrators_on_one_list_both_stay_it(riverbank, system):
    people = [PersonFactory(works_for=riverbank) for _ in range(2)]
    for person in people:
        RoleGrantFactory(person=person, role="administrator", system=system)
        RoleGrantFactory(person=person, role="facilitator", organisation=riverbank)
    lapsed = leaving.leave_by_list(jobs=[(each.pk, riverbank.pk) for each in people], by=None, now=NOON)
    assert [grant.role for grant in lapsed] == ["facilitator"] * 2
    assert [roles_of(person) for person in people] == [["administrator"]] * 2
    assert Membership.objects.in_force(today(NOON) + timedelta(days=1)).count() == 0
