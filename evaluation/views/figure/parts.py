"""Figures of a released table: a row for each part, drawn as a number or as a rate for each 1,000 staff.

A chart, its table and its file say the same of each part, and in words why where something is not shown.
"""

from dataclasses import dataclass
from operator import attrgetter

from evaluation.disclosure import HIDDEN
from evaluation.reports.half_years import HalfYear
from evaluation.reports.reach import FEW_CAME
from evaluation.views.figure.pieces import label_width, table
from rounds_site.kit import charts
from rounds_site.kit.formats import nearest, thousands

CAME = "Came"
RATE_HEAD = ["Staff", "Per 1,000", "Its range"]
RATE_FILE_HEAD = ["Staff", "Per 1,000", "From for each 1,000", "To for each 1,000"]
RANGE = "the range in which the true figure lies 19 times out of 20."
NO_STAFF = "No staff number"
# So that small differences are not taken for more than they are.
HALF_AGAIN_FROM, HALF_AGAIN_UNTIL = 1.5, 1.75
# How many times more the largest ratio that two ranges leave open may be than the least, and one be named.
MOST_OPEN = 4
NUMBERS = dict(enumerate("two three four five six seven eight nine ten".split(), start=2))


def figure(name, parts, *, what, of, title, sentence, counted=CAME, rates=False, sums=()):
    """`what` heads the column of the parts and `counted` that of their numbers, `of` are the words below the sentence.
    `sums` are last rows, and not drawn. Where nothing can be shown the sentence says all there is to say."""
    rows = [_bar(part, rates) for part in parts]
    some = any(part.came or part.words for part in [*parts, *_known(sums)])
    return {
        "id": name,
        "kind": "bars" if any(row.value is not None for row in rows) else "",
        "sentence": sentence,
        "what": of,
        "title": title,
        "desc": "; ".join(f"{part.label}: {_in_words(part, rates)}" for part in parts),
        "wide": charts.bars(rows, label_width=label_width(rows)),
        "narrow": charts.narrow_bars(rows),
        "table": table_of(title, parts, what=what, counted=counted, rates=rates, sums=sums) if some else None,
        "beside": True,
    }


def table_of(caption, parts, *, what, counted=CAME, rates=False, sums=()):
    head = [what, counted, "Range", *(RATE_HEAD if rates else [])]
    return table(caption, head, [_cells(part, rates) for part in [*parts, *_known(sums)]])


def file(released, what, parts, *, counted=CAME, rates=False, sums=()):
    words = HalfYear.called(released.half_year).words if released else ""
    head = ["Half-year", what, counted, "From", "To", *(RATE_FILE_HEAD if rates else []), "Note"]
    return head, [[words, part.label, *_file_cells(part, rates)] for part in [*parts, *_known(sums)]]


def _known(sums):
    """A sum of which nothing may be said is left out."""
    return [part for part in sums if part and part.came]


@dataclass(frozen=True)
class Difference:
    """Of two that differ clearly: `times` is how many times as often the one came, for its number, as the other; and it
    lies between `least` and `most`, as far as their ranges tell."""

    one: object
    other: object
    times: float
    least: float
    most: float

    @property
    def came(self) -> str:
        """What stands between the names of the two. Where the other is so small that it may be thrice or ten times, no
        number is said; nor where it is less than half as often again."""
        if self.most > MOST_OPEN * self.least:
            return "came clearly more often than"
        if self.times < HALF_AGAIN_FROM:
            return "came somewhat more often than"
        return f"came {times(self.times)} as often as"


def clear_difference(rates) -> Difference | None:
    """The greatest difference of any two whose ranges lie apart. `rates`: [(anything, Rate)].

    Each range holds 19 times out of 20. Both of a pair hardly ever miss so far that the lower is the higher in truth;
    but it is the largest of many pairs, so "how many times" is no more than about."""
    found = [
        Difference(one, other, _share(high) / _share(low), high.low / low.high, high.high / max(low.low, 1))
        for one, high in rates
        for other, low in rates
        if high.low > low.high and _share(low)
    ]
    return max(found, key=attrgetter("times"), default=None)


def _share(rate):
    return rate.came.shown / rate.staff


def times(number):
    """
    >>> times(1.6), times(1.8), times(3.2), times(14)
    ('about one and a half times', 'about twice', 'about three times', 'about 14 times')
    """
    if number < HALF_AGAIN_UNTIL:
        return "about one and a half times"
    number = nearest(number)
    return f"about {NUMBERS.get(number, number)} times" if number > 2 else "about twice"


def why(part, rates):
    """Why something of this part is not shown; "" where all is."""
    if part.words or part.came is None:
        return part.words or FEW_CAME
    return NO_STAFF if rates and part.rate is None else ""


def _bar(part, rates):
    shown = part.rate if rates else part.came
    if shown is None:
        return charts.Bar(part.label, None, _came(part) or why(part, rates))
    number = shown.per_thousand if rates else shown.shown
    return charts.Bar(part.label, number, thousands(number), low=shown.low, high=shown.high)


def _in_words(part, rates):
    shown = part.rate if rates else part.came
    if shown:
        return f"{thousands(shown.per_thousand if rates else shown.shown)}, range {shown.range}"
    return ". ".join(filter(None, [_came(part), why(part, rates)]))


def _came(part):
    return f"About {thousands(part.came.shown)} came" if part.came else ""


def _cells(part, rates):
    """What is not shown is said in a last cell, across the rest of the row."""
    came = [thousands(part.came.shown), part.came.range] if part.came else []
    hidden = why(part, rates)
    if hidden:
        return [part.label, *came, hidden]
    rate = [thousands(part.staff), thousands(part.rate.per_thousand), part.rate.range] if rates else []
    return [part.label, *came, *rate]


def _file_cells(part, rates):
    came = [part.came.shown, part.came.low, part.came.high] if part.came else [_few(part), None, None]
    rate = part.rate
    known = [part.staff, rate.per_thousand, rate.low, rate.high] if rate else [None] * len(RATE_FILE_HEAD)
    return [*came, *(known if rates else []), why(part, rates) or None]


def _few(part):
    return HIDDEN if part.few_came else None
