"""Feedback, question by question, within one version of the questions."""

from evaluation.disclosure import HIDDEN
from evaluation.views.figure.pieces import capital, table, what_is_counted
from rounds_site.kit import charts

HEAD = ["Question", "Half-year", "Answers", "Half-year before", "Answers"]
FILE_HEAD = ["Questions", "Version", "Question", *HEAD[1:4], "Answers in the half-year before", "Share of"]


def figure(shown):
    items = shown.questionnaires[0].items if shown.questionnaires else []
    drawn = [each for each in items if each.half_year and each.half_year.favourable_per_cent is not None]
    rows = [_bar(each) for each in items]
    return {
        "id": "feedback",
        "kind": "bars" if drawn else "",
        "sentence": sentence(items),
        "what": _what(shown),
        "title": "Feedback, question by question",
        "desc": "; ".join(f"{row.label}: {row.words}" for row in rows),
        "wide": charts.bars(rows, label_width=180),
        "narrow": charts.narrow_bars(rows),
        "table": items_table(items) if items else None,
        "beside": True,
    }


def _what(shown):
    """Which version these answers are to, where people were asked more than one."""
    items = shown.questionnaires[0].items if shown.questionnaires else []
    what = f"{shown.half_year.words}. {what_is_counted(each.item for each in items)}".strip()
    if len(shown.questionnaires) < 2:
        return what
    asked = shown.questionnaires[0].questionnaire
    return f"{what} They are answers to {asked}, alone: those to other questions are never added, and stand below."


def earlier(shown):
    """The other versions of the questions, each by itself."""
    return [
        {
            "words": str(each.questionnaire),
            "permission": each.questionnaire.permission,
            "table": items_table(each.items),
        }
        for each in shown.questionnaires[1:]
    ]


def items_table(items):
    """The half-year before stands beside it once it has anything to say."""
    two = any(each.before for each in items)
    rows = [[each.item.row_name, *_cells(each.half_year), *(_cells(each.before) if two else [])] for each in items]
    return table("Feedback, question by question", HEAD if two else HEAD[:3], rows)


def rows_of(shown):
    return FILE_HEAD, [
        [
            version.questionnaire.name,
            version.questionnaire.version,
            each.item.text,
            *(cell or HIDDEN for cell in _cells(each.half_year) + _cells(each.before)),
            each.item.answers.in_file,
        ]
        for version in shown.questionnaires
        for each in version.items
    ]


def sentence(items):
    told = [each for each in items if each.half_year]
    if not told:
        return "No answers can be shown for this half-year yet."
    counted = [each for each in told if each.half_year.favourable_per_cent is not None]
    if not counted:
        return _said(told[0])
    return _said(max(counted, key=lambda each: (each.item.scale == "agreement", each.half_year.favourable_per_cent)))


def _said(each):
    who = capital(each.half_year.favourable)
    if each.item.is_rating_of_the_round:
        return f"{who} found their Round excellent or exceptional."
    return f"{who} {each.item.answers.said}: “{each.item.text}”"


def _cells(share):
    return [share.cell, share.n] if share else [None, None]


def _bar(each):
    share = each.half_year
    if share is None:
        return charts.Bar(each.item.short_name, None, "Fewer than 8 answers")
    if share.favourable_per_cent is None:
        return charts.Bar(each.item.short_name, None, capital(share.favourable))
    return charts.Bar(each.item.short_name, share.favourable_per_cent, share.favourable)
