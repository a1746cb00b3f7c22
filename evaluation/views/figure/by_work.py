"""Feedback by broad kind of work: one question drawn, all of them in the table."""

from evaluation.reports.half_years import closes_at
from evaluation.states import IN_SHORT
from evaluation.views.figure.pieces import capital, table
from rounds_site.kit import charts
from rounds_site.kit.formats import listed, nhs_date

BEFORE = "half-year before"
FILE_HEAD = ["Half-year", "Questions", "Version", "Question", "Kind of work", "Share", "Answers", "Share of"]
WHICH = (
    "A Round’s answers are in it where those of a kind of work, and all that are left beside them, could be shown by "
    "themselves; so these are fewer answers than above. Different people answered, so treat small differences as none."
)


def figure(shown):
    drawn = _drawn([each for each in shown.by_work if each.half_year])
    rows = [_bar(group, share) for group, share in drawn.half_year.items()] if drawn else []
    return {
        "id": "by-work",
        "kind": "bars" if any(row.value is not None for row in rows) else "",
        "sentence": sentence(shown, drawn),
        "what": _what(shown, drawn),
        "title": f"{drawn.item.short_name}, by kind of work" if drawn else "Feedback by kind of work",
        "desc": "; ".join(f"{row.label}: {row.words}" for row in rows),
        "wide": charts.bars(rows, label_width=260, highest=100),
        "narrow": charts.narrow_bars(rows, highest=100),
        "table": _table(shown) if shown.by_work else None,
    }


def rows_of(shown):
    return FILE_HEAD, [
        [
            half_year.words,
            each.item.questionnaire.name,
            each.item.questionnaire.version,
            each.item.text,
            IN_SHORT[group],
            share.favourable,
            share.n,
            each.item.answers.in_file,
        ]
        for each in shown.by_work
        for half_year, shares in ((shown.half_year, each.half_year), (shown.half_year.before(), each.before))
        for group, share in shares.items()
    ]


def sentence(shown, drawn):
    if _is_to_come(shown):
        return f"Answers by kind of work are shown from {nhs_date(closes_at(shown.half_year), weekday=False)} on."
    if drawn is None:
        return "No kind of work has answers that can be shown."
    if len(drawn.half_year) == 1:
        # A headline of its own would set one kind of work apart from colleagues of whom nothing is said.
        return f"Only “{IN_SHORT[next(iter(drawn.half_year))]}” has answers to this that can be shown."
    told = _range(drawn.half_year)
    if drawn.item.is_rating_of_the_round:
        return f"{told} found their Round excellent or exceptional."
    return f"{told} {drawn.item.answers.said}: “{drawn.item.text}”"


def _range(shares):
    """The lowest and the highest share, and whose they are."""
    told = {group: share for group, share in shares.items() if share.favourable_per_cent is not None}
    if not told:
        return f"{capital(shares[next(iter(shares))].favourable)} of “{IN_SHORT[next(iter(shares))]}”"
    low, high = (which(told, key=lambda group: told[group].favourable_per_cent) for which in (min, max))
    if told[low].favourable_per_cent == told[high].favourable_per_cent:
        return f"{told[low].favourable} of {listed([f'“{IN_SHORT[group]}”' for group in told])}"
    return f"From {told[low].favourable} of “{IN_SHORT[low]}” to {told[high].favourable} of “{IN_SHORT[high]}”"


def _is_to_come(shown):
    return shown.now < closes_at(shown.half_year)


def _what(shown, drawn):
    if _is_to_come(shown) and shown.by_work:
        return f"Until then the table has {shown.half_year.before().words}. {WHICH}"
    return f"{shown.half_year.words}. {WHICH}" if drawn else ""


def _drawn(found):
    """What people said of the Round all in all, or else the first question; of the newest questions that were asked."""
    newest = [each for each in found if each.item.questionnaire_id == found[0].item.questionnaire_id]
    return next((each for each in newest if each.item.is_rating_of_the_round), newest[0] if newest else None)


def _table(shown):
    """A column for each kind of work that has an answer anywhere. Until this half-year is shown it has the one before
    alone."""
    found, to_come = shown.by_work, _is_to_come(shown)
    groups = [group for group in IN_SHORT if any(group in each.half_year or group in each.before for each in found)]
    several = len({each.item.questionnaire_id for each in found}) > 1
    rows = []
    for each in found:
        name = f"{each.item.row_name} ({each.item.questionnaire})" if several else each.item.row_name
        if not to_come:
            rows.append([name, *_cells(each.half_year, groups)])
        if each.before and to_come:
            rows.append([name, *_cells(each.before, groups)])
        elif each.before:
            rows.append([f"{name}, {BEFORE}", *_cells(each.before, groups)])
    caption = "Feedback by kind of work" + (f", {shown.half_year.before().words}" if to_come else "")
    return {"wide": True} | table(caption, ["Question", *(IN_SHORT[group] for group in groups)], rows)


def _cells(shares, groups):
    return [f"{shares[group].favourable} of {shares[group].about}" if group in shares else None for group in groups]


def _bar(group, share):
    if share.favourable_per_cent is None:
        return charts.Bar(IN_SHORT[group], None, capital(share.favourable))
    return charts.Bar(IN_SHORT[group], share.favourable_per_cent, share.favourable)
