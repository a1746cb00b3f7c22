"""Sector by time of day and by format: what was offered, beside how often people came."""

from dataclasses import dataclass

from evaluation.disclosure import Released
from evaluation.reports.half_years import HalfYear
from evaluation.views.figure import parts
from evaluation.views.figure.pieces import capital
from rounds.days import TIMES_OF_DAY
from rounds.states import Format
from rounds_site.kit.formats import listed

TIMES = {code: words for code, (words, *_) in TIMES_OF_DAY.items()}
FORMATS = {each.value: each.label for each in Format}
FILE_HEAD = [
    *("Half-year", "Sector", "Rounds"),
    *TIMES.values(),
    *FORMATS.values(),
    *("Came for each 1,000 staff", "From", "To", "Note", "Of the half-year"),
    *(f"Came, {words.lower()}" for words in [*TIMES.values(), *FORMATS.values()]),
]
QUARTERS = 4


@dataclass(frozen=True)
class Cell:
    """`filled`: how many quarters of the ring, by the largest number of the table; `came`: how often people did."""

    number: int
    filled: int
    came: Released | None = None


def grids(sectors):
    """A table for the times of day and one for the formats."""
    return [
        _grid("time", "By the time at which they begin", TIMES, sectors, lambda each: each.by_time),
        _grid("format", "By how people meet", FORMATS, sectors, lambda each: each.by_format),
    ]


def _grid(key, caption, columns, sectors, counted):
    most = max((counted(each)[code] for each in sectors for code in columns), default=0)
    rows = [
        {
            "label": each.label,
            "reach": each.reach,
            "cells": [_cell(counted(each)[code], most, each.came.get(code)) for code in columns],
        }
        for each in sectors
    ]
    return {"key": key, "caption": caption, "head": list(columns.values()), "rows": rows}


def _cell(number, most, came=None):
    """Any number at all is a quarter at least, and only the largest is full."""
    filled = 0 if not number else QUARTERS if number == most else max(1, min(QUARTERS - 1, QUARTERS * number // most))
    return Cell(number, filled, came)


def sentence(sectors, rounds, *, over) -> str:
    """What stands out of what was offered; nothing of it depends on who came."""
    if not rounds:
        return f"No Round was held{'' if over else ' or is planned'} in this half-year."
    none = [each.label.lower() for each in sectors if not each.rounds]
    if none:
        return f"{capital(listed(none))}: invited to none of the {_rounds(rounds)}."
    empty = [words.lower() for code, words in TIMES.items() if not any(each.by_time[code] for each in sectors)]
    if empty:
        none = f"No Round {'began' if over else 'begins'} {listed([at(words) for words in empty], 'or')}"
        return f"Every sector was invited. {none}."
    return "Every sector was invited, at every time of day to some."


def _rounds(number):
    return "one Round" if number == 1 else f"{number} Rounds"


def at(words):
    """
    >>> at("before 9am"), at("9am to midday")
    ('before 9am', 'from 9am to midday')
    """
    return f"from {words}" if " to " in words else words


def rows_of(shown):
    released = HalfYear.called(shown.reach.half_year).words if shown.reach else None
    return FILE_HEAD, [
        [
            *(shown.half_year.words, each.label, each.rounds),
            *(each.by_time[code] for code in TIMES),
            *(each.by_format[code] for code in FORMATS),
            *_reach_cells(each.reach),
            released,
            *(each.came[code].shown if code in each.came else None for code in [*TIMES, *FORMATS]),
        ]
        for each in shown.offered
    ]


def _reach_cells(reach):
    if reach is None or reach.rate is None:
        return [None, None, None, parts.why(reach, rates=True) if reach else None]
    return [reach.rate.per_thousand, reach.rate.low, reach.rate.high, None]
