"""How much chance moves the figures of a half-year: each table with its ε, as it stands in code."""

from evaluation import noise, tables
from evaluation.views.figure.pieces import table

HEAD = ["Figures of a half-year", "ε", "Moved by at most, 19 times out of 20"]


def what_was_done():
    rows = [[each.words, _in_words(each.epsilon), noise.spread(each.noise, 1)] for each in tables.TABLES.values()]
    return {
        "noise": table("How much each figure is moved by chance", HEAD, rows),
        "attendance": _in_words(tables.epsilon_of(tables.ATTENDANCE)),
        "first": _in_words(tables.epsilon_of(tables.ATTENDANCE, tables.FIRST)),
        "turned_away": _in_words(tables.epsilon_of(tables.TURNED_AWAY)),
    }


def _in_words(epsilon):
    """
    >>> from fractions import Fraction
    >>> _in_words(Fraction(4)), _in_words(Fraction(1, 2))
    ('4', '½')
    """
    return "½" if epsilon.denominator == 2 and epsilon.numerator == 1 else str(epsilon)
