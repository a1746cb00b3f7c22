"""``bin/bench imports``, small: each list is taken in whole, new and once more, and no line asks for a statement."""

from .lines import lines_of


def test_all_lines_are_taken_and_no_more_statements_for_more_of_them():
    said, _ = lines_of("imports", "100,300")
    found = {(line["note"], line["figure"]): line["value"] for line in said}
    for kind in ("staff", "partners"):
        for when in ("new", "taken once more"):
            few, many = (f"{kind}, {size} lines, {when}" for size in (100, 300))
            assert (found[few, "lines_taken"], found[many, "lines_taken"]) == (100, 300)
            assert 3 * found[many, "statements_per_line"] < 1.5 * found[few, "statements_per_line"] + 1
            assert found[many, "cpu_ms_per_line"] > 0
