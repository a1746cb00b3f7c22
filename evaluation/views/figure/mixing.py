"""Whether people of many employers meet in a Round."""

from evaluation.reports.half_years import HalfYear
from evaluation.views.figure.pieces import released_of, table

NAME = "Employers that met in a Round, on average"
FILE_HEAD = ["Half-year", "Rounds", NAME, "From", "To"]


def figure(shown):
    """One number: a table, and no chart."""
    met = in_a_round(shown.reach)
    rows = [[NAME, met[0], f"{met[1]} to {met[2]}"]] if met else []
    return {
        "id": "mixing",
        "kind": "",
        "sentence": sentence(shown.reach),
        "what": f"{released_of(shown.reach)} Each Round counts each employer from which anybody came once.",
        "title": NAME,
        "desc": sentence(shown.reach) if shown.reach and not shown.reach.too_few_rounds else "",
        "table": table(NAME, ["", "Number", "Range"], rows) if rows else None,
    }


def rows_of(shown):
    released, met = shown.reach, in_a_round(shown.reach)
    return FILE_HEAD, [[HalfYear.called(released.half_year).words, released.rounds, *met]] if met else []


def in_a_round(released):
    """[about so many employers, from, to]; none where it cannot be shown."""
    if released is None or released.met is None:
        return []
    met = released.met
    return [round(max(number / released.rounds, 1)) for number in (met.shown, met.low, met.high)]


def sentence(released):
    met = in_a_round(released)
    if not met:
        return "How many employers meet in a Round cannot be shown."
    return f"In a Round, people of about {met[0]} employers met (between {met[1]} and {met[2]})."
