"""``python -m tests.bench.exporting get|post SESSION ADDRESS NAME=VALUE …``: takes a file as a browser does, piece by
piece. One of a time of which little is known goes before, so that templates and connections are there."""

import io
import sys
from collections import defaultdict
from zipfile import ZipFile

from django.test import Client

from evaluation.reports.half_years import HalfYear

from .alone import tell


def main():
    verb, session, address, *said = sys.argv[1:]
    browser = Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR="127.0.0.1")
    browser.cookies["sessionid"] = session
    asked = defaultdict(list)
    for each in said:
        name, value = each.split("=")
        asked[name].append(value)
    ask = getattr(browser, verb)
    tell(lambda: take(ask, address, asked), warm_up=lambda: take(ask, address, asked | before(asked)))


def before(asked):
    """No log goes back so far; a half-year does, with one Round (``exports.a_lead``)."""
    half_years = [HalfYear.called(key).before().before() for key in asked.get("half_year", [])]
    return {"month": "2000-01"} | ({"half_year": half_years[0].key} if half_years else {})


def take(ask, address, said):
    answer = ask(address, said)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers with {answer.status_code}")
    count = rows_of_a_spreadsheet if "sheet" in answer["Content-Type"] else lines
    rows = count(answer if answer.streaming else [answer.content])
    answer.close()
    return {"rows": rows}


def lines(pieces):
    """Without the head."""
    return sum(piece.count(b"\n") for piece in pieces) - 1


def rows_of_a_spreadsheet(pieces):
    """On all its sheets, heads too."""
    with ZipFile(io.BytesIO(b"".join(pieces))) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        return sum(book.read(name).count(b"<row ") for name in sheets)


if __name__ == "__main__":
    main()
