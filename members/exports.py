"""Tables as files."""

import csv
import io
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile

from django.http import FileResponse, HttpResponse

BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
SPLITS = ("\t", "\r", "\n")
# From here on a file waits on the disk until it is handed over, nameless, and is never held whole.
LARGE = 2_000_000


def csv_answer(*, name, head, rows) -> HttpResponse | FileResponse:
    """A file that opens rightly in a spreadsheet, whatever somebody once typed into a field. All `rows` are taken
    before this returns, one after the other: what is read for them belongs to the request."""
    kind = {"content_type": "text/csv; charset=utf-8"}
    with ExitStack() as opened:
        file = opened.enter_context(SpooledTemporaryFile(max_size=LARGE))
        _write(file, head, rows)
        size = file.tell()
        file.seek(0)
        if size > LARGE:
            # Closed by whoever hands it over.
            opened.pop_all()
            answer = FileResponse(file, **kind)
        else:
            answer = HttpResponse(file.read(), **kind)
    answer["Content-Length"] = size
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _write(file, head, rows):
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([safe(cell) for cell in head])
        writer.writerows([safe(cell) for cell in row] for row in rows)
    finally:
        # It would close the file with itself.
        text.detach()


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
