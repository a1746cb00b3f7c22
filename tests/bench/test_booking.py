"""``bin/bench booking``, small: everybody settles, and what is counted can be read."""

from .lines import lines_of


def test_everybody_is_settled_and_each_figure_of_each_run_is_a_line():
    said, _ = lines_of("booking", "20")
    assert {tuple(line) for line in said} == {("bench", "figure", "value", "unit", "note")}
    races = [f"20 people for 6 places, race {number}" for number in (1, 2, 3)]
    found = {(line["note"], line["figure"]): line["value"] for line in said}
    assert [[found[race, name] for name in ("places", "waiting", "errors")] for race in races] == [[6, 14, 0]] * 3
    assert {line["value"] for line in said if line["figure"] == "http_per_booking"} == {3}
    assert {"sql_per_booking", "sql_per_offer", "sql_per_checkin"} <= {line["figure"] for line in said}
