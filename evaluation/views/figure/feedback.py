"""Feedback, question by question, within one version of the questions."""

from evaluation.disclosure import NEARLY_ALL, NEARLY_NONE
from evaluation.views.figure.pieces import capital, table, what_is_counted
from rounds_site.kit import charts

# With fewer than 8 answers at each Round, or where what may be told of two Rounds differs.
NOT_SHOWN = "Not shown"
EDGES = {NEARLY_NONE: -1, NEARLY_ALL: 101}
HEAD = ["Question", "Half-year", "Answers", "Half-year before", "Answers"]
FILE_HEAD = [
    *("Half-year", "Questions", "Version", "Question", "Share", "Answers"),
    *("Half-year before", "Answers in the half-year before", "Share of"),
]


def figure(shown):
    newest = shown.questionnaires[0] if shown.questionnaires else None
    items = newest.items if newest else []
    drawn = [each for each in items if each.half_year and each.half_year.favourable_per_cent is not None]
    rows = [_bar(each) for each in items]
    return {
        "id": "feedback",
        "kind": "bars" if drawn else "",
        "sentence": sentence(newest.half_year.told if newest else []),
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
    if not shown.questionnaires:
        return f"{shown.half_year.words}."
    newest, *others = shown.questionnaires
    said = [f"{shown.half_year.words}.", what_is_counted(each.item for each in newest.items)]
    said.append(of_one_round(newest.half_year))
    if others:
        alone = f"They are answers to {newest.questionnaire}, alone"
        said.append(f"{alone}: those to other questions are never added, and stand below.")
    return " ".join(filter(None, said))


def of_one_round(answered):
    """Whoever knows which Rounds were held would take it for one of them anyway."""
    return "They are answers given at one Round." if answered.rounds == 1 else ""


def earlier(shown):
    """The other versions of the questions, each by itself."""
    return [
        {
            "words": str(each.questionnaire),
            "permission": each.questionnaire.permission,
            "of_one_round": of_one_round(each.half_year),
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
            shown.half_year.words,
            version.questionnaire.name,
            version.questionnaire.version,
            each.item.text,
            *(cell or NOT_SHOWN.lower() for cell in _cells(each.half_year) + _cells(each.before)),
            each.item.answers.in_file,
        ]
        for version in shown.questionnaires
        for each in version.items
    ]


def sentence(told):
    """`told`: (question, share) of each that may be told."""
    return answered(told) if told else "No answers can be shown for this half-year yet."


def answered(told):
    """How people found their Round, or else the range of what they answered. `told`: (question, share) of one or
    more."""
    overall = [each for each in told if each[0].is_rating_of_the_round]
    return _said(*(overall or told)[0]) if overall or len(told) == 1 else _range(told)


def _range(told):
    """Over all questions: the one with the best answers alone would flatter."""
    low, high = (which(told, key=_place) for which in (min, max))
    said = {item.answers.said for item, _ in told}
    said = said.pop() if len(said) == 1 else "answered favourably"
    if low[1].favourable == high[1].favourable:
        return f"To each question, {low[1].favourable} {said}."
    low, high = (f"{share.favourable} (“{item.short_name}”)" for item, share in (low, high))
    return f"From {low} to {high} {said}."


def _place(told):
    """Where its share lies, also one of which no more may be said than “all or nearly all”."""
    share = told[1]
    return EDGES.get(share.favourable, share.favourable_per_cent)


def _said(item, share):
    who = capital(share.favourable)
    if item.is_rating_of_the_round:
        return f"{who} found their Round excellent or exceptional."
    return f"{who} {item.answers.said}: “{item.text}”"


def _cells(share):
    return [share.cell, share.n] if share else [None, None]


def _bar(each):
    share = each.half_year
    if share is None:
        return charts.Bar(each.item.short_name, None, NOT_SHOWN)
    if share.favourable_per_cent is None:
        return charts.Bar(each.item.short_name, None, capital(share.favourable))
    return charts.Bar(each.item.short_name, share.favourable_per_cent, share.favourable)
