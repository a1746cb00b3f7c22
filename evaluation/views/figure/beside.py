"""How often a partner's people came, beside the whole system and beside no other partner."""

from evaluation.disclosure import HIDDEN, SMALL_SECTOR
from evaluation.views.figure import parts
from evaluation.views.figure.pieces import capital, label_width, table
from rounds_site.kit import charts
from rounds_site.kit.formats import thousands

HEAD = ["Half-year", "Came", "Staff", "Per 1,000", "Range", "System, per 1,000", "Range of the system"]
FILE_HEAD = [
    *("Half-year", "Partner", "Came", "Staff", "Per 1,000", "From", "To"),
    *("System, per 1,000", "System, from", "System, to", "Note"),
]
NOT_ALONE = (
    f"no figure of its own, because it has fewer than {SMALL_SECTOR} staff, gave no number of staff, or {HIDDEN} came"
)
INCOMPLETE = "no figure of its own, because not each of the organisations that are part of it today had one then"
NOT_THERE = "not a partner then"
TOGETHER = "of all that are part of it today"


def headline(shown):
    number, invited, hosted = (facts.in_all for facts in (shown.all_rounds, shown.invited, shown.hosted))
    if not number:
        return f"{shown.half_year.words}: no Round was held{'' if shown.is_over else ' and none is planned'}."
    if not (invited or hosted or shown.was_there):
        return f"{shown.half_year.words}: {shown.partner} was {NOT_THERE}."
    is_, hosts = ("was", "hosted") if shown.is_over else ("is", "hosts")
    said = f"{shown.half_year.words}: {shown.partner} {is_} invited to {_of(invited, number)}"
    return f"{said} and {hosts} {hosted or 'none'}."


def _of(invited, number):
    if number == 1:
        return "the one Round" if invited else "none of the one Round"
    return f"{'all' if invited == number else invited or 'none'} of {number} Rounds"


def facts(shown):
    rows = [
        ["All of the system", shown.all_rounds],
        ["Invited to", shown.invited],
        ["Hosting", shown.hosted],
    ]
    return table("Rounds", ["Rounds", "Held", "Planned"], [[words, each.held, each.planned] for words, each in rows])


def figure(shown):
    """None before anything was released."""
    if not shown.beside:
        return None
    latest = shown.beside[0]
    rates = {str(shown.partner): latest.own, shown.system.short_name: latest.whole}
    rows = [_bar(label, rate) for label, rate in rates.items()] if latest.own else []
    return {
        "id": "beside",
        "kind": "bars" if rows else "",
        "sentence": sentence(shown, latest),
        "what": what(latest),
        "title": f"How often people came for each 1,000 staff: {shown.partner} beside {shown.system.short_name}",
        "desc": "; ".join(f"{row.label}: {row.words}" for row in rows),
        "wide": charts.bars(rows, label_width=label_width(rows)),
        "narrow": charts.narrow_bars(rows),
        "table": table("Half-year by half-year", HEAD, [_cells(each) for each in shown.beside]),
    }


def sentence(shown, latest):
    if latest.own is None:
        return f"{latest.half_year.words}: {_why(latest)}.{_sector(shown)}"
    own = f"About {thousands(latest.own.per_thousand)} came for each 1,000 staff"
    if latest.whole is None:
        return f"{own}."
    named = [(True, latest.own), (False, latest.whole)]
    clear = parts.clear_difference(named)
    beside = f"beside about {thousands(latest.whole.per_thousand)} in all of {shown.system.short_name}"
    if clear is None:
        return f"{own}, {beside}: no clear difference."
    return f"{own}, {beside}: {'more' if clear.one else 'fewer'} for their number."


def what(latest):
    if not latest.own:
        return f"{latest.half_year.words}."
    words = f"{latest.half_year.words}. The line on each bar is {parts.RANGE}"
    return f"{words} It is {TOGETHER}." if latest.together else words


def _sector(shown):
    sector = shown.sector
    if sector is None or sector.rate is None:
        return ""
    return f" Its sector, {sector.label.lower()}: about {thousands(sector.rate.per_thousand)} for each 1,000 staff."


def rows_of(shown):
    return FILE_HEAD, [
        [each.half_year.words, str(shown.partner), *_file(each.own, came=True), *_file(each.whole), _note(each)]
        for each in shown.beside
    ]


def _note(each):
    if each.own is None:
        return capital(_why(each))
    return TOGETHER.capitalize() if each.together else None


def _why(each):
    if not each.there:
        return NOT_THERE
    return INCOMPLETE if each.incomplete else NOT_ALONE


def _file(rate, *, came=False):
    if rate is None:
        return [None] * (5 if came else 3)
    return [*([rate.came.shown, rate.staff] if came else []), rate.per_thousand, rate.low, rate.high]


def _bar(label, rate):
    if rate is None:
        return charts.Bar(label, None, "Not shown")
    return charts.Bar(label, rate.per_thousand, thousands(rate.per_thousand), low=rate.low, high=rate.high)


def _cells(each):
    own = [thousands(each.own.came.shown), thousands(each.own.staff), *_rate(each.own)] if each.own else [None] * 4
    return [each.half_year.words, *own, *(_rate(each.whole) if each.whole else [None] * 2)]


def _rate(rate):
    return [thousands(rate.per_thousand), rate.range]
