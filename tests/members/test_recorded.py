"""Each act that the security log is to know leaves its row, once, with who did it."""

import pytest
from django.urls import reverse

from members.actions import imports, ods, organisations, people, staff_imports, staff_lists
from members.actions.staff_changes import compare
from members.models import SecurityEvent
from members.models.audit import Act
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PersonFactory, PlaceFactory, SystemFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def system():
    return SystemFactory(code="QXV")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system)


@pytest.fixture
def ada():
    return PersonFactory()


def logged():
    return list(SecurityEvent.objects.order_by("pk").values_list("act", "by", "where", "said"))


def test_a_partner_and_its_places(system, riverbank, ada):
    said = {"by": ada, "now": NOON}
    partner = organisations.add_partner(system=system, name="Quarry Lane", sector="social_care", **said)
    organisations.correct(organisation=partner, facts={"name": "Quarry Lane", "contact_name": "Cleo Carer"}, **said)
    organisations.correct(organisation=partner, facts={"name": "Quarry Lane"}, **said)
    place = PlaceFactory(system=system, name="Alder Hill")
    organisations.serve_place(organisation=partner, place=place, **said)
    organisations.leave_place(organisation=partner, place=place, **said)
    with pytest.raises(Refused):
        organisations.leave_place(organisation=partner, place=place, **said)
    assert sorted(logged(), key=str) == sorted(
        [
            (Act.ORGANISATION_ADDED, ada.pk, partner.pk, {}),
            (Act.ORGANISATION_CHANGED, ada.pk, partner.pk, {"what": ["contact name"]}),
            (Act.ORGANISATION_CHANGED, ada.pk, partner.pk, {"what": ["serves Alder Hill"]}),
            (Act.ORGANISATION_CHANGED, ada.pk, partner.pk, {"what": ["does not serve Alder Hill any more"]}),
        ],
        key=str,
    )


def test_places_sites_and_the_numbers_of_staff(system, riverbank, ada):
    said = {"by": ada, "now": NOON}
    place = organisations.add_place(system=system, name="Alder Hill", **said)
    organisations.rename_place(place=place, name="Alder Vale", **said)
    site = organisations.add_site(organisation=riverbank, name="Laundry", **said)
    for attempt in (
        lambda: organisations.add_site(organisation=riverbank, name="LAUNDRY", **said),
        lambda: organisations.add_place(system=system, name="alder vale", **said),
    ):
        with pytest.raises(Refused):
            attempt()
    organisations.rename_site(site=site, name="Linen", **said)
    organisations.end_site(site=site, **said)
    organisations.add_site(organisation=riverbank, name="linen", **said)
    organisations.count_staff(organisation=riverbank, numbers={"nursing": 9}, counted_on=NOON.date(), **said)
    what = [
        "has the site Laundry",
        "calls the site Laundry “Linen” now",
        "has the site Linen no more",
        "has the site Linen",
        "staff numbers of 3 March 2027",
    ]
    changed = [(Act.ORGANISATION_CHANGED, ada.pk, riverbank.pk, {"what": [each]}) for each in what]
    of_place = [(act, ada.pk, place.pk, {}) for act in (Act.PLACE_ADDED, Act.PLACE_RENAMED)]
    assert sorted(logged(), key=str) == sorted([*of_place, *changed], key=str)


def test_somebody_who_is_added_by_hand(riverbank, ada):
    added = {"name": "Cleo", "organisation": riverbank, "staff_group": "nursing", "by": ada, "now": NOON}
    cleo = people.add_staff(email="cleo@riverbank.example", **added)
    assert SecurityEvent.objects.get().about == str(cleo.pk)
    with pytest.raises(Refused):
        people.add_staff(email="cleo@riverbank.example", **added)
    assert logged() == [(Act.PERSON_ADDED, ada.pk, riverbank.pk, {})]


def test_a_staff_list_in_numbers_without_a_name(riverbank, ada):
    found = staff_lists.read(
        b"Email,Organisation code\none@riverbank.example,XR1\ntwo@riverbank.example,XR1\n", organisations=[riverbank]
    )
    told = compare(found, organisations=[riverbank], now=NOON)
    staff_imports.accept(found, organisations=[riverbank], digest=told.digest, by=ada, now=NOON)
    said = {"what": "a staff list", "new": 2, "changed": 0, "ended": 0}
    assert logged() == [(Act.IMPORT_ACCEPTED, ada.pk, riverbank.pk, said)]


def test_an_import_that_is_refused_leaves_no_row(riverbank, ada):
    found = staff_lists.read(b"Email,Organisation code\none@riverbank.example,XR1\n", organisations=[riverbank])
    with pytest.raises(Refused):
        staff_imports.accept(found, organisations=[riverbank], digest="another", by=ada, now=NOON)
    assert logged() == []


def test_partners_from_a_list(system, ada):
    content = b"ods_code,name,kind,icb_code,region,postcode\nRXX,Vale NHS Trust,nhs_trust,QXV,North,NV1 1AA\n"
    found = ods.read(content, icb="QXV")
    digest = imports.preview(found, system=system, now=NOON).digest
    imports.accept(found, system=system, digest=digest, by=ada, now=NOON)
    assert logged() == [
        (Act.IMPORT_ACCEPTED, ada.pk, system.pk, {"what": "partners from an ODS list", "rows": 1}),
    ]


def test_reading_a_page_of_manage_leaves_no_row(client, riverbank):
    """Looking is no act; what was looked at stands in no log but the care log."""
    person = PersonFactory()
    client.force_login(person)
    client.get(reverse("manage"))
    client.get(reverse("support"))
    assert logged() == []
