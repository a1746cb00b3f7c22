"""The return to a licensor, Round by Round, in the columns that it wants."""

from django.utils import timezone

from evaluation.disclosure import THRESHOLD
from evaluation.views.figure.board import Part, Report
from evaluation.views.figure.pieces import table
from rounds_site.kit.formats import listed, nhs_range

NOT_YET = "not yet entered"
NOT_SHOWN = f"not shown: fewer than {THRESHOLD} forms or people"
ONE_TEAM = "not told: a Round of one team"


def _came(each):
    if each.round.is_of_one_team:
        return ONE_TEAM
    return each.came.cell if each.came else NOT_YET


def _forms(each):
    if each.round.is_of_one_team:
        return ONE_TEAM
    if not each.counted:
        return "not yet counted"
    return NOT_SHOWN if each.forms is None else each.forms


# {key: (heading, what it is, the cell)}; no column names anybody, or says what somebody answered.
COLUMNS = {
    "date": ("Date", "The day of the Round", lambda each: f"{timezone.localtime(each.round.starts_at):%Y-%m-%d}"),
    "time": ("Time", "From when until when", lambda each: nhs_range(each.round.starts_at, each.round.ends_at)),
    "title": ("Title", "As it was announced", lambda each: each.round.title),
    "subject": ("Theme or case", "Which of the two", lambda each: each.round.get_subject_display()),
    "kind": ("Kind", "For whom it was", lambda each: each.round.get_kind_display()),
    "format": ("Format", "How people met", lambda each: each.round.get_format_display()),
    "hosts": ("Hosted by", "The organisations, or the Place", lambda each: listed([str(h) for h in each.round.hosts])),
    "room": ("Room", "Where it was held; empty for one online", lambda each: each.round.room),
    "came": ("People who came", "To the nearest 5; below 8 no number is shown", _came),
    "forms": ("Feedback forms", "To the nearest 5, from 8 forms on", _forms),
}
NOTE = [
    "Facts about Rounds are exact. How many came is counted by the facilitators and entered once, to the nearest 5; "
    f"below {THRESHOLD} no number is shown, and none for Rounds of one team.",
    "No column names a person, a storyteller or anybody's answer. What people answered leaves a Round's own team only "
    "in words, in its own report, and in the sum over its half-year, which stands in the board report; where no other "
    "Round of the half-year was asked the same, that sum is of one Round.",
]


def chosen(keys) -> list[str]:
    """Those of the list that were chosen, in its own order."""
    return [key for key in COLUMNS if key in keys]


def headings(keys) -> list[str]:
    return [COLUMNS[key][0] for key in chosen(keys)]


def rows_of(rounds, keys):
    return headings(keys), [[COLUMNS[key][2](each) for key in keys] for each in rounds]


def return_report(system, half_year, rounds, keys) -> Report:
    """As a spreadsheet has it."""
    head, rows = rows_of(rounds, keys)
    meaning = [[COLUMNS[key][0], COLUMNS[key][1]] for key in keys]
    dictionary = table("What each column means", ["Column", "What it is"], meaning)
    tables = [table(f"Rounds, {half_year.words}", head, rows)]
    return Report(
        title="Return to the licensor",
        of=f"Schwartz Rounds in {system.short_name}, {half_year.words}",
        lead=f"Rounds held: {len(rounds)}.",
        parts=[Part("How these figures were made", NOTE, tables, dictionary=dictionary)],
    )
