"""Partners, people and roles: what may be done to them, and what is refused."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress

from members.access import today
from members.actions import invitations, memberships, organisations, people
from members.models import JoinLink, Membership, Organisation, Person, PlaceEdge, RoleGrant, StaffCount
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    JoinLinkFactory,
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    SystemFactory,
)

NOW = datetime(2027, 3, 3, 12, 0, tzinfo=ZoneInfo("Europe/London"))
TODAY = date(2027, 3, 3)

pytestmark = pytest.mark.django_db


# --- Partners and Places ----------------------------------------------------------------------------


def test_partners_without_an_ods_code_are_numbered():
    system = SystemFactory()
    codes = [
        organisations.add_partner(system=system, name=f"Home {n}", sector="social_care", now=NOW).code for n in (1, 2)
    ]
    assert codes == ["L0001", "L0002"]
    assert set(Organisation.objects.in_system(system, on=TODAY).values_list("local_code", flat=True)) == {True}


def test_the_code_after_the_ten_thousandth_partner():
    OrganisationFactory(code="L9999", local_code=True)
    OrganisationFactory(code="L10000", local_code=True)
    assert organisations.add_partner(system=SystemFactory(), name="Home", sector="housing", now=NOW).code == "L10001"


def test_a_partner_is_added_once():
    system = SystemFactory()
    organisations.add_partner(system=system, name="Quarry Lane", sector="social_care", now=NOW)
    with pytest.raises(Refused, match=r"^quarry lane is a partner already\.$"):
        organisations.add_partner(system=system, name="quarry lane", sector="social_care", now=NOW)


def test_only_what_was_changed_by_hand_is_noted():
    partner = OrganisationFactory(name="Riverbank", postcode="NV1 1AA")
    partner = organisations.correct(organisation=partner, facts={"name": "Riverbank", "postcode": "NV9 9ZZ"}, now=NOW)
    assert (partner.postcode, partner.corrected) == ("NV9 9ZZ", ["postcode"])
    assert organisations.correct(organisation=partner, facts={"sector": "hospice"}, now=NOW).corrected == [
        "postcode",
        "sector",
    ]


def test_places_of_one_name_get_codes_of_their_own():
    north, south = SystemFactory(), SystemFactory()
    codes = [
        organisations.add_place(system=each, name="Alder Hill", now=NOW).code
        for each in (north, south, SystemFactory())
    ]
    assert codes == ["alder-hill", "alder-hill-2", "alder-hill-3"]
    with pytest.raises(Refused, match=r"^ALDER HILL is a Place of North Vale already\.$"):
        organisations.add_place(system=north, name="ALDER HILL", now=NOW)


def test_a_name_without_a_letter_for_an_address_still_gets_a_code():
    assert organisations.add_place(system=SystemFactory(), name="谷", now=NOW).code == "place"


def test_a_place_renamed_keeps_its_code():
    place = organisations.rename_place(place=PlaceFactory(code="alder-hill"), name="Alder Vale", now=NOW)
    assert (place.name, place.code) == ("Alder Vale", "alder-hill")


def test_serving_a_place_begins_and_ends_on_a_day():
    place, partner = PlaceFactory(), OrganisationFactory(name="Riverbank")
    organisations.serve_place(organisation=partner, place=place, now=NOW)
    with pytest.raises(Refused, match=rf"^Riverbank serves {place.name} already\.$"):
        organisations.serve_place(organisation=partner, place=place, now=NOW)
    organisations.leave_place(organisation=partner, place=place, now=NOW + timedelta(days=30))
    edge = PlaceEdge.objects.get()
    assert (edge.starts_on, edge.ends_on) == (TODAY, date(2027, 4, 2))
    with pytest.raises(Refused, match=rf"^Riverbank does not serve {place.name}\.$"):
        organisations.leave_place(organisation=partner, place=place, now=NOW)


def test_staff_numbers_of_the_same_day_are_replaced_and_of_another_day_kept():
    partner = OrganisationFactory()
    for numbers, day in [
        ({"nursing": 400, "medical": 90}, TODAY),
        ({"nursing": 420}, TODAY),
        ({"nursing": 9}, date(2026, 1, 1)),
    ]:
        organisations.count_staff(organisation=partner, numbers=numbers, counted_on=day, now=NOW)
    counts = StaffCount.objects.order_by("counted_on", "staff_group").values_list("staff_group", "number", "source")
    assert list(counts) == [("nursing", 9, "typed"), ("medical", 90, "typed"), ("nursing", 420, "typed")]


# --- People -----------------------------------------------------------------------------------------


def test_an_address_is_proven_only_where_it_comes_from_a_trusted_source():
    people.add_person(email=" Ben@Riverbank.Example ", trusted=True)
    people.add_person(email="cleo@quarry.example", trusted=False)
    rows = EmailAddress.objects.order_by("email").values_list("email", "verified", "primary")
    assert list(rows) == [("ben@riverbank.example", True, True), ("cleo@quarry.example", False, True)]


def test_a_second_person_with_the_same_address_is_refused_kindly():
    people.add_person(email="ben@riverbank.example", trusted=True)
    with pytest.raises(Refused) as refusal:
        people.add_person(email="BEN@riverbank.example", trusted=True)
    assert str(refusal.value) == people.KNOWN
    assert Person.objects.count() == 1


def test_the_second_address_of_somebody_is_theirs():
    ben = PersonFactory(email="ben@riverbank.example")
    EmailAddress.objects.create(user=ben, email="ben@home.example", verified=True)
    EmailAddress.objects.create(user=PersonFactory(), email="claimed@home.example", verified=False)
    assert Person.objects.known_as(" Ben@Home.example") == ben
    assert Person.objects.known_as("claimed@home.example") is None
    with pytest.raises(Refused) as refusal:
        people.add_person(email="ben@home.example", trusted=True)
    assert str(refusal.value) == people.KNOWN
    assert Person.objects.count() == 2


def test_unconfirmed_accounts_are_forgotten_and_nobody_else():
    old = NOW - timedelta(days=3)
    kept = [
        PersonFactory(created_at=old),
        PersonFactory(created_at=old, verified=False, works_for=OrganisationFactory()),
        RoleGrantFactory(person=PersonFactory(created_at=old, verified=False), system=SystemFactory()).person,
        PersonFactory(created_at=NOW, verified=False),
    ]
    PersonFactory(created_at=old, verified=False)
    everybody, before = list(Person.objects.values_list("pk", flat=True)), NOW - timedelta(days=1)
    assert people.forget_unconfirmed(everybody, before=before) == 1
    assert set(Person.objects.all()) == set(kept)


def test_invitations_are_stopped_once_and_resumed():
    person = PersonFactory()
    invitations.stop(person=person, now=NOW)
    invitations.stop(person=person, now=NOW + timedelta(days=1))
    person.refresh_from_db()
    assert person.invitations_stopped_at == NOW
    assert invitations.resume(person=person).invitations_stopped_at is None


# --- Joining ----------------------------------------------------------------------------------------


def test_a_new_join_link_ends_the_one_before():
    partner = OrganisationFactory()
    first, second = [invitations.make_join_link(organisation=partner, by=None, now=NOW) for _ in range(2)]
    assert first.token != second.token
    assert set(JoinLink.objects.values_list("pk", "ended_at")) == {(first.pk, NOW), (second.pk, None)}
    invitations.end_join_link(organisation=partner, by=None, now=NOW)
    assert not JoinLink.objects.filter(ended_at=None).exists()


def test_joining_makes_an_employee_and_names_them_if_they_had_no_name():
    link, person = JoinLinkFactory(), PersonFactory(name="")
    for name in ("Cleo Carer", "Somebody Else"):
        invitations.join(person=person, token=link.token, name=name, staff_group="social_care", now=NOW)
    membership = Membership.objects.get()
    assert (membership.organisation, membership.source, membership.starts_on) == (link.organisation, "joined", TODAY)
    assert person.name == "Cleo Carer"


def test_an_ended_link_lets_nobody_join():
    link = JoinLinkFactory(ended_at=NOW)
    with pytest.raises(Refused, match=r"^The link you used has ended\. Please ask"):
        invitations.join(person=PersonFactory(), token=link.token, name="", staff_group="nursing", now=NOW)


# --- Roles ------------------------------------------------------------------------------------------


@pytest.fixture
def system():
    return SystemFactory()


def holder(role, **scope):
    return RoleGrantFactory(role=role, person=PersonFactory(), **scope).person


@pytest.mark.parametrize(
    ("giver", "role", "allowed"),
    [
        ("administrator", "administrator", True),
        ("administrator", "facilitator", True),
        ("ics_lead", "facilitator", True),
        ("ics_lead", "administrator", False),
        ("facilitator", "facilitator", False),
        ("governance_lead", "governance_lead", False),
    ],
)
def test_the_role_table_says_who_gives_what(system, giver, role, allowed):
    by, person = holder(giver, system=system), PersonFactory()
    if not allowed:
        with pytest.raises(Refused, match=r"^Your own role does not let you give or end the role"):
            memberships.give_role(person=person, role=role, where=system, by=by, now=NOW)
        return
    grant = memberships.give_role(person=person, role=role, where=system, by=by, now=NOW)
    assert (grant.scope, grant.starts_on, grant.granted_by) == (system, TODAY, by)


def test_a_role_is_given_only_within_ones_own_scope(system):
    riverbank = OrganisationFactory(system=system)
    place = PlaceFactory(system=system)
    by, person = holder("administrator", organisation=riverbank), PersonFactory()
    memberships.give_role(person=person, role="facilitator", where=riverbank, by=by, now=NOW)
    for elsewhere in (system, place, OrganisationFactory(system=system)):
        with pytest.raises(Refused):
            memberships.give_role(person=person, role="facilitator", where=elsewhere, by=by, now=NOW)
    whole = holder("administrator", system=system)
    for covered in (place, riverbank, system):
        memberships.give_role(person=PersonFactory(), role="facilitator", where=covered, by=whole, now=NOW)
    with pytest.raises(Refused):
        memberships.give_role(person=person, role="facilitator", where=SystemFactory(), by=whole, now=NOW)


def test_a_role_holds_only_where_the_table_lets_it(system):
    with pytest.raises(Refused):
        memberships.give_role(
            person=PersonFactory(),
            role="ics_lead",
            where=OrganisationFactory(system=system),
            by=holder("administrator", system=system),
            now=NOW,
        )


def test_a_role_is_given_once(system):
    by, person = holder("administrator", system=system), PersonFactory(name="Ada Example")
    memberships.give_role(person=person, role="mentor", where=system, by=by, now=NOW)
    with pytest.raises(Refused, match=r"^Ada Example holds that role there already\.$"):
        memberships.give_role(person=person, role="mentor", where=system, by=by, now=NOW)


def test_a_role_ends_the_day_it_is_ended(system):
    by = holder("administrator", system=system)
    grant = memberships.give_role(person=PersonFactory(), role="mentor", where=system, by=by, now=NOW)
    memberships.end_role(grant=grant, by=by, now=NOW)
    assert not RoleGrant.objects.in_force(today(NOW)).filter(role="mentor").exists()


def test_a_role_is_ended_only_by_those_who_may_give_it(system):
    administrator = RoleGrantFactory(role="administrator", system=system)
    with pytest.raises(Refused):
        memberships.end_role(grant=administrator, by=holder("ics_lead", system=system), now=NOW)


def test_the_last_administrator_stays(system):
    first, second = (RoleGrantFactory(role="administrator", system=system) for _ in range(2))
    memberships.end_role(grant=second, by=first.person, now=NOW)
    with pytest.raises(Refused, match=r"is the only administrator\. Name another one first\.$"):
        memberships.end_role(grant=first, by=first.person, now=NOW)
