"""How often staff of each sector came, for each 1,000 of them."""

from evaluation.disclosure import HIDDEN
from evaluation.reports.half_years import HalfYear
from evaluation.views.figure.parts import WORTH_SAYING, clear_difference, times
from evaluation.views.figure.pieces import label_width, table
from rounds_site.kit import charts
from rounds_site.kit.formats import thousands

HEAD = ["Sector", "Came", "Staff", "Per 1,000", "Range"]
FILE_HEAD = ["Half-year", "Sector", "Came", "Staff", "Per 1,000", "From", "To", "Note"]
NOT_YET = "Who was reached is shown once a half-year is over and its last Round is closed."
TOO_FEW_ROUNDS = "One Round alone says nothing about sectors: that would be its list."
NO_PARTNER = "No partner had joined by then."


def figure(shown):
    released = shown.reach
    sectors = released.sectors if released else []
    rows = [_bar(sector) for sector in sectors]
    return {
        "id": "reach",
        "kind": "bars" if released and released.shown else "",
        "sentence": sentence(released),
        "what": _what(shown, released),
        "title": "How often people came for each 1,000 staff, by sector",
        "desc": "; ".join(f"{sector.label}: {_in_words(sector)}" for sector in sectors),
        "wide": charts.bars(rows, label_width=label_width(rows)),
        "narrow": charts.narrow_bars(rows),
        "table": table("Reach by sector", HEAD, [cells(sector) for sector in sectors]) if sectors else None,
        "beside": True,
    }


def rows_of(shown):
    released = shown.reach
    sectors = released.sectors if released else []
    return FILE_HEAD, [[_period(released).words, sector.label, *_file_cells(sector)] for sector in sectors]


def sentence(released):
    if released is None:
        return NOT_YET
    if not released.sectors:
        return TOO_FEW_ROUNDS if released.too_few_rounds else NO_PARTNER
    if len(released.shown) < 2:
        return _of_one(released.shown)
    clear = clear_difference(_rates(released))
    if clear is None:
        return "For each 1,000 staff, no sector shown came clearly more often than another."
    if clear[2] < WORTH_SAYING:
        return "For each 1,000 staff, the sectors shown came about equally often."
    most, least, often = clear
    return f"For each 1,000 staff, {most.people} came {times(often)} as often as {least.people}."


def headline(released):
    """Who came most and least for their number, where the ranges leave no doubt; "" elsewhere. A sector without a
    figure may have come less often still."""
    clear = clear_difference(_rates(released)) if released else None
    if clear is None or clear[:2] != (released.shown[0], released.shown[-1]):
        return ""
    most, least, _ = clear
    among = "" if released.shown == released.sectors else " of the sectors with a figure"
    return f"For their number, {most.people} came most{among}, {least.people} least."


def _rates(released):
    return [(sector, sector.reach) for sector in released.shown]


def _of_one(shown):
    if not shown:
        return "No sector has a figure that can be shown."
    return f"About {shown[0].reach.per_thousand} came for each 1,000 staff of {shown[0].label.lower()}."


def _what(shown, released):
    if released is None:
        return "They are added up by sector then, and made once."
    period = _period(released)
    own = period == shown.half_year
    words = period.words if own else f"{period.words}, the last half-year with figures"
    what = f"{words}. How often people came for each 1,000 staff of their sector"
    what += "; the line on each bar is the range in which the true figure lies." if released.shown else "."
    if shown.changed_sector:
        what += " Partners that have merged since stand in the sector that they were in then."
    if released.left_out:
        what += f" {_rounds_more(released.left_out)} held, and closed too late to be counted in."
    return what if own else f"{what} {shown.half_year.words} follows once it is over and its last Round is closed."


def _rounds_more(number):
    return "1 more Round was" if number == 1 else f"{number} more Rounds were"


def _period(released):
    return HalfYear.called(released.half_year)


def _bar(sector):
    if sector.reach is None:
        return charts.Bar(sector.label, None, sector.words.rstrip("."))
    figure = sector.reach
    return charts.Bar(
        sector.label, figure.per_thousand, thousands(figure.per_thousand), low=figure.low, high=figure.high
    )


def cells(sector):
    if sector.reach is None:
        return [sector.label, None]
    rate = sector.reach
    return [sector.label, *map(thousands, (rate.came.shown, rate.staff, rate.per_thousand)), rate.range]


def _file_cells(sector):
    if sector.reach is None:
        return [HIDDEN if sector.few_came else None, None, None, None, None, sector.words]
    figure = sector.reach
    return [figure.came.shown, figure.staff, figure.per_thousand, figure.low, figure.high, None]


def _in_words(sector):
    return f"{sector.reach.per_thousand}, range {sector.reach.range}" if sector.reach else sector.words.rstrip(".")
