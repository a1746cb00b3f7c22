"""The Manage pages: who may open them, what they do, and what bad input gets."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.actions.ods import KINDS
from members.forms.people import may_words
from members.models import JoinLink, Organisation, Person, Place, PlaceEdge, RoleGrant, StaffCount, System
from members.reports import checklist
from tests.factories.members import (
    JoinLinkFactory,
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    StaffCountFactory,
    SystemFactory,
)

pytestmark = pytest.mark.django_db

LIST = Path(__file__).parent.parent / "data" / "ods_list.csv"


@pytest.fixture
def system():
    return SystemFactory(code="QXV")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system)


@pytest.fixture
def administrator(client, system):
    person = RoleGrantFactory(role="administrator", system=system, person__name="Ada Example").person
    client.force_login(person)
    return person


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def queries_of(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


# --- Doors ------------------------------------------------------------------------------------------

PAGES = [
    "/manage/",
    "/manage/settings/",
    "/manage/organisations/",
    "/manage/organisations/add/",
    "/manage/organisations/XR1/",
    "/manage/organisations/XR1/change/",
    "/manage/organisations/XR1/staff/",
    "/manage/places/add/",
    "/manage/places/alder-hill/",
    "/manage/imports/",
    "/manage/imports/organisations/",
    "/manage/imports/staff/",
    "/manage/imports/staff/template.csv",
    "/manage/people/",
    "/manage/people/add/",
    "/manage/people/{ben}/",
    "/manage/people/{ben}/role/",
]
VERBS = [
    "/manage/organisations/XR1/places/",
    "/manage/organisations/XR1/places/alder-hill/end/",
    "/manage/organisations/XR1/join-link/",
    "/manage/organisations/XR1/join-link/end/",
    "/manage/imports/organisations/accept/",
    "/manage/imports/staff/accept/",
    "/manage/people/{ben}/roles/{grant}/end/",
]
OWN = [
    *("/manage/", "/manage/organisations/", "/manage/people/", "/manage/people/add/"),
    *("/manage/imports/", "/manage/imports/staff/", "/manage/imports/staff/template.csv"),
]
OF_RIVERBANK = [page for page in PAGES + VERBS if "XR1" in page]
OF_BEN = [page for page in PAGES + VERBS if "{ben}" in page]


@pytest.fixture
def world(system, riverbank):
    PlaceFactory(system=system, code="alder-hill")
    ben = PersonFactory(name="Ben Booker", works_for=riverbank)
    grant = RoleGrantFactory(person=ben, role="facilitator", organisation=riverbank)
    return {"ben": ben.pk, "grant": grant.pk}


def statuses(client, addresses, world):
    asked = {address: address.format(**world) for address in addresses}
    return {
        address: (client.post(url) if address in VERBS else client.get(url)).status_code
        for address, url in asked.items()
    }


def test_signed_out_one_is_asked_to_sign_in(client, world):
    assert set(statuses(client, PAGES + VERBS, world).values()) == {302}


def test_the_administrator_opens_everything(client, administrator, world):
    told = statuses(client, PAGES, world)
    assert set(told.values()) == {200}, told


def test_staff_open_nothing(client, world):
    client.force_login(PersonFactory(works_for=OrganisationFactory()))
    told = statuses(client, PAGES + VERBS, world)
    assert {page for page, status in told.items() if status == 404} == set(OF_RIVERBANK)
    assert {page for page, status in told.items() if status == 403} == set(PAGES + VERBS) - set(OF_RIVERBANK)


def test_staff_of_the_partner_know_it_and_may_not_change_it(client, world):
    client.force_login(Person.objects.get(pk=world["ben"]))
    assert set(statuses(client, OF_RIVERBANK, world).values()) == {403}


@pytest.mark.parametrize("role", ["facilitator", "sponsor", "steering_group", "mentor", "place_lead", "clinical_lead"])
def test_other_roles_open_nothing(client, system, world, role):
    where = {"place": Place.objects.get()} if role == "place_lead" else {"system": system}
    client.force_login(RoleGrantFactory(role=role, **where).person)
    assert set(statuses(client, PAGES + VERBS, world).values()) == {403, 404}


def test_an_ended_role_opens_nothing(client, system, world):
    ended = RoleGrantFactory(role="administrator", system=system, ends_on=timezone.localdate())
    client.force_login(ended.person)
    assert set(statuses(client, PAGES + VERBS, world).values()) == {403, 404}


def test_the_administrator_of_one_partner_sees_that_partner_only(client, system, world):
    other = OrganisationFactory(code="XR9", name="Elsewhere", system=system)
    client.force_login(RoleGrantFactory(role="administrator", organisation=other).person)
    told = statuses(client, PAGES + VERBS, world)
    assert {page for page, status in told.items() if status == 200} == set(OWN)
    assert {page for page, status in told.items() if status == 404} == set(OF_RIVERBANK + OF_BEN)
    assert "Riverbank" not in text(client.get("/manage/organisations/"))
    assert client.get("/manage/organisations/XR9/").status_code == 200


def test_the_administrator_of_another_system_sees_nothing_of_this_one(client, world):
    client.force_login(RoleGrantFactory(role="administrator", system=SystemFactory()).person)
    assert set(statuses(client, OF_RIVERBANK + OF_BEN, world).values()) == {404}
    assert client.get("/manage/places/alder-hill/").status_code == 404


def test_the_governance_lead_reads_the_two_logs_and_no_more(client, system, world):
    client.force_login(RoleGrantFactory(role="governance_lead", system=system).person)
    page = text(client.get("/manage/"))
    assert "Ben Booker" not in page
    assert "/manage/people/" not in page
    assert client.get("/manage/audit/").status_code == 200
    assert set(statuses(client, PAGES[1:], world).values()) == {403, 404}


# --- The checklist ----------------------------------------------------------------------------------


def words_of(system):
    return {task["title"]: task["word"] for task in checklist(system, now=timezone.now())}


def test_the_checklist_is_read_from_the_data(system):
    System.objects.filter(pk=system.pk).update(contact="", support_text="")
    system.refresh_from_db()
    assert list(words_of(system).values()) == ["Do this next", *["Not started"] * 6]
    System.objects.filter(pk=system.pk).update(contact="The office", support_text="Ring us")
    system.refresh_from_db()
    place = PlaceFactory(system=system)
    partners = [OrganisationFactory(system=system, place=place) for _ in range(2)]
    partners.append(OrganisationFactory(system=system, has_staff_list=False))
    StaffCountFactory(organisation=partners[0])
    assert words_of(system) == {
        "Check the sender and the contacts": "Done",
        "Import your partners": "Done",
        "Name your Places": "Done",
        "Enter staff numbers": "Do this next",
        "Name whom we write to where there is no staff list": "Not started",
        "Name the first facilitator": "Not started",
        "Plan the first Round": "Not started",
    }
    urls = {task["title"]: task["url"] for task in checklist(system, now=timezone.now())}
    lacking = sorted(partners[1:], key=lambda each: each.name)[0]
    assert urls["Enter staff numbers"] == reverse("manage_staff_numbers", args=[lacking.code])
    unreachable = reverse("manage_organisation_change", args=[partners[2].code])
    assert urls["Name whom we write to where there is no staff list"] == unreachable
    for partner in partners[1:]:
        StaffCountFactory(organisation=partner)
    Organisation.objects.filter(pk=partners[2].pk).update(contact_email="cleo@quarry.example")
    RoleGrantFactory(role="facilitator", organisation=partners[0])
    assert [word for word in words_of(system).values() if word != "Done"] == ["Do this next"]


def test_the_checklist_leads_to_pages_that_open(client, administrator, system):
    page = text(client.get("/manage/"))
    for task in checklist(system, now=timezone.now()):
        assert f'href="{task["url"]}"' in page
        assert client.get(task["url"]).status_code == 200


# --- Partners ---------------------------------------------------------------------------------------

PARTNER = {
    "name": "Quarry Lane Care Homes",
    "sector": "social_care",
    "postcode": "nv1 1aa",
    "has_staff_list": "no",
    "contact_name": "Cleo Carer",
    "contact_email": "cleo@quarry.example",
    "contact_phone": "01632 960 123",
}


def test_a_partner_is_added_by_hand(client, administrator):
    response = client.post("/manage/organisations/add/", PARTNER)
    assert response["Location"] == "/manage/organisations/L0001/"
    partner = Organisation.objects.get()
    assert (partner.name, partner.postcode, partner.has_staff_list, partner.contact_email) == (
        "Quarry Lane Care Homes",
        "NV1 1AA",
        False,
        "cleo@quarry.example",
    )
    assert "is a partner already" in text(client.post("/manage/organisations/add/", PARTNER))
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Enter the name of the partner"),
        ({"name": "x" * 201}, "“Name” must be 200 characters or fewer"),
        ({"sector": ""}, "Choose a sector"),
        ({"sector": "circus"}, "Choose from what is offered for “Sector”"),
        ({"postcode": "NV1 1AA NV1 1AA"}, "“Postcode” must be 10 characters or fewer"),
        ({"has_staff_list": ""}, "Say whether there is a staff list"),
        ({"contact_email": ""}, "Enter the email address of Cleo Carer"),
        ({"contact_phone": "ring me"}, "Enter a phone number, like 01632 960 123"),
        ({"contact_phone": "01632 960123 " * 3}, "must be 30 characters or fewer"),
        ({"contact_email": "cleo"}, "Enter an email address in the correct format"),
    ],
)
def test_bad_facts_of_a_partner(client, administrator, riverbank, wrong, sentence):
    for address in ("/manage/organisations/add/", "/manage/organisations/XR1/change/"):
        response = client.post(address, PARTNER | wrong)
        assert (response.status_code, sentence in text(response)) == (200, True)
    riverbank.refresh_from_db()
    assert (Organisation.objects.count(), riverbank.name, riverbank.corrected) == (1, "Riverbank", [])


def test_a_change_by_hand_is_noted(client, administrator, riverbank):
    client.post("/manage/organisations/XR1/change/", PARTNER | {"name": "Riverbank", "sector": "acute"})
    riverbank.refresh_from_db()
    assert riverbank.corrected == ["contact_email", "contact_name", "contact_phone", "has_staff_list", "postcode"]


def test_html_in_a_name_is_words(client, administrator, riverbank):
    client.post("/manage/organisations/XR1/change/", PARTNER | {"name": "<img src=x>"})
    for address in ("/manage/organisations/", "/manage/organisations/XR1/", "/manage/organisations/XR1/change/"):
        page = client.get(address).content.decode()
        assert "<img src=x>" not in page
        assert "&lt;img src=x&gt;" in page


def test_places_are_added_renamed_and_served(client, administrator, system, riverbank):
    client.post("/manage/places/add/", {"name": "Alder Hill"})
    assert "is a Place of North Vale already" in text(client.post("/manage/places/add/", {"name": "alder hill"}))
    assert "Enter the name of the Place" in text(client.post("/manage/places/add/", {"name": " "}))
    client.post("/manage/places/alder-hill/", {"name": "Alder Vale"})
    assert list(Place.objects.values_list("code", "name", "system")) == [("alder-hill", "Alder Vale", system.pk)]
    client.post("/manage/organisations/XR1/places/", {"place": "alder-hill"})
    edge = PlaceEdge.objects.get()
    assert (edge.organisation, edge.starts_on, edge.ends_on) == (riverbank, timezone.localdate(), None)
    client.post("/manage/organisations/XR1/places/alder-hill/end/")
    client.post("/manage/organisations/XR1/places/alder-hill/end/")
    edge.refresh_from_db()
    assert edge.ends_on == timezone.localdate()


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("", "Choose a Place"),
        ("nowhere", "Choose a Place from the list"),
        ("\x00", "Leave out characters that cannot be seen"),
        ("of-another-system", "Choose a Place from the list"),
    ],
)
def test_a_place_that_is_not_to_be_had(client, administrator, riverbank, place, sentence):
    PlaceFactory(code="of-another-system")
    response = client.post("/manage/organisations/XR1/places/", {"place": place})
    assert (response.status_code, sentence in text(response)) == (200, True)
    assert PlaceEdge.objects.count() == 0
    assert client.post("/manage/organisations/XR1/places/nowhere/end/").status_code == 404


COUNTED = {"counted_on_day": "31", "counted_on_month": "3", "counted_on_year": "2026"}


def test_staff_numbers_are_typed_with_their_day(client, administrator, riverbank):
    client.post("/manage/organisations/XR1/staff/", COUNTED | {"nursing": "1,400", "medical": "0", "estates": ""})
    counts = StaffCount.objects.order_by("staff_group").values_list("staff_group", "number", "counted_on", "source")
    day = date(2026, 3, 31)
    assert list(counts) == [("medical", 0, day, "typed"), ("nursing", 1400, day, "typed")]
    assert "31 March 2026" in text(client.get("/manage/organisations/XR1/"))


def test_an_old_number_is_shown_and_not_dated_anew(client, administrator, riverbank):
    StaffCountFactory(organisation=riverbank, staff_group="nursing", number=2410, counted_on=date(2025, 3, 31))
    page = text(client.get("/manage/organisations/XR1/staff/"))
    assert "2,410 on 31 March 2025" in page
    assert 'value="2410"' not in page


def test_the_list_says_what_is_missing(client, administrator, system, riverbank):
    unlisted = OrganisationFactory(name="Quarry Lane", system=system, has_staff_list=False)
    page = text(client.get("/manage/organisations/"))
    assert "XR1, Acute hospitals. Still missing: staff numbers<" in page
    assert f"{unlisted.code}, Acute hospitals. Still missing: staff numbers, named contact<" in page
    for partner in (riverbank, unlisted):
        StaffCountFactory(organisation=partner)
    Organisation.objects.filter(pk=unlisted.pk).update(contact_email="cleo@quarry.example")
    assert "Still missing" not in text(client.get("/manage/organisations/"))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "Enter the number of at least one staff group"),
        ({"nursing": "-1"}, "Nursing and midwifery: the number must be 0 or more"),
        ({"nursing": "many"}, "Nursing and midwifery: enter a whole number, like 120"),
        ({"nursing": "1.5"}, "Nursing and midwifery: enter a whole number, like 120"),
        ({"nursing": "9" * 30}, "Nursing and midwifery: the number must be 200,000 or fewer"),
        ({"nursing": "1", "counted_on_day": ""}, "The day of the count must include a day"),
        ({"nursing": "1", "counted_on_day": "31", "counted_on_month": "2"}, "The day of the count must be a real date"),
        ({"nursing": "1", "counted_on_year": "2099"}, "The day of the count must not be in the future"),
    ],
)
def test_bad_staff_numbers(client, administrator, riverbank, said, sentence):
    response = client.post("/manage/organisations/XR1/staff/", COUNTED | said)
    assert (response.status_code, sentence in text(response)) == (200, True)
    assert StaffCount.objects.count() == 0


def test_a_join_link_is_made_shown_renewed_and_ended(client, administrator, riverbank):
    made = text(client.post("/manage/organisations/XR1/join-link/", follow=True))
    assert "The join link is made." in made
    assert "The old one" not in made
    first = JoinLink.objects.get(ended_at=None)
    page = text(client.get("/manage/organisations/XR1/"))
    assert f"http://127.0.0.1:8000/join/{first.token}/" in page
    assert "Letters and posters that are out already carry this link." in page
    renewed = text(client.post("/manage/organisations/XR1/join-link/", follow=True))
    assert "The old one has stopped working: pass this one on in letters and on posters." in renewed
    assert JoinLink.objects.get(ended_at=None).token != first.token
    client.post("/manage/organisations/XR1/join-link/end/")
    assert JoinLink.objects.filter(ended_at=None).count() == 0


@pytest.mark.parametrize("address", VERBS)
def test_looking_changes_nothing(client, administrator, world, address):
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address.format(**world)).status_code == 302
    assert [each["sql"] for each in statements if not each["sql"].startswith("SELECT")] == []


# --- Import -----------------------------------------------------------------------------------------


def upload(client, content, name="list.csv", kind="text/csv"):
    return client.post(
        "/manage/imports/organisations/", {"file": SimpleUploadedFile(name, content, content_type=kind)}, follow=True
    )


def digest_in(response):
    return re.search(r'name="digest" value="(\w+)"', response.content.decode())[1]


def test_a_list_is_previewed_then_accepted(client, administrator, riverbank):
    response = upload(client, LIST.read_bytes())
    page = text(response)
    assert "7 to add, 1 changed, 0 unchanged, 0 ended, 2 faulty lines." in page
    assert "The code XR7 bears 2 names" in page
    assert Organisation.objects.count() == 1
    response = client.post("/manage/imports/organisations/accept/", {"digest": digest_in(response)}, follow=True)
    assert "Imported: 7 added, 1 changed." in text(response)
    assert Organisation.objects.count() == 8


def test_only_what_was_seen_is_accepted(client, administrator, riverbank):
    digest = digest_in(upload(client, LIST.read_bytes()))
    OrganisationFactory(code="XR2")
    response = client.post("/manage/imports/organisations/accept/", {"digest": digest})
    assert "The partners changed since you looked." in text(response)
    assert Organisation.objects.count() == 2
    client.post("/manage/imports/organisations/accept/", {"digest": digest_in(response)})
    assert Organisation.objects.count() == 8


def test_accepting_twice_or_nothing_at_all(client, administrator):
    digest = digest_in(upload(client, LIST.read_bytes()))
    client.post("/manage/imports/organisations/accept/", {"digest": digest})
    for said in ({"digest": digest}, {}):
        response = client.post("/manage/imports/organisations/accept/", said, follow=True)
        assert "There is no list to import any more. Choose the file again." in text(response)
    assert Organisation.objects.count() == 8


@pytest.mark.parametrize(
    ("content", "name", "kind", "sentence"),
    [
        (b"", "list.csv", "text/csv", "The file is empty."),
        (b"PK\x03\x04\xff", "list.csv", "text/csv", "The workbook cannot be opened."),
        (b"x", "list.pdf", "text/csv", "The file must be a CSV file or an Excel workbook (.xlsx)."),
        (b"\x89PNG", "list.csv", "text/csv", "The file is a picture, not a table."),
        (b"x" * (10 * 1024 * 1024 + 1), "list.csv", "text/csv", "The file is larger than 10 MB."),
        (b"a,b\n1,2\n", "list.csv", "text/csv", "The first line must be these headings"),
    ],
)
def test_a_file_that_is_no_list(client, administrator, content, name, kind, sentence):
    response = upload(client, content, name, kind)
    assert (response.status_code, sentence in text(response)) == (200, True)
    assert "<title>Error: Import partners: " in response.content.decode()


def test_no_file(client, administrator):
    assert "Choose a file" in text(client.post("/manage/imports/organisations/", {}))


def test_a_list_of_another_region_adds_nothing(client, administrator, system):
    System.objects.filter(pk=system.pk).update(code="QZZ")
    page = text(upload(client, LIST.read_bytes()))
    assert "No line that can be read belongs to QZZ." in page
    assert "There is nothing to import." in page
    head = LIST.read_bytes().splitlines(keepends=True)[0]
    elsewhere = text(upload(client, head + b"XR9,Far Hospital,nhs_trust,QSV,South,\n"))
    assert "Is it the list of another region?" in elsewhere
    faulty = text(upload(client, head + b"XR9,Near Hospice,hospice,QZZ,North,\n"))
    assert "No line that can be read belongs to QZZ. What is wrong with the others stands below." in faulty
    assert "another region" not in faulty


def test_the_page_names_the_kinds_and_hands_out_a_list_that_can_be_imported(client, administrator):
    page = text(client.get("/manage/imports/organisations/"))
    assert [kind for kind in KINDS if f"<b>{kind}</b>" in page] == list(KINDS)
    example = client.get("/manage/imports/organisations/template.csv")
    assert "3 to add, 0 changed, 0 unchanged, 0 ended, 0 faulty lines." in text(upload(client, example.content))


# --- People and roles -------------------------------------------------------------------------------

BEN = {"name": "Ben Booker", "email": "Ben@Riverbank.example", "organisation": "XR1", "staff_group": "nursing"}


def test_a_person_is_added_and_can_sign_in(client, administrator, riverbank):
    response = client.post("/manage/people/add/", BEN, follow=True)
    ben = Person.objects.get(email="ben@riverbank.example")
    assert "Ben Booker can sign in now" in text(response)
    assert ben.emailaddress_set.get().verified is True
    membership = ben.memberships.get()
    assert (membership.organisation, membership.source, membership.staff_group) == (riverbank, "added", "nursing")


def test_the_same_address_a_second_time(client, administrator, riverbank):
    for _ in range(2):
        response = client.post("/manage/people/add/", BEN | {"email": " BEN@riverbank.example"})
    assert "ben@riverbank.example is staff of Riverbank already." in text(response)
    assert Person.objects.filter(name="Ben Booker").count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Enter their name"),
        ({"email": "ben"}, "Enter an email address in the correct format"),
        ({"organisation": ""}, "Choose where they work"),
        ({"organisation": "XR9"}, "Choose a partner from the list"),
        ({"organisation": "\x00"}, "Leave out characters that cannot be seen"),
        ({"staff_group": ""}, "Choose a staff group"),
    ],
)
def test_a_bad_person(client, administrator, riverbank, wrong, sentence):
    OrganisationFactory(code="XR9")
    response = client.post("/manage/people/add/", BEN | wrong)
    assert (response.status_code, sentence in text(response)) == (200, True)
    assert Person.objects.count() == 1


def test_people_are_searched_by_name_and_address(client, administrator, riverbank):
    for name in ("Ben Booker", "Benita Baker", "Cleo Carer"):
        PersonFactory(name=name, email=f"{name.split()[0].lower()}@riverbank.example", works_for=riverbank)
    PersonFactory(name="Benedict Elsewhere", works_for=OrganisationFactory())
    page = text(client.get("/manage/people/?q=BEN"))
    assert "2 with “BEN”" in page
    assert "Cleo" not in page
    assert "Elsewhere" not in page
    assert "1 with “cleo@”" in text(client.get("/manage/people/?q=cleo@"))
    assert "Nobody has that name or address." in text(client.get("/manage/people/?q=%00%25"))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Booker Ben", {"Ben Booker"}),
        ("booker,ben", {"Ben Booker"}),
        ("Booker, ", {"Ben Booker"}),
        ("Ben riverbank", {"Ben Booker", "Benita Baker"}),
        ("B, Ben", {"Ben Booker", "Benita Baker"}),
        ("Ng, Li", {"Li Ng"}),
        ("ng cl", {"Clara Ng"}),
        ("Booker Li", set()),
        (",", set()),
    ],
)
def test_people_are_searched_by_their_words_in_any_order(said, found):
    for name in ("Ben Booker", "Benita Baker", "Li Ng", "Clara Ng", "Ingrid Lind"):
        PersonFactory(name=name, email=f"{name.split()[0].lower()}@riverbank.example")
    assert {person.name for person in Person.objects.called(said)} == found


def test_a_role_is_given_and_ended(client, administrator, system, world):
    page = f"/manage/people/{world['ben']}/"
    response = client.post(f"{page}role/", {"role": "ics_lead", "where": "system:QXV"}, follow=True)
    assert "Ben Booker has the role ICS lead from today: North Vale Integrated Care System." in text(response)
    grant = RoleGrant.objects.get(role="ics_lead")
    assert grant.granted_by == administrator
    response = client.post(f"{page}roles/{grant.pk}/end/", follow=True)
    assert "Ben Booker no longer has the role ICS lead" in text(response)
    assert client.post(f"{page}roles/{grant.pk}/end/").status_code == 404


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"role": "", "where": "system:QXV"}, "Choose a role"),
        ({"role": "king", "where": "system:QXV"}, "Select one of the choices"),
        ({"role": "mentor", "where": ""}, "Choose where the role holds"),
        ({"role": "mentor", "where": "system:QZZ"}, "Choose from what is offered for “Where it holds”"),
        (
            {"role": "ics_lead", "where": "organisation:XR1"},
            "The role ICS lead holds for the whole system. Choose one of those",
        ),
        ({"role": "facilitator", "where": "organisation:XR1"}, "Ben Booker holds that role there already."),
    ],
)
def test_a_role_that_cannot_be_given(client, administrator, world, said, sentence):
    response = client.post(f"/manage/people/{world['ben']}/role/", said)
    assert (response.status_code, sentence in text(response)) == (200, True)
    assert RoleGrant.objects.filter(person=world["ben"]).count() == 1


def test_the_administrator_of_one_partner_gives_roles_in_it_alone(client, riverbank, world):
    client.force_login(RoleGrantFactory(role="administrator", organisation=riverbank).person)
    page = text(client.get(f"/manage/people/{world['ben']}/role/"))
    assert re.findall(r'value="((?:system|place|organisation):[^"]+)"', page) == ["organisation:XR1"]


def test_a_role_held_elsewhere_cannot_be_ended_here(client, riverbank, system, world):
    grant = RoleGrantFactory(role="sponsor", system=system, person_id=world["ben"], person=None)
    client.force_login(RoleGrantFactory(role="administrator", organisation=riverbank).person)
    page = f"/manage/people/{world['ben']}/"
    assert str(grant.pk) not in text(client.get(page))
    assert client.post(f"{page}roles/{grant.pk}/end/").status_code == 404
    grant.refresh_from_db()
    assert grant.ends_on is None


def test_the_last_administrator_cannot_be_ended(client, administrator):
    grant = RoleGrant.objects.get()
    response = client.post(f"/manage/people/{administrator.pk}/roles/{grant.pk}/end/", follow=True)
    assert "Ada Example is the only administrator. Name another one first." in text(response)


# --- As many queries for three as for one -----------------------------------------------------------


def fill(system, number):
    for _ in range(number):
        place = PlaceFactory(system=system)
        partner = OrganisationFactory(system=system, place=place)
        StaffCountFactory(organisation=partner)
        JoinLinkFactory(organisation=partner)
        person = PersonFactory(name="Robin", works_for=partner)
        RoleGrantFactory(person=person, role="facilitator", organisation=partner)
        RoleGrantFactory(person=person, role="sponsor", system=system)
        past = timezone.localdate() - timedelta(days=3)
        RoleGrantFactory(person=person, role="mentor", system=system, ends_on=past)


@pytest.mark.parametrize(
    "address",
    ["/manage/", "/manage/organisations/", "/manage/people/", "/manage/people/?q=Robin", "/manage/people/add/"],
)
def test_lists_take_as_many_queries_for_three_as_for_one(client, administrator, system, address):
    fill(system, 1)
    one = queries_of(client, address)
    fill(system, 2)
    assert queries_of(client, address) == one


def test_one_partner_and_one_person_take_as_many_queries_with_three_of_everything(client, administrator, system):
    fill(system, 1)
    PlaceFactory(system=system)
    partner, person = Organisation.objects.get(), Person.objects.get(name="Robin")
    pages = [
        reverse("manage_organisation", args=[partner.code]),
        reverse("manage_person", args=[person.pk]),
        reverse("manage_person_role", args=[person.pk]),
    ]
    before = [queries_of(client, page) for page in pages]
    for number in range(2):
        place = PlaceFactory(system=system)
        PlaceEdge.objects.create(place=place, organisation=partner, starts_on=date(2024, 1, 1 + number))
        StaffCountFactory(organisation=partner, staff_group=["medical", "estates"][number])
        RoleGrantFactory(person=person, role="place_lead", place=place)
        RoleGrantFactory(person=person, role="facilitator", place=place)
    fill(system, 2)
    assert [queries_of(client, page) for page in pages] == before


def test_the_first_step_names_the_box_that_is_empty(system):
    System.objects.filter(pk=system.pk).update(contact="The office", support_text="")
    step = checklist(System.objects.get(), now=timezone.now())[0]
    assert (step["title"], step["note"]) == ("Check the sender and the contacts", "“Support for staff” is empty")


def test_an_administrator_finds_the_setting_up_on_the_first_page(client, administrator):
    assert '<a href="/manage/">Setting up</a>' in text(client.get("/"))


def test_who_may_only_read_the_logs_is_promised_nothing_more(client, system):
    client.force_login(RoleGrantFactory(role="governance_lead", system=system).person)
    page = text(client.get("/manage/"))
    assert "The two logs" in page
    assert "Setting up" not in page
    assert "Who holds a role" not in page
    assert may_words("governance_lead").startswith("Read the two logs")
