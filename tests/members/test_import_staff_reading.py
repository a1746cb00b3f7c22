"""Staff lists as files: encodings, separators, headings, workbooks; what is faulty, and what is no list at all."""

import csv
import io
import zipfile
from contextlib import suppress

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import ods, staff_lists, tables
from members.actions.staff_groups import group_called
from members.models import Organisation
from members.roles import STAFF_GROUPS
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory

HEAD = "Name,Email,Organisation code,Staff group,Site\n"
ADA = "Ada Nolàn,ada@riverbank.example,XR1,Estates and Ancillary,Main building"
HALF = "The file may be only half there: export it again."


@pytest.fixture
def riverbank(db):
    return OrganisationFactory(code="XR1", name="Riverbank")


@pytest.fixture
def meadow(db):
    return OrganisationFactory(code="XR2", name="Meadow")


def read(content, ours=("XR1",)):
    content = content.encode() if isinstance(content, str) else content
    return staff_lists.read(content, organisations=Organisation.objects.filter(code__in=ours))


def plainly(found):
    return [tuple(line) for line in found.lines]


def workbook(*rows, title="Staff", hidden_first=False):
    book = openpyxl.Workbook()
    if hidden_first:
        book.active.sheet_state = "hidden"
        book.create_sheet()
    sheet = book.worksheets[-1]
    for row in rows:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


# --- The same list in every guise ---------------------------------------------------------------------

TEXT = HEAD + ADA + "\n"
EXPECTED = [(2, "ada@riverbank.example", "Ada Nolàn", "XR1", "estates", "Main building")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_separator_and_line_end(riverbank, encoding, separator, line_end):
    content = TEXT.replace(",", separator).replace("\n", line_end).encode(encoding)
    assert plainly(read(content)) == EXPECTED


def test_the_separator_is_the_one_that_makes_headings_though_another_is_commoner(riverbank):
    text = 'Email;"Name, title, post, grade";Org code\nada@riverbank.example;"Nolàn, Ada, Dr, 7";XR1\n'
    assert plainly(read(text)) == [(2, "ada@riverbank.example", "", "XR1", None, "")]


@pytest.mark.parametrize("first", ["sep=;\n", "SEP=;\r\n"])
def test_the_line_that_excel_puts_first_is_a_line_and_says_the_separator(riverbank, first):
    assert plainly(read(first + TEXT.replace(",", ";"))) == [(3, *EXPECTED[0][1:])]


def test_a_workbook_reads_as_the_file_does(riverbank):
    rows = [HEAD.strip().split(","), ADA.split(",")]
    assert plainly(read(workbook(*rows))) == plainly(read(workbook(*rows, hidden_first=True))) == EXPECTED


def test_numbers_and_empty_rows_in_a_workbook(db):
    OrganisationFactory(code="901")
    content = workbook(["Email", "Org code", "Name"], [], ["ada@riverbank.example", 901.0, None])
    assert plainly(read(content, ours=["901"])) == [(3, "ada@riverbank.example", "", "901", None, "")]


@pytest.mark.parametrize(
    "headings",
    [
        "E-MAIL ADDRESS,  Organisation   Code ,Employee Name,Staff Category,Location",
        "e-mail,ODS code,Full name,STAFF_GROUP,base",
        "Work email,Employer,Name,Staff group,Site name",
    ],
)
def test_common_spellings_of_headings_in_any_order(riverbank, headings):
    line = "ada@riverbank.example,XR1,Ada Nolàn,Estates and Ancillary,Main building"
    assert plainly(read(f"{headings}\n{line}\n")) == EXPECTED


def test_a_name_in_two_columns_and_columns_that_are_not_read(riverbank):
    found = read("Surname,Pay,Forename,Email,Org,Born\nNolàn,9,Ada,ADA@riverbank.example ,xr1,1980\n")
    assert plainly(found) == [(2, "ada@riverbank.example", "Ada Nolàn", "XR1", None, "")]
    assert found.unused == ["Pay", "Born"]


def test_blanks_that_cannot_be_seen_are_no_part_of_a_word(riverbank):
    found = read("Email,Org,Name\n\u200b ada@riverbank.example\u00a0,XR1\ufeff,Ada\u00a0 Nolàn\n")
    assert plainly(found) == [(2, "ada@riverbank.example", "Ada Nolàn", "XR1", None, "")]


# --- Staff groups -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ("Add Prof Scientific and Technic", "pharmacy_psychology"),
        ("Additional Clinical Services", "clinical_support"),
        ("Administrative and Clerical", "administration"),
        ("Allied Health Professionals", "allied_health"),
        ("Estates and Ancillary", "estates"),
        ("Healthcare Scientists", "science"),
        ("Medical and Dental", "medical"),
        ("Nursing and Midwifery Registered", "nursing"),
        ("Students", "student"),
        ("NURSING & MIDWIFERY", "nursing"),
        ("hca", "clinical_support"),
        ("Pilot", None),
    ],
)
def test_names_of_the_electronic_staff_record_and_what_people_type(said, group):
    assert group_called(said) == group


def test_every_group_is_known_by_its_own_name():
    assert {group_called(name) for name in STAFF_GROUPS.values()} == set(STAFF_GROUPS)


def test_groups_that_nobody_knows_are_listed_and_taken_as_other(riverbank):
    found = read("Email,Org,Group\na@x.example,XR1,Wizard\nb@x.example,XR1,Wizard\nc@x.example,XR1,\n")
    assert ([line.group for line in found.lines], found.most_unmatched) == (["other", "other", None], [("Wizard", 2)])


# --- Faulty lines -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Ada,,XR1,,", "There is no email address. Add it, or take the line out."),
        ("Ada,ada@,XR1,,", "“ada@” is not an email address. Correct it: name@example.com."),
        (
            "Ada,ada@b\u202e.example,XR1,,",
            "“ada@b\ufffd.example” is not an email address. Correct it: name@example.com.",
        ),
        ("A\u202eda,ada@b.example,XR1,,", "The name holds characters that cannot be seen. Type it again."),
        ("Ada,Ada <a@b.example>,XR1,,", "“ada <a@b.example>” is not an email address. Correct it: name@example.com."),
        (
            f"Ada,{'a' * 250}@b.example,XR1,,",
            f"“{'a' * 59}…” is not an email address. Correct it: name@example.com.",
        ),
        ("Ada,a@b.example,,,", "There is no organisation code. Add it."),
        (
            "Ada,a@b.example,XQ9,,",
            "There is no partner with the code “XQ9”. Correct it, or add the partner first.",
        ),
        (
            "Ada,a@b.example,XR2,,",
            "The staff list of XR2 is not yours to import. Take the line out, or ask its administrator.",
        ),
        (f"{'A' * 101},a@b.example,XR1,,", "The name is longer than 100 letters. Shorten it."),
        ("A\x07da,a@b.example,XR1,,", "The name holds characters that cannot be seen. Type it again."),
        (
            "N\ufffdlan,a@b.example,XR1,,",
            "The name holds “\ufffd” instead of a letter. Export the list again as “CSV UTF-8”.",
        ),
        (f"Ada,a@b.example,XR1,,{'s' * 101}", "The site is longer than 100 letters. Shorten it."),
        (
            "Nolan, Ada,a@b.example,XR1,,,",
            "“ada” is not an email address. Correct it: name@example.com.",
        ),
        (
            "Ada,a@b.example,XR1,,Main,building",
            "It has 6 columns, and the headings only 5. Put quotation marks around what holds a separator.",
        ),
    ],
)
def test_a_faulty_line_says_what_to_do(riverbank, meadow, line, sentence):
    found = read(HEAD + line + "\n")
    assert ([(fault.number, fault.sentence) for fault in found.faults], found.lines) == ([(2, sentence)], [])


def test_one_address_twice_for_a_partner_is_taken_once_and_for_two_partners_twice(riverbank, meadow):
    lines = "Ada,A@x.example,XR1,,\nAda,a@x.example,xr1,,\nAda,a@x.example,XR2,,\n"
    found = read(HEAD + lines, ours=["XR1", "XR2"])
    assert [(line.number, line.code) for line in found.lines] == [(2, "XR1"), (4, "XR2")]
    assert [(each.number, each.sentence) for each in found.faults] == [
        (3, "a@x.example stands in line 2 already. Take one of the two out.")
    ]


def test_a_line_break_within_a_cell_does_not_shift_the_numbers(riverbank):
    found = read(HEAD + '"Ada\nNolan",a@x.example,XR1,,\n,b@,XR1,,\n')
    assert [(line.number, line.name) for line in found.lines] == [(2, "Ada Nolan")]
    assert [fault.number for fault in found.faults] == [4]


@pytest.mark.parametrize("formula", ["=1+1", "+447700900000", "-2", "@SUM(A1)", '=HYPERLINK("http://x.example")'])
def test_what_looks_like_a_formula_is_a_name_like_any_other(riverbank, formula):
    written = io.StringIO()
    csv.writer(written).writerow([formula, "a@x.example", "XR1", formula, formula])
    [line] = read(HEAD + written.getvalue()).lines
    assert (line.name, line.group, line.site) == (formula, "other", formula)


def test_sentences_hold_no_characters_that_a_terminal_would_obey(riverbank):
    found = read(HEAD + "Ada,\x1b[2J\x1b[1;31m@x,\x1b]0;x,Wi\x1bzard,\nBen,b@x.example,XR1,\x1b[2JWizard,\n")
    said = [fault.sentence for fault in found.faults] + [words for words, _ in found.most_unmatched]
    assert len(said) == 2
    assert all(sentence.isprintable() for sentence in said)


# --- No list at all -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", tables.EMPTY),
        (b" \r\n\t\n", tables.EMPTY),
        (b"\0" * 100, tables.EMPTY),
        (b"\xef\xbb\xbf", tables.EMPTY),
        (b",,,\n,,\n", tables.EMPTY),
        (b"%PDF-1.7 ...", "The file is a PDF, not a table. Save the list as “CSV UTF-8” and choose that file."),
        (
            b"\xff\xd8\xff\xe0 JFIF",
            "The file is a picture, not a table. Save the list as “CSV UTF-8” and choose that file.",
        ),
        (b"\x7fELF\x02\x01\x01\0\0\xf0\x9d", tables.NOT_A_TABLE),
        (HEAD.encode() + b"Ada\0,a@x.example,XR1,,\n", tables.NOT_A_TABLE),
        (HEAD.encode() + b"A\x81da,a@x.example,XR1,,\n", tables.NOT_A_TABLE),
        (HEAD.encode() + "Ada N\u00f6l".encode()[:-2], HALF),
        (TEXT.encode("utf-16")[:-1], HALF),
        (
            (HEAD + "Ad\u00e4,\u00e4@x.example,XR1,,\n").encode() + b"N\xf6lan,n@x.example,XR1,,\n",
            "Line 3 holds a character that is not UTF-8 as the others are. Export the file again.",
        ),
        (
            HEAD.encode() + b'"Ada,a@x.example,XR1,,\n',
            f"Line 2 cannot be read: a quotation mark or the end of the line is missing. {HALF}",
        ),
        (
            HEAD.encode() + b"Ada,a@x.example,XR1,,\nBen,b@x.ex",
            f"The file breaks off in line 3. {HALF}",
        ),
        (HEAD.encode(), "There is nobody below the headings. Choose the whole list."),
        (
            b"x" * (tables.LARGEST + 1),
            "The file is larger than 10 MB. Take out what is not needed, or split it: only between partners, never "
            "within one.",
        ),
        (b"," * 300 + b"x\n", f"Line 1 has more than 200 columns. {tables.NOT_A_TABLE}"),
        (
            b"Email,E-mail,Org\na@x.example,b@x.example,XR1\n",
            "Several columns could be the same: “Email” and “E-mail”. Keep one of them.",
        ),
        (
            b"Ada,a@x.example,XR1\nBen,b@x.example,XR1\n",
            "The first line must hold the headings, and we find none for Email and Organisation code. "
            "The headings we know: Name, Email, Organisation code, Staff group, Site.",
        ),
    ],
)
def test_what_is_no_list_is_refused_in_one_sentence(riverbank, content, sentence):
    with pytest.raises(Refused) as refusal:
        read(content)
    assert str(refusal.value) == sentence


def test_a_list_of_more_lines_than_anybody_employs(riverbank):
    content = b"Email,Org\n" + b"a@x.example,XR1\n" * (tables.MOST_LINES + 1)
    with pytest.raises(Refused, match=r"^The file has more than 100,000 lines\."):
        read(content)


OLD = (
    "The file is an old Excel workbook (.xls), or one with a password. "
    "Save it as an Excel workbook (.xlsx) without a password, or as “CSV UTF-8”."
)
BOMB = "The workbook unfolds to far more than a list holds. Save the list alone as “CSV UTF-8”."


def archive(parts, compression=zipfile.ZIP_DEFLATED):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return written.getvalue()


def changed(content, **parts):
    """A workbook with other contents of some of its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        kept = {name: opened.read(name) for name in opened.namelist()}
    return archive(kept | {name.replace("__", "/").replace("_xml", ".xml"): text for name, text in parts.items()})


SOUND = workbook(HEAD.strip().split(","), ADA.split(","))
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><worksheet>&i;</worksheet>"
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", OLD),
        (SOUND[: len(SOUND) // 2], f"The workbook cannot be opened. {HALF}"),
        (SOUND[:-40], f"The workbook cannot be opened. {HALF}"),
        (b"PK\x03\x04", f"The workbook cannot be opened. {HALF}"),
        (archive({"content.xml": "<office/>"}), tables.NOT_A_TABLE),
        (archive({"xl/workbook.xml": "0" * (tables.LARGEST_UNFOLDED + 1)}), BOMB),
        (archive({f"xl/{n}.xml": "" for n in range(tables.MOST_PARTS)} | {"xl/workbook.xml": ""}), BOMB),
        (archive({"xl/workbook.xml": "<not a workbook"}), f"The workbook cannot be read. {HALF}"),
        (
            changed(SOUND, xl__worksheets__sheet1_xml="<worksheet><sheetData><row"),
            f"The workbook cannot be read. {HALF}",
        ),
        (changed(SOUND, xl__worksheets__sheet1_xml=LAUGHS), f"The workbook cannot be read. {HALF}"),
        (workbook(), tables.EMPTY),
        (workbook(["Email"] * 201), f"Line 1 has more than 200 columns. {tables.NOT_A_TABLE}"),
    ],
)
def test_workbooks_that_are_old_damaged_or_a_trap(riverbank, content, sentence):
    with pytest.raises(Refused) as refusal:
        read(content)
    assert str(refusal.value) == sentence


# --- Anything at all ----------------------------------------------------------------------------------

ANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
MAGIC = [
    b"",
    b"PK\x03\x04",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    HEAD.encode(),
    HEAD.encode("utf-16"),
    SOUND[:500],
]


@ANY
@given(st.sampled_from(MAGIC), st.binary(max_size=400))
def test_any_bytes_are_a_list_or_refused(riverbank, beginning, rest):
    for reading in (read, lambda content: ods.read(content, icb="QXV")):
        try:
            found = reading(beginning + rest)
        except Refused:
            continue
        assert found.lines or found.faults or reading is not read


@ANY
@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255), st.integers(0, 200))
def test_a_workbook_with_a_damaged_stretch_is_read_or_refused(riverbank, place, mask, length):
    damaged = bytearray(SOUND)
    for position in range(place, min(place + length, len(damaged))):
        damaged[position] ^= mask
    with suppress(Refused):
        read(bytes(damaged))


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["XR1", "xr1", "ada@x.example", "ADA@x.example", "Nurse", "=1+1", "<b>", "", "\u202e", "a" * 300]),
)


@ANY
@given(st.lists(st.lists(CELLS, max_size=7), max_size=8), st.sampled_from([",", ";", "\t"]))
def test_every_row_is_a_person_a_faulty_line_or_empty(riverbank, rows, separator):
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows([HEAD.strip().split(","), *rows])
    try:
        found = read(written.getvalue().encode("utf-8", "replace"))
    except Refused:
        return
    assert len(found.lines) + len(found.faults) <= len(rows)
    assert len({(line.email, line.code) for line in found.lines}) == len(found.lines)
    assert all(line.code == "XR1" and line.name.isprintable() and len(line.name) <= 100 for line in found.lines)
    assert all(fault.sentence.isprintable() for fault in found.faults)
