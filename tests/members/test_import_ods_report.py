"""The report of 27 columns without headings: who is added, changed, ended; and that the rest of the country is nobody's
business here."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.actions import imports, ods
from members.models import Organisation, PlaceEdge, SystemEdge
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PlaceFactory, SystemFactory

NOW = datetime(2027, 3, 3, 12, 0, tzinfo=UTC)
TODAY = date(2027, 3, 3)


def report(*organisations):
    """(code, name, ICB, further cells by their number) as the report has them."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    for code, name, icb, *more in organisations:
        row = [code, name, "Y60", icb, "1 HIGH STREET", "", "", "NORTH VALE", "", "NV1 1AA", "20010401", *[""] * 16]
        for number, cell in (more[0] if more else {}).items():
            row[number - 1] = cell
        writer.writerow(row)
    return written.getvalue().encode()


COUNTRY = report(
    ("QXV", "NHS NORTH VALE INTEGRATED CARE BOARD", ""),
    ("XR1", "RIVERBANK AND ST MARY'S HOSPITALS NHS FOUNDATION TRUST", "QXV"),
    ("XR4", "VALE COMMUNITY HEALTHCARE NHS TRUST", "QXV"),
    ("Y00001", "DRS EXAMPLE AND PARTNERS", "QXV", {26: "4"}),
    ("Y00002", "LANTERN HOSPICE", "QXV"),
    ("Y00003", "EXAMPLE HOLDINGS LTD", "QXV"),
    ("Y00004", "ANYTHING LTD", "QSV"),
    ("XR6", "TWO RIVERS NHS TRUST", "QSV"),
)


@pytest.fixture
def system(db):
    return SystemFactory(code="QXV")


def preview(content, system):
    return imports.preview(ods.read(content, icb="QXV"), system=system, now=NOW)


def accept(content, system):
    told = preview(content, system)
    return imports.accept(told.ods_list, system=system, digest=told.digest, now=NOW)


def test_the_lines_of_one_icb_with_names_as_people_write_them():
    found = ods.read(COUNTRY, icb="QXV")
    assert [(line.number, line.code, line.name, line.sector, line.postcode) for line in found.lines] == [
        (1, "QXV", "NHS North Vale Integrated Care Board", "icb", "NV1 1AA"),
        (2, "XR1", "Riverbank and St Mary's Hospitals NHS Foundation Trust", "acute", "NV1 1AA"),
        (3, "XR4", "Vale Community Healthcare NHS Trust", "community", "NV1 1AA"),
        (4, "Y00001", "Drs Example and Partners", "primary_care", "NV1 1AA"),
        (5, "Y00002", "Lantern Hospice", "hospice", "NV1 1AA"),
    ]


def test_only_what_is_wrong_within_the_icb_is_said():
    assert [(fault.number, fault.sentence) for fault in ods.read(COUNTRY, icb="QXV").faults] == [
        (6, "We cannot tell what kind of employer Example Holdings Ltd is. Add it by hand if it is a partner.")
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (("R%1", "A HOSPICE", "QXV"), "The code must be 2 to 12 letters and numbers. Correct it in the file."),
        (("XR1", "", "QXV"), "The name must have 1 to 200 letters. Correct it in the file."),
        (
            ("XR1", "A HOSPICE", "QXV", {12: "31/03/2027"}),
            "The day of closing is not a day like 20270331. Download the report again.",
        ),
        (
            ("XR1", "A HOSPICE", "QXV", {12: "20270231"}),
            "The day of closing is not a day like 20270331. Download the report again.",
        ),
        (("XR1", "A HOSPICE", "QXV", {10: "NV1 1AA NV1 1AA"}), "The postcode is too long. Correct it in the file."),
    ],
)
def test_a_faulty_line_says_what_to_do(line, sentence):
    found = ods.read(report(line), icb="QXV")
    assert ([(fault.number, fault.sentence) for fault in found.faults], found.lines) == ([(1, sentence)], [])


def test_a_line_that_was_cut_is_faulty_and_a_report_of_other_width_is_none():
    found = ods.read(COUNTRY + b'"XR9","CUT"\n', icb="QXV")
    assert found.faults[-1].sentence == "It has 2 columns, not 27. Download the report again."
    with pytest.raises(Refused, match=r"^The first line must be these headings"):
        ods.read(b'"XR9","CUT"\n', icb="QXV")


def test_added_and_a_second_time_unchanged(system):
    assert [line.code for line in accept(COUNTRY, system).to_add] == ["QXV", "XR1", "XR4", "Y00001", "Y00002"]
    told = accept(COUNTRY, system)
    assert (told.to_add, told.changed, told.ended, len(told.unchanged)) == ([], [], [], 5)


def test_the_list_and_the_report_say_the_same_of_one_organisation(system):
    listed = (
        b"ods_code,name,kind,icb_code,region,postcode\n"
        b"XR4,Vale Community Healthcare NHS Trust,nhs_trust,QXV,North,NV1 1AA\n"
    )
    accept(listed, system)
    told = preview(COUNTRY, system)
    assert [line.code for line in told.unchanged] == ["XR4"]


@pytest.mark.parametrize("day", [date(2026, 4, 1), TODAY, date(2027, 3, 31)])
def test_the_day_of_closing_ends_the_edges_of_a_partner(system, day):
    place = PlaceFactory(system=system)
    riverbank = OrganisationFactory(
        code="XR4", name="Vale Community Healthcare NHS Trust", sector="community", system=system, place=place
    )
    closing = report(("XR4", "VALE COMMUNITY HEALTHCARE NHS TRUST", "QXV", {12: f"{day:%Y%m%d}"}))
    told = accept(closing, system)
    assert [line.code for line in told.ended] == ["XR4"]
    assert SystemEdge.objects.get(organisation=riverbank).ends_on == day
    assert PlaceEdge.objects.get(organisation=riverbank).ends_on == day
    again = preview(closing, system)
    assert (again.ended, again.to_add) == ([], [])


def test_one_that_closed_before_it_was_a_partner_was_never_one(system):
    riverbank = OrganisationFactory(code="XR4", name="Vale Community NHS Trust", sector="community")
    SystemEdge.objects.create(system=system, organisation=riverbank, starts_on=date(2027, 1, 1))
    accept(report(("XR4", "VALE COMMUNITY NHS TRUST", "QXV", {12: "20200101"})), system)
    assert SystemEdge.objects.get().ends_on == date(2027, 1, 1)


def test_what_has_closed_is_not_added_and_what_will_close_is_added_until_then(system):
    told = accept(
        report(
            ("XR4", "VALE COMMUNITY NHS TRUST", "QXV", {12: "20270303"}),
            ("XR5", "EAST VALE NHS TRUST", "QXV", {12: "20270331"}),
        ),
        system,
    )
    assert ([line.code for line in told.closed], [line.code for line in told.to_add]) == (["XR4"], ["XR5"])
    assert Organisation.objects.get().system_edges.get().ends_on == date(2027, 3, 31)
    again = preview(report(("XR5", "EAST VALE NHS TRUST", "QXV", {12: "20270331"})), system)
    assert (again.ended, len(again.unchanged)) == ([], 1)


def test_partners_of_another_system_are_left_to_it(system):
    other = SystemFactory(code="QSV")
    riverbank = OrganisationFactory(code="XR4", name="Vale Community NHS Trust", sector="community", system=system)
    SystemEdge.objects.create(system=other, organisation=riverbank, starts_on=date(2020, 4, 1))
    accept(report(("XR4", "VALE COMMUNITY NHS TRUST", "QXV", {12: "20270303"})), system)
    assert SystemEdge.objects.get(system=other).ends_on is None


@given(st.lists(st.lists(st.text(max_size=10), min_size=25, max_size=28), max_size=5))
def test_any_row_is_a_line_a_faulty_one_or_not_ours(rows):
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    try:
        found = ods.read(COUNTRY + written.getvalue().encode("utf-8", "replace"), icb="QXV")
    except Refused:
        return
    assert len(found.lines) + len(found.faults) <= len(rows) + 6
    assert all(ods.CODE.fullmatch(line.code) and line.name.isprintable() for line in found.lines)
