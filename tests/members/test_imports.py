"""Organisations from an ODS list: what is read, what is faulty, what accepting does."""

import csv
import io
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from members.actions import imports, ods, organisations, tables
from members.models import Organisation, SystemEdge
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, RoleGrantFactory, SystemFactory

LIST = Path(__file__).parent.parent / "data" / "ods_list.csv"
REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "ods_organisations.csv"
NOW = datetime(2027, 3, 3, 12, 0, tzinfo=ZoneInfo("Europe/London"))
HEAD = b"ods_code,name,kind,icb_code,region,postcode\n"
TWO_NAMES = (
    "The code XR7 bears 2 names: Millbrook NHS Trust and Meadowfield NHS Trust. Find out which is right, mend the "
    "file and import it again, or add the organisation by hand."
)


@pytest.fixture
def system(db):
    return SystemFactory(code="QXV")


def read(content=None, icb="QXV"):
    return ods.read(LIST.read_bytes() if content is None else content, icb=icb)


def accept(ods_list, system):
    told = imports.preview(ods_list, system=system, now=NOW)
    return imports.accept(ods_list, system=system, digest=told.digest, now=NOW)


def test_the_lines_of_one_icb_with_the_sector_that_kind_and_name_tell():
    assert {line.code: line.sector for line in read().lines} == {
        "QXV": "icb",
        "901": "council",
        "902": "council",
        "XR1": "acute",
        "XR2": "mental_health",
        "XR3": "ambulance",
        "XR4": "community",
        "XR5": "trust",
    }


def test_a_code_with_two_names_anywhere_in_the_file_is_faulty_wherever_it_stands():
    assert [(fault.number, fault.sentence) for fault in read().faults] == [(13, TWO_NAMES), (14, TWO_NAMES)]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("XR1,Only,three", "It has 3 columns, not 6. Put quotation marks around names that hold a comma."),
        (",No code,nhs_trust,QXV,North,", "The code must be 2 to 12 letters and numbers. Correct it in the file."),
        ("R%X,A,nhs_trust,QXV,North,", "The code must be 2 to 12 letters and numbers. Correct it in the file."),
        ("XR1,,nhs_trust,QXV,North,", "The name must have 1 to 200 letters. Correct it in the file."),
        (
            "XR1,A trust,hospital,QXV,North,",
            "The kind must be one of integrated_care_board, local_authority, nhs_trust. Correct it in the file.",
        ),
        ("XR1,A trust,nhs_trust,,North,", "The code of the ICB is missing or is not a code. Correct it in the file."),
        ("XR1,A trust,nhs_trust,QXV,North,NV1 1AA NV1 1AA", "The postcode is too long. Correct it in the file."),
    ],
)
def test_a_faulty_line_says_what_to_do(line, sentence):
    found = read(HEAD + line.encode())
    assert ([(fault.number, fault.sentence) for fault in found.faults], found.lines) == ([(2, sentence)], [])


def test_the_same_line_twice_is_taken_once():
    found = read(HEAD + b"XR1,A trust,nhs_trust,QXV,North,\nXR1,A trust,nhs_trust,QXV,North,\n")
    assert [line.number for line in found.lines] == [2]
    assert [(each.number, each.sentence) for each in found.faults] == [
        (3, "A trust stands in line 2 already. Take one of the two out.")
    ]


@pytest.mark.parametrize(
    ("content", "beginning"),
    [
        (b"", "The file is empty."),
        (b"  \n ", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "The file is a picture, not a table."),
        (HEAD + b"XR1,A\0B,nhs_trust,QXV,North,", "The file is not a table."),
        (b"code;name\nXR1;A", "The first line must be these headings"),
        (HEAD, "There is no organisation below the headings."),
        (HEAD + b'XR1,"Half a na', "Line 2 cannot be read"),
        (HEAD + b"x" * tables.LARGEST, "The file is larger than 10 MB."),
    ],
)
def test_what_is_no_such_list_is_refused_in_a_sentence(content, beginning):
    with pytest.raises(Refused) as refusal:
        read(content)
    assert str(refusal.value).startswith(beginning)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing():
    windows = b"\xef\xbb\xbf" + LIST.read_bytes().replace(b"\n", b"\r\n")
    assert read(windows) == read()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    for whole in (content, HEAD + content):
        try:
            found = read(whole)
        except Refused:
            continue
        assert all(ods.CODE.fullmatch(line.code) and line.name for line in found.lines)


@given(st.lists(st.lists(st.text(max_size=12), max_size=8), max_size=6))
def test_every_row_is_a_line_of_ours_a_faulty_one_or_another_icbs(rows):
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    try:
        found = read(HEAD + written.getvalue().encode("utf-8", "replace"))
    except Refused:
        return
    assert len(found.lines) + len(found.faults) <= len(rows)


def test_a_preview_writes_nothing(system):
    told = imports.preview(read(), system=system, now=NOW)
    assert (len(told.to_add), told.changed, told.unchanged, Organisation.objects.count()) == (8, [], [], 0)


def test_accepting_adds_each_with_its_edge_from_that_day(system):
    accept(read(), system)
    riverbank = Organisation.objects.get(code="XR1")
    assert (riverbank.name, riverbank.sector, riverbank.postcode, riverbank.local_code) == (
        "Riverbank Teaching Hospitals NHS Foundation Trust",
        "acute",
        "NV1 1AA",
        False,
    )
    edges = SystemEdge.objects.values_list("system", "starts_on", "ends_on").distinct()
    assert list(edges) == [(system.pk, date(2027, 3, 3), None)]
    assert SystemEdge.objects.count() == 8


def test_a_second_time_changes_nothing(system):
    accept(read(), system)
    told = accept(read(), system)
    assert (told.to_add, told.changed, len(told.unchanged)) == ([], [], 8)
    assert (Organisation.objects.count(), SystemEdge.objects.count()) == (8, 8)


def test_an_organisation_stands_once_though_it_serves_two_systems(system):
    other = SystemFactory(code="QSV")
    accept(read(), system)
    told = accept(read(icb="QSV"), other)
    assert {line.code for line in told.to_add} == {"XR3", "QSV", "XR6"}
    assert Organisation.objects.get(code="XR3").system_edges.count() == 2


def read_as(line, system, *, by):
    ods_list = read(HEAD + line.encode())
    told = imports.preview(ods_list, system=system, by=by, now=NOW)
    return imports.accept(ods_list, system=system, digest=told.digest, by=by, now=NOW)


def test_a_partner_of_others_is_left_alone_though_the_list_says_it_is_ours(system):
    others = SystemFactory(code="QSV", name="South Vale Integrated Care System")
    OrganisationFactory(code="XR9", name="Far Hospital", system=others, postcode="SV1 1AA")
    told = read_as("XR9,Ours Now,nhs_trust,QXV,North,NV1 1AA", system, by=administrator_of(system))
    assert [(line.code, names) for line, names in told.of_others] == [("XR9", ["South Vale Integrated Care System"])]
    assert (told.touched, Organisation.objects.get(code="XR9").name) == (set(), "Far Hospital")
    assert list(SystemEdge.objects.values_list("organisation__code", "system__code")) == [("XR9", "QSV")]


def test_of_a_partner_that_others_share_an_administrator_of_one_side_changes_nothing(system):
    shared = OrganisationFactory(code="XR9", name="Far Hospital", system=system)
    SystemEdge.objects.create(organisation=shared, system=SystemFactory(name="South"), starts_on=date(2027, 5, 1))
    told = read_as("XR9,Ours Now,nhs_trust,QXV,North,", system, by=administrator_of(system))
    assert ([names for _, names in told.of_others], told.changed) == ([["South"]], [])


def test_whoever_looks_after_both_systems_may_take_on_a_partner_of_the_other(system):
    others = SystemFactory(code="QSV")
    OrganisationFactory(code="XR9", system=others)
    both = administrator_of(system)
    RoleGrantFactory(person=both, role="administrator", system=others)
    told = read_as("XR9,Far Hospital,nhs_trust,QXV,North,", system, by=both)
    assert ([line.code for line in told.to_add], told.of_others) == (["XR9"], [])


def administrator_of(system):
    return RoleGrantFactory(role="administrator", system=system).person


def test_what_was_set_by_hand_stands_over_the_list_and_the_rest_follows_it(system):
    accept(read(), system)
    east = Organisation.objects.get(code="XR5")
    organisations.correct(organisation=east, facts={"sector": "acute", "name": "East Vale Hospitals"}, now=NOW)
    Organisation.objects.filter(code="XR5").update(postcode="OLD 1AA")
    told = accept(read(), system)
    east.refresh_from_db()
    assert [(line.code, change) for line, change in told.changed] == [("XR5", {"postcode": ["OLD 1AA", "NV4 5EE"]})]
    assert [(line.code, sorted(names)) for line, names in told.corrected] == [("XR5", ["name", "sector"])]
    assert (east.name, east.sector, east.postcode) == ("East Vale Hospitals", "acute", "NV4 5EE")


def test_a_partner_that_left_is_left_alone(system):
    accept(read(), system)
    SystemEdge.objects.filter(organisation__code="XR5").update(ends_on=date(2027, 3, 3))
    told = accept(read(), system)
    assert ([line.code for line in told.left], told.to_add) == (["XR5"], [])


def test_what_changed_since_the_preview_is_not_accepted_unseen(system):
    ods_list = read()
    digest = imports.preview(ods_list, system=system, now=NOW).digest
    OrganisationFactory(code="XR1", system=system)
    with pytest.raises(Refused, match=r"^The partners changed since you looked"):
        imports.accept(ods_list, system=system, digest=digest, now=NOW)
    assert Organisation.objects.count() == 1


# --- The command ------------------------------------------------------------------------------------


def run(*arguments):
    told = io.StringIO()
    call_command("import_organisations", *arguments, stdout=told)
    return told.getvalue().splitlines()


def test_the_command_previews_and_only_then_imports(system):
    lines = run(str(LIST), "--icb", "qxv")
    assert lines[-2:] == [
        "8 to add, 0 changed, 0 unchanged, 0 ended, 2 faulty lines.",
        "Nothing was imported. Add --accept to import this.",
    ]
    assert f"! line 13: {TWO_NAMES}" in lines
    assert Organisation.objects.count() == 0
    assert run(str(LIST), "--icb", "QXV", "--accept")[-1] == "Imported."
    assert Organisation.objects.count() == 8


@pytest.mark.parametrize(
    ("file", "icb", "sentence"),
    [
        (str(LIST), "QZZ", "There is no system QZZ in this portal. Begin it with manage.py begin."),
        ("nowhere.csv", "QXV", "nowhere.csv cannot be read: No such file or directory."),
        (str(LIST.parent), "QXV", f"{LIST.parent} cannot be read: Is a directory."),
        (
            str(LIST.with_name("nothing_like_it.csv")),
            "QXV",
            f"The first line must be these headings, in this order: {', '.join(ods.COLUMNS)}. "
            "Or choose an ODS report of 27 columns, which has no headings.",
        ),
    ],
)
def test_the_command_says_what_it_cannot_do(system, file, icb, sentence):
    with pytest.raises(CommandError) as error:
        run(file, "--icb", icb)
    assert str(error.value) == sentence


# --- The real list, where it lies beside the checkout -----------------------------------------------


def rows_of_the_real_list():
    with REAL.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


if REAL.exists():

    @pytest.mark.parametrize("icb", ["QYG", "QMF", "QU9"])
    def test_the_real_list(db, icb):
        system = SystemFactory(code=icb)
        expected = {row["ods_code"] for row in rows_of_the_real_list() if row["icb_code"] == icb} - {"RYE"}
        ods_list = read(REAL.read_bytes(), icb)
        accept(ods_list, system)
        assert set(Organisation.objects.values_list("code", flat=True)) == expected

    def test_the_real_list_bears_one_code_with_two_names():
        faults = read(REAL.read_bytes(), "QYG").faults
        assert Counter(fault.sentence.split(":")[0] for fault in faults) == {"The code RYE bears 2 names": 5}
