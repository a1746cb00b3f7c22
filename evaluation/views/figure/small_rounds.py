"""The small Rounds of a half-year together: once, when all of them have been counted."""

from evaluation.disclosure import HIDDEN
from evaluation.reports.half_years import closes_at
from evaluation.views.figure.pieces import table, what_is_counted
from rounds_site.kit.formats import nhs_date

HEAD = ["Question", "Share", "Answers"]
FILE_HEAD = ["Questions", "Version", *HEAD, "Share of"]
WHICH = "Rounds with 5 to 7 forms, added together without saying which."
TOO_FEW = f"A question with {HIDDEN} answers is not shown."


def figure(shown):
    return pool_figure(shown.small_rounds[shown.half_year], shown.half_year, now=shown.now)


def pool_figure(found, half_year, *, now):
    """On the page of figures, and on that of a small Round."""
    counted = what_is_counted(each.item for each in found)
    what = [f"{half_year.words}.", WHICH, counted, TOO_FEW if found else "", "They are in no other figure."]
    return {
        "id": "small-rounds",
        "kind": "",
        "sentence": _sentence(found, half_year, now),
        "what": " ".join(filter(None, what)),
        "title": "Small Rounds together",
        "table": table("Small Rounds together", HEAD, _rows(found)) if found else None,
    }


def rows_of(shown):
    return FILE_HEAD, [
        [
            questionnaire.name,
            questionnaire.version,
            each.item.text,
            each.share.favourable,
            each.share.n,
            each.item.answers.in_file,
        ]
        for each in shown.small_rounds[shown.half_year]
        for questionnaire in [each.item.questionnaire]
    ]


def _sentence(found, half_year, now):
    if now < closes_at(half_year):
        return f"Small Rounds are shown together, from {nhs_date(closes_at(half_year), weekday=False)} on."
    return "What small Rounds said together." if found else "Too few answers came from small Rounds to show any."


def _rows(found):
    """Which questions they stand in is said where there is more than one version."""
    several = len({each.item.questionnaire_id for each in found}) > 1
    return [[_name(each.item, several), each.share.favourable, each.share.n] for each in found]


def _name(item, several):
    asked_in = item.questionnaire
    return f"{item.row_name} ({asked_in.name}, version {asked_in.version})" if several else item.row_name
