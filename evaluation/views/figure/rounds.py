"""Rounds held and planned, by month and format."""

from itertools import compress

from django.utils import timezone

from evaluation.views.figure.pieces import capital, held_and_planned, month_label, rounds_are, rounds_were, table
from rounds.states import Format
from rounds_site.kit import charts

# Of fewer nobody can tell whether there is one every month.
MONTHS_TO_TELL = 6
HEAD = ["Month", *(f"{each.label}, {what}" for what in ("held", "planned") for each in Format)]


def figure(shown):
    months = shown.months
    rows = [charts.Stack(month_label(month), (*_by_format(month.held), month.planned.total())) for month in months]
    some = [month for month in months if month.held or month.planned]
    there = [any(parts) for parts in zip(*(row.parts for row in rows), strict=True)]
    kinds = [*(f"{each.label}, held" for each in Format), "Planned"]
    return {
        "id": "rounds",
        "kind": "stacks" if some else "",
        "sentence": sentence(shown),
        "what": "Rounds held and planned in each month. A Round of several partners counts once.",
        "title": "Rounds held and planned, by month and format",
        "desc": "; ".join(map(_in_words, some)) or "None.",
        "wide": charts.stacks(rows, width=1200, height=280),
        "narrow": charts.narrow_stacks(rows),
        "key": [words if is_there else "" for words, is_there in zip(kinds, there, strict=True)],
        "table": table("Rounds by month and format", *_of_formats_there(*rows_of(shown))) if some else None,
    }


def rows_of(shown):
    return HEAD, [[month.words, *_by_format(month.held), *_by_format(month.planned)] for month in shown.months]


def _of_formats_there(head, rows):
    """Without columns of nothing, which a phone has no room for; the file has them all."""
    there = [any(column) for column in zip(*rows, strict=True)]
    return list(compress(head, there)), [list(compress(row, there)) for row in rows]


def sentence(shown):
    if not shown.has_begun:
        return f"{capital(rounds_are(shown.planned))} planned for {shown.half_year.words}."
    today = timezone.localdate(shown.now)
    past = [month for month in shown.months if month.begins <= today]
    held = [month for month in past if month.held]
    if not held:
        return "No Round was held in this half-year or the one before."
    if not (shown.is_over or past[-1].held):
        # The month that goes on may have one still.
        past.pop()
    since = past[past.index(held[0]) :]
    number = sum(month.held.total() for month in held)
    if len(held) == 1:
        return f"{rounds_were(number)} held, in {held[0].words}."
    every = len(held) == len(since)
    told = every and len(since) >= MONTHS_TO_TELL
    months = f"in each of {len(since)} months" if every else f"in {len(held)} of {len(since)} months"
    if shown.is_over:
        when = f"From {held[0].words} to {past[-1].words}, {rounds_were(number)} held"
        return f"{when}, {'every month' if told else months}."
    if told:
        return f"A Round has been held every month since {held[0].words}."
    return f"Since {held[0].words}, {rounds_were(number)} held, {months}."


def _by_format(numbers):
    return [numbers[each] for each in Format]


def _in_words(month):
    return f"{month.words}: {held_and_planned(month.held.total(), month.planned.total())}"
