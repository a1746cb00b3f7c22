"""Tables that cost more to read than they hold."""

import io
import time

import openpyxl
from openpyxl.styles import Font

from members.actions import tables

LAST_COLUMN = 16_384
SECONDS = 4


def workbook_with(lines, mark):
    """A workbook with those lines of one word; `mark(sheet, number)` adds to each what a stray click leaves."""
    book = openpyxl.Workbook()
    for number in lines:
        book.active.cell(number, 1, "a")
        mark(book.active, number)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def read(content):
    """The lines, and how many seconds of this process they took."""
    began = time.process_time()
    return list(tables.read(content)), time.process_time() - began


def test_a_mark_in_the_last_column_of_every_line_costs_nothing():
    def bold(sheet, number):
        sheet.cell(number, LAST_COLUMN).font = Font(bold=True)

    rows, seconds = read(workbook_with(range(1, 10_001), bold))
    assert rows == [(number, ["a"]) for number in range(1, 10_001)]
    assert seconds < SECONDS


def test_a_line_at_the_very_end_of_the_sheet_costs_nothing():
    rows, seconds = read(workbook_with([1, 1_048_576], lambda sheet, number: None))
    assert rows == [(1, ["a"]), (1_048_576, ["a"])]
    assert seconds < SECONDS
