"""How regularly Rounds follow each other at each host."""

from evaluation.views.figure.pieces import table
from rounds_site.kit import charts
from rounds_site.kit.formats import listed, nhs_date

HEAD = ["Host", "Months with a Round", "Days between two, as a rule", "Last", "Next"]
FILE_HEAD = ["Half-year", *HEAD]
MONTHS = 12
MOST_NAMED = 5


def figure(shown):
    hosts = shown.regularity
    rows = [charts.Bar(each.host, each.months, f"{each.months} of {MONTHS}") for each in hosts]
    return {
        "id": "regularity",
        "kind": "bars" if rows else "",
        "sentence": sentence(hosts),
        "what": "Months with a Round, held or planned, of the half-year and the one before. People plan by what is "
        "regular; a host counts as late where it is half as long again as usual since the last Round.",
        "title": "Months with a Round, by host",
        "desc": "; ".join(f"{row.label}: {row.words} months" for row in rows),
        "wide": charts.bars(rows, label_width=260),
        "narrow": charts.narrow_bars(rows),
        "table": table("How regularly Rounds follow each other, by host", HEAD, _rows(hosts)) if rows else None,
    }


def rows_of(shown):
    return FILE_HEAD, [[shown.half_year.words, *row] for row in _rows(shown.regularity)]


def sentence(hosts):
    late = [each.host for each in hosts if each.interval.is_broken]
    if not hosts:
        return "No host has held or planned a Round in this half-year or the one before."
    if not late:
        return "At no host is it much longer than usual since the last Round."
    if len(late) > MOST_NAMED:
        return f"At {len(late)} of {len(hosts)} hosts it is much longer than usual since the last Round."
    return f"It is much longer than usual since the last Round at {listed(late)}."


def _rows(hosts):
    return [[each.host, each.months, each.interval.days or "", *map(_day, _days(each.interval))] for each in hosts]


def _days(interval):
    return interval.last, interval.following


def _day(day):
    return nhs_date(day, weekday=False) if day else ""
