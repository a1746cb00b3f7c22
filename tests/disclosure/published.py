"""What somebody takes away who keeps everything that is published: pieces of text, each with where it stood.

It knows no page: of whatever is given to it, HTML, CSV, a workbook, a PDF or a letter, it keeps all words that a
reader, a screen reader or a program gets. A cell of a table keeps its caption, its row and its column.
"""

import csv
import io
import re
from dataclasses import dataclass
from html.parser import HTMLParser

from openpyxl import load_workbook
from pypdf import PdfReader

NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?![\w.]*\d)|(?<![\w.])\d+(?![\w.]*\d)")
# An address is drawn by chance, and the ends of a range are a number that stands beside them, and a constant. In "From
# 40 to 60 people came" there is no range: these are two Rounds.
SAYS_NO_NUMBER = re.compile(r"https?://\S+|(?<![\w.])(?<![Ff]rom )\d[\d,]* to \d[\d,]*(?![\w.:])")
SAID_ASIDE = ("aria-label", "title", "alt", "content", "placeholder")
UNSEEN = {"script", "style"}
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Piece:
    """`where` is a caption, a row and a column, or the words themselves with their numbers blotted out."""

    where: tuple
    words: str

    @property
    def numbers(self):
        return [int(each.replace(",", "")) for each in NUMBER.findall(SAYS_NO_NUMBER.sub("", self.words))]


def words_of(text):
    return Piece(("", NUMBER.sub("#", text)), text)


def cells_of(caption, rows):
    """`rows`: the head first, and in each row its own heads first: all cells until there is a number."""
    rows = [["" if cell is None else str(cell) for cell in row] for row in rows]
    head = rows[0] if rows else []
    for row in rows[1:]:
        heads = 1 + next((at for at, cell in enumerate(row[1:]) if not cell or NUMBER.search(cell)), 0)
        for number, cell in enumerate(row[heads:], heads):
            yield Piece((caption, " | ".join(row[:heads]), head[number] if number < len(head) else ""), cell)


def read(content):
    """The pieces of anything that is handed out, by what its first bytes say it is."""
    if isinstance(content, list):
        return list(cells_of("", content))
    if isinstance(content, str):
        return _of_page(content) if "<" in content else [words_of(line) for line in content.splitlines() if line]
    if content.startswith(b"PK"):
        return _of_book(content)
    if content.startswith(b"%PDF"):
        return [words_of(line) for page in PdfReader(io.BytesIO(content)).pages for line in _lines(page)]
    text = content.decode("utf-8-sig")
    return _of_page(text) if text.lstrip().startswith("<") else list(cells_of("", list(csv.reader(io.StringIO(text)))))


def _lines(page):
    return filter(None, page.extract_text().splitlines())


def _of_book(content):
    book, found = load_workbook(io.BytesIO(content)), []
    for sheet in book:
        rows = list(sheet.iter_rows(values_only=True))
        if sheet is book.active:
            found += [words_of(str(cell)) for row in rows for cell in row if cell is not None]
        else:
            found += cells_of(str(rows[0][0]), rows[1:])
    return found


def _of_page(text):
    reader = _Page()
    reader.feed(text)
    reader.close()
    return reader.found


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.open, self.heading = [], [], ""
        self.caption, self.rows = "", None

    def handle_starttag(self, tag, attributes):
        self.found += [words_of(value) for name, value in attributes if name in SAID_ASIDE and value]
        if tag not in EMPTY:
            self.open.append([tag, ""])
        if tag == "table":
            self.caption, self.rows = "", []
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])

    def handle_data(self, data):
        # A sentence may go through several elements, and counts for each of them. A table is read by its cells alone.
        for each in reversed(self.open):
            each[1] += data
            if each[0] == "table":
                break

    def handle_endtag(self, tag):
        while tag in [name for name, _ in self.open]:
            name, said = self.open.pop()
            self._closed(name, " ".join(said.split()))
            if name == tag:
                return

    def _closed(self, tag, said):
        if tag == "caption":
            self.caption = said
        elif tag in {"th", "td"} and self.rows:
            self.rows[-1].append(said)
        elif tag == "table":
            self.found += cells_of(self.caption, self.rows)
            self.rows = None
        elif said and tag not in UNSEEN and self.rows is None and len(said) < 400:
            self.found.append(words_of(said))
