"""Tables as files."""

import csv
import io

from django.http import HttpResponse

BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
SPLITS = ("\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"


def csv_answer(*, name, head, rows) -> HttpResponse:
    """A file that opens rightly in a spreadsheet, whatever somebody once typed into a field."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([safe(cell) for cell in head])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    answer = HttpResponse(BYTE_ORDER_MARK + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def safe(cell):
    """
    >>> safe("=1+1"), safe(" @SUM(A1)"), safe("Well facilitated"), safe(-40), safe(None)
    ("'=1+1", "' @SUM(A1)", 'Well facilitated', -40, '')
    """
    if cell is None:
        return ""
    if isinstance(cell, str) and (cell.lstrip().startswith(BEGINS_A_FORMULA) or cell[:1] in SPLITS):
        return f"'{cell}"
    return cell
