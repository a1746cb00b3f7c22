"""Tables that people hand in: CSV as offices write it, or an Excel workbook.

What comes out is text: a cell that looks like a formula is that text and is never worked out.
"""

import codecs
import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterator

from rounds_site.kit.refusals import Refused

LARGEST = 10 * 1024 * 1024
MOST_LINES = 100_000
MOST_COLUMNS = 200
# What a workbook may unfold to. A sound one of 100,000 lines stays below; a bomb of a few kilobytes would not.
LARGEST_UNFOLDED = 60 * 1024 * 1024
MOST_PARTS = 1000

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
OTHER_KINDS = {b"%PDF": "a PDF", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture"}
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))

SPLIT = "Take out what is not needed, or split it."
EMPTY = "The file is empty. Choose the one that you exported."
NOT_A_TABLE = "The file is not a table. Save the list as “CSV UTF-8” or as an Excel workbook (.xlsx)."
HALF_THERE = "The file may be only half there: export it again."

Rows = Iterator[tuple[int, list[str]]]


def too_large(split=SPLIT):
    return f"The file is larger than 10 MB. {split}"


def read(content: bytes, *, is_heading: Callable[[str], bool] = lambda cell: False, split=SPLIT) -> Rows:
    """(line number, cells without surplus blanks) of every line that says anything, the headings included.

    `is_heading` tells which separator is the right one: the one that makes most headings of the first line. Refused,
    perhaps only in the middle, where it is no such table, breaks off or is too large; `split` says how it may be split.
    """
    if len(content) > LARGEST:
        raise Refused(too_large(split))
    if not content.strip(b"\0 \t\r\n"):
        raise Refused(EMPTY)
    workbook = content.startswith(ZIP)
    return _limited(_rows_of_workbook(content) if workbook else _rows_of_text(_text(content), is_heading), split)


def _limited(rows, split):
    count = 0
    for count, (number, cells) in enumerate(rows, start=1):
        if count > MOST_LINES + 1:
            raise Refused(f"The file has more than {MOST_LINES:,} lines. {split}")
        if len(cells) > MOST_COLUMNS:
            raise Refused(f"Line {number} has more than {MOST_COLUMNS} columns. {NOT_A_TABLE}")
        yield number, cells
    if not count:
        raise Refused(EMPTY)


def cleaned(cell: str) -> str:
    return " ".join((cell if cell.isascii() else cell.translate(INVISIBLE)).split())


# --- CSV --------------------------------------------------------------------------------------------


def _text(content):
    """The file as text, whichever of the usual encodings it is in."""
    kind = next((name for beginning, name in OTHER_KINDS.items() if content.startswith(beginning)), None)
    if kind:
        raise Refused(f"The file is {kind}, not a table. Save the list as “CSV UTF-8” and choose that file.")
    if content.startswith(OLD_EXCEL):
        raise Refused(
            "The file is an old Excel workbook (.xls), or one with a password. "
            "Save it as an Excel workbook (.xlsx) without a password, or as “CSV UTF-8”."
        )
    readings = (read_as(content) for read_as in (_utf_16, _utf_8, _windows))
    text = next(reading for reading in readings if reading is not None)
    if "\0" in text:
        raise Refused(NOT_A_TABLE)
    if not text.strip():
        raise Refused(EMPTY)
    return text


def _utf_16(content):
    """Text in UTF-16, or None. Without a mark at the beginning, every second byte of plain letters is empty."""
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None
    head = content[:200]
    if not encoding and len(head) > 3 and head[1::2].count(0) * 2 > len(head[1::2]):
        encoding = "utf-16-le"
    if not encoding and len(head) > 3 and head[::2].count(0) * 2 > len(head[::2]):
        encoding = "utf-16-be"
    if not encoding:
        return None
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(HALF_THERE if error.end >= len(content) - 1 else NOT_A_TABLE) from None


def _utf_8(content):
    """Text in UTF-8, or None where it is another encoding and not a damaged UTF-8."""
    if b"\0" in content:
        raise Refused(NOT_A_TABLE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise Refused(HALF_THERE) from None
    text = content.decode("utf-8-sig", "surrogateescape")
    wrong = [position for position, letter in enumerate(text) if "\udc80" <= letter <= "\udcff"]
    if sum(letter > "\x7f" for letter in text) > 2 * len(wrong):
        number = text.count("\n", 0, wrong[0]) + 1
        raise Refused(f"Line {number} holds a character that is not UTF-8 as the others are. Export the file again.")
    return None


def _windows(content):
    """Text as older programs on Windows write it. Nearly any bytes could be that, so what no list holds is no list."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise Refused(NOT_A_TABLE) from None
    if any(letter < " " and letter not in "\t\r\n" for letter in text):
        raise Refused(NOT_A_TABLE)
    return text


def _rows_of_text(text, is_heading):
    """Excel's own first line `sep=;` counts as a line and says nothing else."""
    first, _, rest = text.partition("\n")
    said = first.strip().lower()
    skipped = 0
    if said.startswith("sep=") and said[4:] in (*SEPARATORS, ""):
        separator, text, skipped = said[4:] or "\t", rest, 1
    else:
        separator = _separator(text, is_heading)
    return _parsed(text, separator, skipped)


def _separator(text, is_heading):
    start = text.lstrip("\r\n")[:20_000]

    def merit(separator):
        try:
            cells = next(csv.reader(io.StringIO(start, newline=""), delimiter=separator), [])
        except csv.Error:
            return (0, 0)
        return sum(is_heading(cleaned(cell)) for cell in cells), len(cells)

    return max(SEPARATORS, key=merit)


def _parsed(text, separator, skipped):
    """Where the very last line is shorter than the headings and all lines before it, and does not end, the file was
    cut there."""
    shortest, before, held = MOST_COLUMNS, 0, None
    for number, row in _numbered(text, separator, skipped):
        if held:
            shortest, before = min(shortest, len(held[1])), before + 1
            yield held
        held = number, row
    if before > 1 and len(held[1]) < shortest and not text.endswith(("\n", "\r")):
        raise Refused(f"The file breaks off in line {held[0]}. {HALF_THERE}")
    if held:
        yield held


def _numbered(text, separator, skipped):
    """Each line that says something, with the number of the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        number = reader.line_num + skipped + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Refused(
                f"Line {number} cannot be read: a quotation mark or the end of the line is missing. {HALF_THERE}"
            ) from None
        cells = [cleaned(cell) for cell in row]
        if any(cells):
            yield number, cells


# --- Excel ------------------------------------------------------------------------------------------


def _rows_of_workbook(content):
    """The lines of its first visible sheet: what is seen in a cell, never the formula behind it."""
    import openpyxl  # takes twelve megabytes of each process that has it, and is seldom wanted

    _refuse_bombs(content)
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = next((each for each in workbook.worksheets if each.sheet_state == "visible"), None)
        lines = ()
        if sheet is not None:
            # What a sheet says of its own size may be wrong.
            sheet.reset_dimensions()
            # A stray mark in the last column of every line would make each 16,384 cells wide.
            lines = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
        for number, values in enumerate(lines, start=1):
            cells = _seen(values)
            if cells:
                yield number, cells
    except (Refused, GeneratorExit):
        raise
    except Exception:  # noqa: BLE001 (a damaged workbook makes openpyxl raise nearly anything)
        raise Refused(f"The workbook cannot be read. {HALF_THERE}") from None


def _refuse_bombs(content):
    """What the archive says it unfolds to is what Python's zipfile holds it to."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError):
        raise Refused(f"The workbook cannot be opened. {HALF_THERE}") from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNFOLDED:
        raise Refused("The workbook unfolds to far more than a list holds. Save the list alone as “CSV UTF-8”.")
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise Refused(NOT_A_TABLE)


def _seen(values):
    """The cells up to the last that holds something. Empty lines, of which there may be a million, cost nothing."""
    if values.count(None) == len(values):
        return []
    cells = [_written(value) for value in values]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _written(value):
    """As a CSV file would have it: 901 and not 901.0, 2026-03-04 and not a number of days."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return str(value.date() if value.time() == dt.time() else value.isoformat(" ", "minutes"))
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    return cleaned(str(value))
