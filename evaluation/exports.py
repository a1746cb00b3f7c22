"""Tables and reports as files. What they hold has come through ``disclosure``, as on the page.

A report's files hold nothing of the moment at which they were made: of the same report they are the same to the byte.
"""

import io
import re
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from evaluation import columns
from members.exports import csv_answer, safe
from rounds_site.kit.printing import printed

__all__ = ["csv_answer", "figures_csv", "pdf_answer", "report_answer", "report_pdf", "report_workbook", "safe"]

ANY_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 (a workbook knows no zones)
NUMBER = re.compile(r"\d{1,3}(,\d{3})*")
PER_CENT = re.compile(r"\d{1,3}%")
NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
LONGEST_SHEET_NAME = 28
WIDE, NARROW = 100, 22
NOT_SHOWN = "Not shown"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def figures_csv(*, name, head, rows) -> HttpResponse:
    """The rows and, below them, what they mean."""
    return csv_answer(name=name, head=head, rows=[*rows, *columns.below(head)])


def report_answer(report, *, name) -> HttpResponse:
    answer = HttpResponse(report_workbook(report), content_type=SPREADSHEET)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def pdf_answer(file, *, name) -> HttpResponse:
    """Of a report that a worker made (``ReportFile``)."""
    answer = HttpResponse(bytes(file.content), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer


def report_pdf(report) -> bytes:
    page = render_to_string("evaluation/report_file.html", {"report": report})
    return printed(page, look=settings.BASE_DIR / "static/css/report.css")


def report_workbook(report) -> bytes:
    """The sentences on the first sheet, with how the figures were made; each table on a sheet of its own."""
    from openpyxl import Workbook  # takes twelve megabytes of each process that has it, and is seldom wanted

    book = Workbook()
    _write_sentences(book.active, report)
    for part in report.parts:
        for table in [*part.tables, *filter(None, [part.dictionary])]:
            _write_table(book.create_sheet(_sheet_name(table["caption"], book.sheetnames)), table)
    book.properties.creator, book.properties.title = "Rounds portal", safe(f"{report.title}: {report.of}")
    book.properties.created = ANY_TIME
    return _without_times(book)


def _write_sentences(sheet, report):
    sheet.title = "Report"
    sheet.column_dimensions["A"].width = WIDE
    _say(sheet, report.title, bold=True)
    _say(sheet, report.of)
    _say(sheet, report.lead)
    for part in report.parts:
        _say(sheet, part.title, bold=True)
        for words in part.says:
            _say(sheet, words)
        for about, what in part.to_try:
            _say(sheet, f"{about}: {' '.join(what)}")


def _say(sheet, words, *, bold=False, wrapped=True):
    from openpyxl.styles import Alignment, Font

    sheet.append([safe(words)])
    cell = sheet.cell(sheet.max_row, 1)
    cell.alignment = Alignment(wrap_text=wrapped, vertical="top" if wrapped else None)
    if bold:
        cell.font = Font(bold=True)


def _write_table(sheet, table):
    from openpyxl.styles import Font

    _say(sheet, table["caption"], bold=True, wrapped=False)
    sheet.append([safe(cell) for cell in table["head"]])
    for cell in sheet[2]:
        cell.font = Font(bold=True)
    for head, *cells in table["rows"]:
        sheet.append([safe(head), *(_cell(cell, sheet) for cell in cells)])
    sheet.freeze_panes = "B3"
    for number in range(len(table["head"])):
        sheet.column_dimensions[chr(ord("A") + number)].width = NARROW if number else 2 * NARROW


def _cell(value, sheet):
    """A number or a share as the page writes it is one that can be reckoned with here; a share beside words is words.

    >>> [_cell(value, None) for value in ("1,150", None, "49 to 104", 3, "=1", "88%, and at 1 Round nearly all")]
    [1150, 'Not shown', '49 to 104', 3, "'=1", '88%, and at 1 Round nearly all']
    """
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return int(value.replace(",", ""))
    if isinstance(value, str) and PER_CENT.fullmatch(value):
        return _share(int(value.removesuffix("%")), sheet)
    return NOT_SHOWN if value is None else safe(value)


def _share(per_cent, sheet):
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=per_cent / 100)
    cell.number_format = "0%"
    return cell


def _sheet_name(caption, taken):
    """Less the period, which stands in its first row.

    >>> _sheet_name("Reach by sector, October 2026 to March 2027", ["Report", "Reach by sector"])
    'Reach by sector 2'
    """
    name = NO_SHEET_NAME.sub("", caption.partition(",")[0])[:LONGEST_SHEET_NAME]
    before = sum(each.startswith(name) for each in taken)
    return f"{name} {before + 1}" if before else name


def _without_times(book) -> bytes:
    """openpyxl writes the present moment into what it saves, and so does every zip file."""
    from openpyxl.writer.excel import ExcelWriter

    saved, fixed = io.BytesIO(), io.BytesIO()
    ExcelWriter(book, ZipFile(saved, "w", ZIP_STORED)).save()
    with ZipFile(saved) as made, ZipFile(fixed, "w", ZIP_DEFLATED) as kept:
        for name in sorted(made.namelist()):
            content = made.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", content)
            kept.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return fixed.getvalue()
