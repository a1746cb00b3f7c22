"""The pages of a staff list: who may, what is shown, what is accepted; markup and formulas are words like any other."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from members.actions import tables, uploads
from members.actions.staff_changes import Tally
from members.forms.imports import AcceptStaffForm
from members.models import Membership, Person, Upload
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)

pytestmark = pytest.mark.django_db

HEAD = "Name;Email;Organisation code;Staff group;Pay\n"
PEOPLE = "Ada;ada@riverbank.example;XR1;Nurse;9\nBen;ben@;XR1;Nurse;9\nCleo;cleo@riverbank.example;XR1;Wizard;9\n"
FILE, PREVIEW, ACCEPT = "/manage/imports/staff/", "/manage/imports/staff/preview/", "/manage/imports/staff/accept/"
FAULTS = "/manage/imports/staff/faults.csv"


@pytest.fixture
def system():
    return SystemFactory(code="QXV")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system, has_staff_list=False)


@pytest.fixture
def administrator(client, system):
    person = RoleGrantFactory(role="administrator", system=system, person__name="Olu Example").person
    client.force_login(person)
    return person


def send(client, content, name="staff.csv", **options):
    content = content.encode() if isinstance(content, str) else content
    return client.post(FILE, {"file": SimpleUploadedFile(name, content)}, **options)


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def shown_in(response):
    return dict(re.findall(r'name="(digest|file)" value="([\w-]+)"', response.content.decode()))


def digest_in(response):
    return re.search(r'name="digest" value="(\w+)"', response.content.decode())[1]


def test_the_file_waits_and_its_preview_says_what_would_change(client, administrator, riverbank):
    response = send(client, HEAD + PEOPLE)
    assert (response.status_code, response.headers["Location"]) == (302, PREVIEW)
    page = text(client.get(PREVIEW))
    for words in (
        "2 new, 0 changed, 0 unchanged, 0 ended, 1 faulty line.",
        "<b>Line 3</b> <span>“ben@” is not an email address. Correct it: name@example.com.</span>",
        "<b>Wizard</b> <span>1 line</span>",
        "<p>Pay</p>",
        "From the file “staff.csv”. Nothing has been imported yet.",
        "Import 2 changes</button>",
    ):
        assert words in page
    assert Person.objects.exclude(pk=administrator.pk).count() == 0


def test_what_was_shown_is_imported_and_the_file_is_forgotten(client, administrator, riverbank):
    digest = digest_in(send(client, HEAD + PEOPLE, follow=True))
    response = client.post(ACCEPT, {"digest": digest}, follow=True)
    assert "Imported: 2 new, 0 changed, 0 ended." in text(response)
    assert (Membership.objects.count(), Upload.objects.count()) == (2, 0)
    for said in ({"digest": digest}, {}):
        assert "There is no list to import any more." in text(client.post(ACCEPT, said, follow=True))
    assert Membership.objects.count() == 2


def test_only_what_was_seen_is_imported(client, administrator, riverbank):
    shown = shown_in(send(client, HEAD + PEOPLE, follow=True))
    assert list(shown) == ["digest", "file"]
    MembershipFactory(person__email="ada@riverbank.example", organisation=riverbank, source="joined")
    response = client.post(ACCEPT, shown)
    assert "The people or their sites changed since you looked." in text(response)
    assert "1 new, 1 changed" in text(response)
    assert Membership.objects.count() == 1
    client.post(ACCEPT, {"digest": digest_in(response)})
    assert Membership.objects.count() == 2


def test_another_file_takes_the_place_of_the_first(client, administrator, riverbank):
    shown = shown_in(send(client, HEAD + PEOPLE, follow=True))
    send(client, HEAD + "Dev;dev@riverbank.example;XR1;;\n")
    page = text(client.post(ACCEPT, shown))
    assert "Another file has been chosen since you looked. Here is what that one would change." in page
    assert "The people or their sites" not in page
    assert "Import 1 change</button>" in page
    assert Membership.objects.count() == 0


def test_who_is_new_and_who_changes_is_shown_as_far_as_the_first_screen(client, administrator, riverbank):
    MembershipFactory(person__email="zoe@riverbank.example", person__name="Zoe", organisation=riverbank, source="list")
    lines = "".join(f"New {n:02};n{n}@riverbank.example;XR1;;\n" for n in range(21))
    page = text(send(client, HEAD + "Zoe Q;zoe@riverbank.example;XR1;Doctor;\n" + lines, follow=True))
    assert "21 new people: the first 20</h2>" in page
    assert "<b>New 19</b> <span>n19@riverbank.example, XR1</span>" in page
    assert "New 20" not in page
    assert "1 changed</h2>" in page
    assert "<b>Zoe Q</b> <span>zoe@riverbank.example, XR1: name, staff group</span>" in page


def test_sites_that_would_be_made_are_named(client, administrator, riverbank):
    riverbank.sites.create(name="Laundry")
    head, line = "Name,Email,Organisation code,Site\n", "Ada,ada@riverbank.example,XR1,{}\n".format
    assert "new site" not in text(send(client, head + line("laundry"), follow=True))
    page = text(send(client, head + line("Nowhere <b>site"), follow=True))
    assert "1 new site</h2>" in page
    assert "The portal does not have this site yet, and makes it when you import. Please check the spelling." in page
    assert "<li><b>Nowhere &lt;b&gt;site</b> <span>XR1, 1 line</span></li>" in page
    many = "".join(f"P{n},p{n}@riverbank.example,XR1,Site {n:03}\n" for n in range(101))
    page = text(send(client, head + many, follow=True))
    assert "101 new sites</h2>" in page
    assert "Here are the first 100.</p>" in page
    assert "<li><b>Site 099</b> <span>XR1, 1 line</span></li></ul>" in page


def test_whoever_is_asked_first_reads_like_anybody_new(client, administrator, riverbank):
    MembershipFactory(person__email="ada@elsewhere.example", person__name="Known Elsewhere")
    page = text(send(client, HEAD + "Ada;ada@elsewhere.example;XR1;;\nBen;b@x.example;XR1;;\n", follow=True))
    assert "2 new people</h2>" in page
    for name, address in [("Ada", "ada@elsewhere.example"), ("Ben", "b@x.example")]:
        assert f"<li><b>{name}</b> <span>{address}, XR1</span></li>" in page
    assert "Known Elsewhere" not in page


def test_half_of_the_staff_are_ended_only_when_it_is_meant(client, administrator, riverbank):
    for n in range(4):
        MembershipFactory(person__email=f"p{n}@riverbank.example", person__name=f"Person {n}", organisation=riverbank)
    response = send(client, HEAD + "Person 0;p0@riverbank.example;XR1;Nurse;9\n", follow=True)
    assert "3 of the 4 people on the list of Riverbank are not on this one." in text(response)
    response = client.post(ACCEPT, {"digest": digest_in(response)})
    assert "This would end half the staff list of Riverbank, or more." in text(response)
    assert Membership.objects.filter(ends_on=None).count() == 4
    client.post(ACCEPT, {"digest": digest_in(response), "end_many": "on"})
    assert Membership.objects.filter(ends_on=None).count() == 1


def test_what_a_list_leads_to_is_read_before_it_is_accepted(client, administrator, system, riverbank):
    """And the table by partner says first how many would go, since its last column may not be on the screen."""
    meadow = OrganisationFactory(code="XR2", name="Meadow", system=system)
    for partner in (riverbank, riverbank, meadow):
        MembershipFactory(organisation=partner)
    RoleGrantFactory(role="sponsor", organisation=meadow, person=Person.objects.get(memberships__organisation=meadow))
    page = text(send(client, HEAD + "A;a@x.example;XR1;;\nB;b@x.example;XR2;;\n", follow=True))
    assert '<th scope="col">Partner</th><th scope="col">Ended</th>' in page
    said = ["By partner</h2>", "Roles that end too</h2>", "Is the list whole?</h2>", "Import 5 changes</button>"]
    assert sorted(said, key=page.index) == said
    assert "Yes, these 3 people have left these 2 partners" in page


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(1, "Yes, this person has left Riverbank"), (1_200, "Yes, these 1,200 people have left Riverbank")],
)
def test_whoever_ticks_that_people_left_reads_how_many_and_where(number, sentence):
    tally = Tally("Riverbank", listed=number, ended=number)
    assert AcceptStaffForm(asks=[tally], button="Import").fields["end_many"].label == sentence


def test_nothing_to_do_is_said(client, administrator, riverbank):
    send(client, HEAD + PEOPLE)
    client.post(ACCEPT, {"digest": digest_in(client.get(PREVIEW))})
    page = text(send(client, HEAD + PEOPLE, follow=True))
    assert "There is nothing to import: everybody stands here as the list says." in page
    assert 'name="digest"' not in page


def test_a_hundred_faulty_lines_are_shown_and_all_are_in_a_file(client, administrator, riverbank):
    page = text(send(client, HEAD + "Ada;ada@;XR1;;\n" * 250, follow=True))
    assert "250 faulty lines" in page
    assert page.count("is not an email address") == 100
    rows = list(csv.reader(io.StringIO(client.get(FAULTS).content.decode("utf-8-sig"))))
    assert rows[0] == ["Line", "Email", "Organisation code", "What to do"]
    assert [row[0] for row in rows[1:]] == [str(n) for n in range(2, 252)]


MARKUP = '<script>alert("x")</script>'


def test_markup_in_a_file_is_words_on_the_page(client, administrator, riverbank):
    lines = f"{MARKUP};{MARKUP}@x;XR1;;\n{MARKUP};ada@riverbank.example;XR1;{MARKUP};\n"
    head = HEAD.replace("Pay", MARKUP).replace('"', '""')
    response = send(client, head + lines, name=f"{MARKUP}.csv", follow=True)
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
    client.post(ACCEPT, {"digest": digest_in(response)})
    page = client.get("/manage/people/?q=ada@riverbank.example").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("formula", ['=cmd|"/C calc"!A0', "+1@x", "-1@x", "@SUM(1)", "\t=1+1@x", " =1@x", "＝1@x"])
def test_a_formula_in_a_faulty_line_is_text_in_the_file_of_faults(client, administrator, riverbank, formula):
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerow(["Ada", formula, formula, "", ""])
    send(client, HEAD + written.getvalue())
    rows = list(csv.reader(io.StringIO(client.get(FAULTS).content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "＝")) for cell in rows[1])


def test_a_template_to_fill_in_reads_as_a_list_and_its_people_are_nobody(client, administrator, riverbank):
    template = client.get("/manage/imports/staff/template.csv")
    page = text(send(client, template.content, follow=True))
    assert "2 new" in page
    assert "faulty lines." in page


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "staff.csv", "The file is empty."),
        (b"\x89PNG\r\n", "staff.csv", "The file is a picture, not a table."),
        (b"Email,Org\n", "staff.csv", "There is nobody below the headings."),
        (b"Email,Org\na@b.example,XR1\n", "staff.exe", "The file must be a CSV file or an Excel workbook (.xlsx)."),
        (b"x" * (tables.LARGEST + 1), "staff.csv", "The file is larger than 10 MB."),
        (b"PK\x03\x04", "staff.xlsx", "The workbook cannot be opened."),
    ],
)
def test_a_file_that_is_no_list(client, administrator, riverbank, content, name, sentence):
    response = send(client, content, name)
    assert (response.status_code, sentence in text(response)) == (200, True)
    assert "<title>Error: Import a staff list: " in response.content.decode()
    assert Upload.objects.count() == 0


def test_no_file(client, administrator):
    assert "Choose a file" in text(client.post(FILE, {}))


# --- Who may ------------------------------------------------------------------------------------------


def test_the_administrator_of_one_partner_imports_its_list_and_no_other(client, system, riverbank):
    OrganisationFactory(code="XR2", name="Meadow", system=system)
    client.force_login(RoleGrantFactory(role="administrator", organisation=riverbank).person)
    page = text(send(client, HEAD + "Ada;ada@x.example;XR1;;\nBen;ben@x.example;XR2;;\n", follow=True))
    assert "The staff list of XR2 is not yours to import." in page
    assert "1 new" in page
    page = text(client.get("/manage/imports/"))
    assert ("A staff list" in page, "Partners from an ODS list" in page) == (True, False)


def test_a_role_that_ended_since_the_preview_imports_nothing(client, system, riverbank):
    grant = RoleGrantFactory(role="administrator", organisation=riverbank)
    client.force_login(grant.person)
    digest = digest_in(send(client, HEAD + PEOPLE, follow=True))
    grant.ends_on = timezone.localdate()
    grant.save()
    assert client.post(ACCEPT, {"digest": digest}).status_code == 403
    assert Membership.objects.count() == 0


def test_a_file_is_its_owners_alone(client, administrator, system, riverbank):
    send(client, HEAD + PEOPLE)
    client.force_login(RoleGrantFactory(role="ics_lead", system=system).person)
    for address in (PREVIEW, FAULTS):
        response = client.get(address)
        assert (response.status_code, response.headers["Location"]) == (302, FILE)


def test_a_file_is_gone_after_a_day(client, administrator, riverbank):
    content = (HEAD + PEOPLE).encode()
    yesterday = timezone.now() - timedelta(hours=24)
    uploads.keep(by=administrator, kind="staff", name="staff.csv", content=content, now=yesterday)
    assert client.get(PREVIEW).headers["Location"] == FILE


@pytest.mark.parametrize("role", ["facilitator", "sponsor", "steering_group", "governance_lead", "mentor"])
def test_other_roles_and_staff_import_nothing(client, system, riverbank, role):
    client.force_login(RoleGrantFactory(role=role, system=system).person)
    assert {client.get(each).status_code for each in ("/manage/imports/", FILE, PREVIEW, FAULTS)} == {403}
    assert send(client, HEAD + PEOPLE).status_code == 403
    client.force_login(PersonFactory(works_for=riverbank))
    assert send(client, HEAD + PEOPLE).status_code == 403
    assert Upload.objects.count() == 0
