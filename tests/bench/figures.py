"""One thing measured, beside its goal, as a line for machines and as a row for people."""

import operator
from dataclasses import dataclass

GOALS = {"at most": operator.le, "at least": operator.ge, "exactly": operator.eq}


@dataclass(frozen=True)
class Figure:
    """`note` says of what and how often; `goal` is one of GOALS and a number: ``("at most", 5)``."""

    bench: str
    figure: str
    value: float
    unit: str
    note: str
    goal: tuple = ()

    def said(self):
        return {name: getattr(self, name) for name in ("bench", "figure", "value", "unit", "note")}

    @property
    def row(self):
        kind, number = self.goal or ("", "")
        met = ("yes" if GOALS[kind](self.value, number) else "no") if self.goal else ""
        return [self.bench, self.figure, f"{self.value:,g}", self.unit, self.note, f"{kind} {number}".strip(), met]


def table(figures):
    rows = [["bench", "figure", "value", "unit", "of", "goal", "met"], *(each.row for each in figures)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def to_two_places(number):
    return float(f"{number:.2f}")
