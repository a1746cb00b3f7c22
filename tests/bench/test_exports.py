"""``bin/bench exports``, small: both logs are taken whole, a thousand rows for a handful of statements; every
spreadsheet too, and for more Rounds it asks for no more statements."""

from .exports import SPREADSHEETS
from .lines import lines_of


def test_each_file_is_taken_and_a_row_asks_for_no_statement():
    said, _ = lines_of("exports", "500,1500")
    found = {(line["note"], line["figure"]): line["value"] for line in said}
    for log in ("security", "care"):
        assert found[f"1,500 rows of the {log} log", "statements_per_1000_rows"] < 40
        assert found[f"1,500 rows of the {log} log", "cpu_ms_per_row"] > 0
        for size in (500, 1500):
            # Each file that is taken is a row of the security log.
            rows = found[f"{size:,} rows of the {log} log", "rows"]
            assert size <= rows <= size + 8 * (log == "security")
    for name in SPREADSHEETS:
        few, many = (
            {figure: found[f"{name} of {rounds} Rounds", figure] for figure in ("rows", "statements")}
            for rounds in (5, 15)
        )
        assert few["statements"] == many["statements"] > 0
        assert many["rows"] == few["rows"] + 10 * (name == "make_return") > 20
