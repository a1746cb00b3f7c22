"""What a reader of a PDF goes by."""

import doctest
import re
import zlib

from rounds_site.kit import pdf


def a_document():
    page, other = pdf.Page(), pdf.Page()
    page.words(10, 20, "Words (in brackets), a \\ and “quotes”, 雨", size=9)
    other.squares(0, 40, [[True, False], [False, True]], side=4)
    return pdf.document([page, other], title="Two pages")


def test_each_part_stands_where_the_table_says():
    whole = a_document()
    begins = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", whole)[1])
    table = whole[begins:].split(b"trailer")[0].splitlines()
    assert table[0] == b"xref"
    places = [int(line[:10]) for line in table[3:]]
    assert table[1] == b"0 %d" % (len(places) + 1)
    assert all(len(line) == 19 for line in table[2:])  # and one for the end of the line, as is asked
    for number, place in enumerate(places, start=1):
        assert whole[place:].startswith(b"%d 0 obj\n" % number)
    for length, stream in re.findall(rb"/Length (\d+)>>stream\n(.*?)\nendstream", whole, re.DOTALL):
        assert int(length) == len(stream)


def test_words_stay_words_and_squares_stand_from_the_top():
    drawn = [zlib.decompress(each) for each in re.findall(rb"stream\n(.*?)\nendstream", a_document(), re.DOTALL)]
    words = rb"BT /F0 9.00 Tf 10.00 20.00 Td (Words \(in brackets\), a \\ and " + "“quotes”, ?".encode("cp1252")
    assert drawn == [
        words + b") Tj ET",
        b"0.000 38.000 2.000 2.000 re\n2.000 36.000 2.000 2.000 re\nf",
    ]


def test_the_same_pages_are_the_same_bytes():
    assert a_document() == a_document()


def test_its_examples():
    tried = doctest.testmod(pdf)
    assert (tried.failed, tried.attempted > 0) == (0, True)
