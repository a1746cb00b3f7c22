"""What comes in as a file, chosen and accepted on pages: staff lists, the report of partners, past Rounds; and what the
ICS lead reads of them then."""

import csv
import datetime as dt

import pytest
from playwright.sync_api import expect

from evaluation.models.results import Counted
from members.models import Membership, Organisation, Person
from rounds.models import Round
from tests.browser.visitor import PHONE
from tests.members.test_import_ods_report import report
from tests.worlds import NOON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPRING = dt.date(2027, 4, 1)
OWN = [f"{heading} {value}" for heading in ("insight", "colleagues") for value in (5, 4, 2)]
PAST = [
    ["Date", "Title", "Format", "Host", "Headcount", "Forms", *OWN],
    ["4/11/2026", "The long corridor", "in person", "", 43, 30, 12, 9, 9, 20, 5, 5],
    ["soon", "A Round to come", "in person", "", 43, 30, 12, 9, 9, 20, 5, 5],
    ["2/12/2026", "A quiet room", "in person", "", 6, 6, 6, "", "", "", "", ""],
]


@pytest.fixture
def choose_file(tmp_path):
    """choose_file(visitor, rows or bytes): the file is chosen and shown."""

    def chosen(visitor, content, *, delimiter=","):
        file = tmp_path / "list.csv"
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            with file.open("w", newline="") as opened:
                csv.writer(opened, delimiter=delimiter).writerows(content)
        visitor.page.locator("input[type=file]").set_input_files(file)
        return visitor.press("Show me what would change")

    return chosen


def staff_of(organisation):
    return Membership.objects.in_force(NOON.date()).filter(organisation=organisation)


def test_a_staff_list_with_faulty_lines(scenery, visit, choose_file):
    code, there = scenery.elmbridge.code, staff_of(scenery.elmbridge).order_by("pk")
    rows = [["Surname", "First name", "E-mail", "Org code", "Staff group", "Pay"]]
    rows += [["", "", job.person.email, code, "Nursing", 4] for job in there.select_related("person")]
    rows += [["Newcomer", "Wren", "wren@elmbridge.example", code, "HCA", 3], ["", "", "ben.new@", code, "", ""]]
    rows += [
        ["Elsewhere", "Eve", "eve@elmbridge.example", "QQQ", "", ""],
        ["", "", "wynn@elmbridge.example", code, "Wizard"],
    ]
    before = there.count()

    olu = visit(scenery.olu).go("/manage/imports/").follow("A staff list").is_right()
    choose_file(olu, rows, delimiter=";").reads("2 new", "2 faulty lines", "Nothing has been imported yet")
    olu.reads(f"Line {before + 3}", "“ben.new@” is not an email address", f"Line {before + 4}", "QQQ")
    olu.reads("Columns that are not read", "Pay", "Staff groups that we do not know", "Wizard").is_right()
    olu.misses("Is the list whole?")
    assert not Person.objects.filter(email="wren@elmbridge.example").exists()
    olu.press("Import").reads("Imported: 2 new").is_right()
    assert there.count() == before + 2
    assert there.get(person__email="wynn@elmbridge.example").staff_group == "other"

    # The same list again changes nothing
    olu.go("/manage/imports/staff/")
    choose_file(olu, rows, delimiter=";").reads("0 new, 0 changed", "There is nothing to import").is_right()
    expect(olu.page.get_by_role("main").get_by_role("button", name="Import")).to_have_count(0)

    # Wren, who was on the list, signs in at once
    visit(width=PHONE).go("/").press("Sign in").sign_in("wren@elmbridge.example").reads("Open to you").is_right()

    # A list that would end half of them asks first
    olu.go("/manage/imports/staff/")
    choose_file(olu, rows[:3]).reads("Is the list whole?", f"{before} of the {before + 2} people").is_right()
    olu.press("Import").reads("This would end half the staff list").is_right()
    assert there.count() == before + 2
    olu.choose(f"Yes, these {before} people have left {scenery.elmbridge}").press("Import").reads("ended").is_right()
    assert there.count() == 2


def test_the_report_of_partners_without_headings(scenery, visit, choose_file):
    lines = [
        ("QXV", "NHS NORTH VALE INTEGRATED CARE BOARD", ""),
        ("XZ1", "RIVERBANK AND ST MARY'S HOSPITALS NHS FOUNDATION TRUST", "QXV"),
        ("XZ4", "VALE COMMUNITY HEALTHCARE NHS TRUST", "QXV"),
        ("Y00003", "EXAMPLE HOLDINGS LTD", "QXV"),
        ("XR6", "TWO RIVERS NHS TRUST", "QSV"),
    ]
    ines = visit(scenery.ines).go("/manage/imports/").follow("Partners from an ODS list")
    ines.open_up("Where to get the list").reads("ODS Data Search and Export", "27 columns and no headings").is_right()
    choose_file(ines, report(*lines)).reads("3 to add, 0 changed, 0 unchanged, 0 ended, 1 faulty line")
    ines.reads("We cannot tell what kind of employer Example Holdings Ltd is").misses("Two Rivers").is_right()
    ines.press("Import").reads("Imported: 3 added").is_right()

    ines.go("/manage/imports/organisations/")
    choose_file(ines, report(*lines)).reads("0 to add, 0 changed, 3 unchanged", "There is nothing to import").is_right()

    lines[1] = ("XZ1", "RIVERBANK HOSPITALS NHS FOUNDATION TRUST", "QXV")
    lines[2] = (*lines[2], {12: f"{SPRING:%Y%m%d}"})
    ines.go("/manage/imports/organisations/")
    choose_file(ines, report(*lines)).reads("0 to add, 1 changed, 1 unchanged, 1 ended")
    ines.reads("Riverbank Hospitals NHS Foundation Trust", "Closes on 1 April 2027").is_right()
    ines.press("Import").reads("Imported").follow("Riverbank Hospitals").reads("XZ1").is_right()
    assert Organisation.objects.get(code="XZ4").system_edges.get().ends_on == SPRING


def test_past_rounds_and_the_dashboard(scenery, visit, choose_file):
    """By the ICS lead: figures, tables and files after the import; on a phone too."""
    ines = (
        visit(scenery.ines)
        .go("/figures/")
        .reads("1 Round was held, and 5 Rounds are planned. About 40 people came.")
        .is_right()
    )
    ines.go("/manage/imports/").follow("Past Rounds").press("Show me what would change").reads(
        "Choose a file"
    ).is_right()
    ines.choose("Standard questions, version 1")
    choose_file(ines, PAST).reads("2 new", "1 faulty line", "Line 3", "The long corridor", "about 45", "about 30 forms")
    ines.reads("Fewer than 8 forms or people, so the answers stay closed").is_right()
    before = Round.objects.count()
    ines.press("Import 2 Rounds").reads("Imported: 2 past Rounds").is_right()
    assert (Round.objects.count(), Counted.objects.filter(forms__isnull=False).count()) == (before + 2, 2)
    ines.go("/manage/imports/past-rounds/").choose("Standard questions, version 1")
    choose_file(ines, PAST).reads("0 new, 2 unchanged", "There is nothing to import").is_right()

    ines.go("/").follow("Figures", within="header").reads(
        "3 Rounds were held", "About 85 people, and once fewer than 8, came."
    ).is_right()
    ines.resize(PHONE).is_right()
    people = rows_shown(ines, "people")
    assert [row for row in people if row[0] in ("November 2026", "December 2026", "February 2027")] == [
        ["November 2026", "45"],
        ["December 2026", "fewer than 8"],
        ["February 2027", "40"],
    ]
    feedback = rows_shown(ines, "feedback")
    assert feedback[:2] == [["Insight into others", "76%", "60"], ["Working together", "82%", "60"]]
    assert rows_in_file(ines, "people") == rows_shown(ines, "people")
    # On the page there is no column of what nobody held or plans.
    in_person, planned, both_planned = 1, 4, 6
    there = [[row[each] for each in (0, in_person, planned, both_planned)] for row in rows_in_file(ines, "rounds")]
    assert there == rows_shown(ines, "rounds")
    assert rows_in_file(ines, "partners") == [
        ["Elmbridge Hospital NHS Trust", "Acute hospitals", "yes", "no", "yes"],
        ["Lantern Hospice", "Hospices", "yes", "no", "no"],
        ["Quarry Lane Care Homes", "Social care", "yes", "no", "no"],
    ]
    told = rows_in_file(ines, "feedback")
    assert [row[4:6] for row in told] == [row[1:3] for row in feedback]
    ines.follow("How to read these figures").is_right()


def rows_shown(visitor, figure):
    """The table of a figure, cell by cell, whether or not it is folded away."""
    rows = visitor.page.locator(f"figure#{figure} tbody tr").all()
    return [[cell.strip() for cell in row.locator("th, td").all_text_contents()] for row in rows]


def rows_in_file(visitor, figure):
    with visitor.page.expect_download() as download:
        visitor.page.locator(f"figure#{figure}").get_by_role("link", name="Download as CSV").evaluate("a => a.click()")
    with download.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
        # What the columns mean stands below an empty line.
        return rows[1 : rows.index([])]
