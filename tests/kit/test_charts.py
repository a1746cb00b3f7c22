from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rounds_site.kit import charts
from rounds_site.kit.charts import Bar, Share


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
