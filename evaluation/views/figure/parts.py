"""Figures of a released table: a row for each part, drawn as a number or as a rate for each 1,000 staff."""

from evaluation.disclosure import HIDDEN
from evaluation.reports.half_years import HalfYear
from evaluation.views.figure.pieces import label_width, table
from rounds_site.kit import charts
from rounds_site.kit.formats import nearest, thousands

NUMBER_HEAD = ["Came", "Range"]
RATE_HEAD = ["Came", "Staff", "Per 1,000", "Range"]
FILE_HEAD = ["Came", "From", "To", "Staff", "Per 1,000", "From for each 1,000", "To for each 1,000", "Note"]
NO_STAFF = "No staff number"
# So that small differences are not taken for more than they are.
WORTH_SAYING = 1.5
HALF_AGAIN_UNTIL = 1.75
NUMBERS = dict(enumerate("two three four five six seven eight nine ten".split(), start=2))


def figure(name, parts, *, what, of, title, sentence, rates=False):
    """`what` heads the column of the parts, `of` are the words below the sentence. Where nothing can be shown the
    sentence says all there is to say."""
    rows = [_rate_bar(part) if rates else _number_bar(part) for part in parts]
    head = [what, *(RATE_HEAD if rates else NUMBER_HEAD)]
    cells = [[part.label, *(_rate_cells(part) if rates else _number_cells(part))] for part in parts]
    return {
        "id": name,
        "kind": "bars" if any(row.value is not None for row in rows) else "",
        "sentence": sentence,
        "what": of,
        "title": title,
        "desc": "; ".join(f"{row.label}: {row.words}" for row in rows),
        "wide": charts.bars(rows, label_width=label_width(rows)),
        "narrow": charts.narrow_bars(rows),
        "table": table(title, head, cells) if any(part.came for part in parts) else None,
        "beside": True,
    }


def file(released, what, parts):
    words = HalfYear.called(released.half_year).words if released else ""
    return ["Half-year", what, *FILE_HEAD], [[words, part.label, *_file_cells(part)] for part in parts]


def clear_difference(rates):
    """(one, another, how many times as often as that it came for its number): the greatest difference of which the
    ranges leave no doubt; None where there is none. `rates`: [(anything, Rate)]."""
    found = [
        (one, other, _share(high) / _share(low))
        for one, high in rates
        for other, low in rates
        if high.low > low.high and _share(low)
    ]
    return max(found, key=lambda pair: pair[2], default=None)


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


def _number_bar(part):
    if part.came is None:
        return charts.Bar(part.label, None, HIDDEN.capitalize())
    return charts.Bar(part.label, part.came.shown, thousands(part.came.shown), low=part.came.low, high=part.came.high)


def _rate_bar(part):
    if part.came is None:
        return charts.Bar(part.label, None, HIDDEN.capitalize())
    if part.rate is None:
        return charts.Bar(part.label, None, f"About {thousands(part.came.shown)} came")
    rate = part.rate
    return charts.Bar(part.label, rate.per_thousand, thousands(rate.per_thousand), low=rate.low, high=rate.high)


def _number_cells(part):
    return [thousands(part.came.shown), part.came.range] if part.came else [None]


def _rate_cells(part):
    if part.came is None:
        return [None]
    staff, rate = part.staff, part.rate
    known = [thousands(staff), thousands(rate.per_thousand), rate.range] if rate else ["", "", ""]
    return [thousands(part.came.shown), *known]


def _file_cells(part):
    if part.came is None:
        return [HIDDEN, None, None, part.staff, None, None, None, None]
    came, rate = part.came, part.rate
    rates = [rate.per_thousand, rate.low, rate.high, None] if rate else [None, None, None, NO_STAFF]
    return [came.shown, came.low, came.high, part.staff, *rates]
