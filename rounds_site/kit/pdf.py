"""Pages of A4 with words, lines and squares, as a PDF file. Points from the lower left corner in, bytes out.

With the two fonts that every reader has, so without letters beyond those of Western Europe, and without a time: the
same pages are the same bytes.
"""

import zlib

WIDE, HIGH = 595.28, 841.89
MILLIMETRE = 72 / 25.4
FONTS = (b"Helvetica", b"Helvetica-Bold")
# Of its size, as wide as a letter of these fonts is on average.
LETTER = 0.52


def fitting(words: str, *, size: float, wide: float) -> float:
    """The size at which they are no wider than that.

    >>> fitting("rounds.example.nhs.uk", size=10, wide=200), round(fitting("x" * 100, size=10, wide=200), 2)
    (10, 3.85)
    """
    return min(size, wide / (LETTER * max(1, len(words))))


class Page:
    def __init__(self):
        self._drawn = []

    def words(self, left, foot, words: str, *, size, bold=False):
        said = words.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        self._drawn.append(b"BT /F%d %.2f Tf %.2f %.2f Td (%s) Tj ET" % (bold, size, left, foot, said))

    def squares(self, left, top, rows, *, side):
        """Dark where `rows`, from the top, say so; as wide and as high as `side` in all."""
        each = side / len(rows)
        for down, row in enumerate(rows, start=1):
            places = (left + along * each for along, dark in enumerate(row) if dark)
            self._drawn += [b"%.3f %.3f %.3f %.3f re" % (place, top - down * each, each, each) for place in places]
        self._drawn.append(b"f")

    def dashed(self, left, foot, wide, high):
        self._drawn.append(b"q 0.5 w 0.5 G [3 3] 0 d %.2f %.2f %.2f %.2f re S Q" % (left, foot, wide, high))

    @property
    def stream(self) -> bytes:
        packed = zlib.compress(b"\n".join(self._drawn), 9)
        return b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)


def document(pages, *, title: str) -> bytes:
    """`title`: in ASCII."""
    first = 4 + len(FONTS)  # 1 the catalogue, 2 the list of pages, 3 the title, then the fonts; of each page two
    fonts = b"".join(b"/F%d %d 0 R" % (number, 4 + number) for number in range(len(FONTS)))
    kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(pages)))
    parts = [
        b"<</Type/Catalog/Pages 2 0 R/Lang(en-GB)/ViewerPreferences<</DisplayDocTitle true/PrintScaling/None>>>>",
        b"<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 %.2f %.2f]>>" % (len(pages), kids, WIDE, HIGH),
        b"<</Title(%s)>>" % title.encode("ascii"),
        *(b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>" % font for font in FONTS),
    ]
    for number, page in enumerate(pages):
        drawn = first + 2 * number + 1
        parts += [b"<</Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<</Font<<%s>>>>>>" % (drawn, fonts), page.stream]
    return _written(parts)


def _written(parts) -> bytes:
    whole, begins = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, part in enumerate(parts, start=1):
        begins.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % at for at in begins)
    number = len(parts) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R/Info 3 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (number, len(whole))
    return bytes(whole) + b"xref\n0 %d\n0000000000 65535 f \n%s" % (number, table) + trailer
