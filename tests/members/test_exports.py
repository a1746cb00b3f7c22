"""Tables as files, of any length."""

import csv
import io

from members import exports

HEAD = ["Who", "What"]


def taken(answer):
    content = b"".join(answer) if answer.streaming else answer.content
    assert int(answer["Content-Length"]) == len(content)
    return content


def test_a_small_one_is_handed_over_as_it_is():
    answer = exports.csv_answer(name="log", head=HEAD, rows=[["Ines", "=1+1"], ["Zoë", None]])
    assert not answer.streaming
    assert taken(answer).decode() == "\ufeffWho,What\r\nInes,'=1+1\r\nZoë,\r\n"
    assert answer["Content-Disposition"] == 'attachment; filename="log.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_a_large_one_says_the_same_and_is_never_held_whole():
    rows = exports.LARGE // 100 + 1
    answer = exports.csv_answer(name="log", head=HEAD, rows=([f"Person {n}", "x" * 100] for n in range(rows)))
    assert answer.streaming
    found = list(csv.reader(io.StringIO(taken(answer).decode("utf-8-sig"))))
    assert found[0] == HEAD
    assert [row[0] for row in found[1:]] == [f"Person {n}" for n in range(rows)]
    assert answer["Content-Disposition"] == 'attachment; filename="log.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    answer.file_to_stream.close()
