"""How figures are said to people."""

from .figures import Figure, table


def test_a_table_says_which_goals_are_met():
    figures = [
        Figure("letters", "sql_per_letter", 4.15, "statements", "50000 letters", ("at most", 5)),
        Figure("letters", "rate", 0.5, "ratio", "50000 letters", ("at least", 0.6)),
        Figure("letters", "bytes", 50000, "bytes", "all"),
    ]
    assert table(figures).splitlines() == [
        "bench    figure          value   unit        of             goal          met",
        "letters  sql_per_letter  4.15    statements  50000 letters  at most 5     yes",
        "letters  rate            0.5     ratio       50000 letters  at least 0.6  no",
        "letters  bytes           50,000  bytes       all",
    ]
