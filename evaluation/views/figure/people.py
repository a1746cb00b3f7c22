"""How many people came, by month."""

from evaluation.disclosure import Figure
from evaluation.views.figure.pieces import capital, month_label, table
from rounds_site.kit import charts
from rounds_site.kit.formats import listed, thousands

HEAD = ["Month", "People who came"]


def figure(shown):
    known = [month for month in shown.months if month.came]
    drawn = any(month.came.shown for month in known)
    return {
        "id": "people",
        "kind": "columns" if drawn else "",
        "sentence": sentence(known),
        "what": "Everyone who was there, each Round to the nearest 5. "
        "Dashed: a Round with fewer than 8 people, of which we show no number.",
        "title": "People who came, by month",
        "desc": "; ".join(f"{month.words}: {month.came.words}" for month in known) or "No number yet.",
        "wide": charts.columns([_bar(month) for month in shown.months], width=1200, height=300),
        "narrow": charts.narrow_bars([_bar(month) for month in shown.months if month.held]),
        "table": table("People who came, by month", *rows_of(shown)),
    }


def rows_of(shown):
    return HEAD, [[month.words, _in_words(month)] for month in shown.months]


def sentence(known):
    with_number = [month for month in known if month.came.shown]
    if not with_number:
        return "How many people came cannot be shown yet." if not known else "Fewer than 8 people came each time."
    if len(with_number) == 1:
        return f"{capital(with_number[0].came.people)} came in {with_number[0].words}."
    highest = max((month.came.shown, month.came.hidden) for month in with_number)
    most = [month.words for month in with_number if (month.came.shown, month.came.hidden) == highest]
    fullest, each = ("months were", " in each") if len(most) > 1 else ("month was", "")
    came = Figure(*highest)
    return f"The fullest {fullest} {listed(most)}: about {thousands(came.shown)} people{each}{came.besides}."


def _bar(month):
    label = month_label(month)
    if month.came is None:
        return charts.Bar(label, 0, "Not yet" if month.awaiting else " ")
    if not month.came.shown:
        return charts.Bar(label, None, "Fewer than 8")
    return charts.Bar(label, month.came.shown, more=bool(month.came.hidden))


def _in_words(month):
    if month.came is None:
        return "not yet entered" if month.awaiting else "not yet" if month.planned else "no Round"
    return month.came.cell + (f", {month.awaiting} not yet entered" if month.awaiting else "")
