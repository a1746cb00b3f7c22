from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rounds_site.kit import charts
from rounds_site.kit.charts import Bar, Share, Stack


def test_a_bar_is_as_long_as_its_number():
    drawn = charts.bars([Bar("Acute", 24, low=21, high=27), Bar("Care", 6)])
    assert [row["length"] for row in drawn["rows"]] == ["360", "90"]
    assert [tick["words"] for tick in drawn["axis"]] == ["0", "10", "20", "30"]
    assert drawn["rows"][0]["range_out"] == "M510 55H555M555 50v10"


def test_what_is_not_shown_has_words_and_no_length():
    row = charts.bars([Bar("Hospices", None, "Fewer than 8 people")])["rows"][0]
    assert (row["shown"], row["words"], "length" in row) == (False, "Fewer than 8 people", False)


def test_no_rows_draw_an_empty_chart():
    assert charts.bars([])["rows"] == []
    assert charts.columns([])["columns"] == []
    assert charts.distribution([])["rows"] == []


def test_a_column_stands_on_the_axis():
    drawn = charts.columns([Bar("April\n2027", 50), Bar("May", None, "Fewer than 8 people")])
    first, second = drawn["columns"]
    assert float(first["top"]) + float(first["tall"]) == 264
    assert (first["label"], first["label2"], second["shown"]) == ("April", "2027", False)


def test_the_parts_of_a_bar_fill_it():
    parts = charts.distribution([Share("Question", (21, 14, 6, 2, 1))])["rows"][0]["parts"]
    assert abs(sum(float(part["long"]) for part in parts) - 640) < 0.5


def test_a_question_without_answers_is_not_shown():
    row = charts.distribution([Share("Question", (), "Closed")])["rows"][0]
    assert (row["shown"], row["parts"], row["words"]) == (False, [], "Closed")


@given(st.floats(min_value=0.01, max_value=1e7))
def test_the_axis_reaches_the_highest_in_few_even_steps(highest):
    steps = charts.ticks(highest)
    assert steps[0] == 0
    assert steps[-1] >= highest
    assert len({later - earlier for earlier, later in pairwise(steps)}) == 1
    assert len(steps) <= 8


def test_kinds_are_piled_up_and_the_planned_stand_last():
    drawn = charts.stacks([Stack("April", (2, 0, 1, 1)), Stack("May", (0, 0, 0, 0))])
    april, may = drawn["columns"]
    assert [(part["step"], part["planned"], part["tall"]) for part in april["parts"]] == [
        (1, False, "100"),
        (3, False, "50"),
        (4, True, "50"),
    ]
    assert [part["top"] for part in april["parts"]] == ["124", "74", "24"]
    assert (april["words"], may["parts"]) == ("4", [])
    lying = charts.narrow_stacks([Stack("April\n2027", (2, 0, 1, 1))])["rows"][0]
    assert (lying["label"], lying["words"], len(lying["parts"])) == ("April 2027", "4", 3)


def test_what_goes_beyond_a_value_stands_dashed_at_its_end():
    plain, more = charts.bars([Bar("May", 35), Bar("June", 35, more=True)])["rows"]
    assert "more_long" not in plain
    assert abs(float(more["left"]) + float(more["length"]) - float(more["more_left"])) < 0.2
    column = charts.columns([Bar("June", 35, more=True)])["columns"][0]
    assert float(column["more_top"]) + float(column["more_tall"]) == float(column["top"])


def test_what_is_planned_stands_dashed_beyond_what_was_held_on_the_same_axis():
    bars = [Bar("May", 3, "4", planned=1), Bar("June", 2), Bar("July", 0, planned=2)]
    both, held, planned = charts.bars(bars)["rows"]
    assert float(both["more_long"]) * 2 == float(held["length"]) == float(planned["more_long"])
    assert (both["words"], planned["length"], "more_long" in held) == ("4", "0", False)
    assert float(both["words_x"]) == float(both["more_left"]) + float(both["more_long"]) + 12


def test_long_words_behind_a_bar_stay_within_the_chart():
    row = charts.narrow_bars([Bar("Invited", 12, "12 of 12"), Bar("Hosting", 4, "4 of 12")])["rows"][0]
    assert float(row["words_x"]) + 8 * len("12 of 12") <= charts.NARROW
