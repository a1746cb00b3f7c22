"""How regularly Rounds follow each other at each host."""

from evaluation.reports.offered import NO_LONGER
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
        "sentence": sentence(hosts, over=shown.is_over),
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


def sentence(hosts, *, over):
    if not hosts:
        return f"No host has held {'' if over else 'or planned '}a Round in this half-year or the one before."
    hosts = [each for each in hosts if each.host != NO_LONGER]
    late = [each.host for each in hosts if each.interval.is_broken]
    if not hosts:
        return "All Rounds of this half-year and the one before were of hosts that are no longer partners."
    if not any(each.interval.days for each in hosts):
        return f"{'No host had' if over else 'No host has yet'} held Rounds often enough to say what is usual."
    longer = "much longer than usual since the last Round"
    then, is_it, it_is = ("When the half-year ended, at", "was it", "it was") if over else ("At", "is it", "it is")
    if not late:
        return f"{then} no host {is_it} {longer}."
    where = listed(late) if len(late) <= MOST_NAMED else f"{len(late)} of {len(hosts)} hosts"
    return f"{then} {where} {it_is} {longer}."


def _rows(hosts):
    return [[each.host, each.months, each.interval.days or "", *map(_day, _days(each.interval))] for each in hosts]


def _days(interval):
    return interval.last, interval.following


def _day(day):
    return nhs_date(day, weekday=False) if day else ""
