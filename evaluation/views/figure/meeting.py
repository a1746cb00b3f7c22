"""Whether people of many employers meet, and from how many partners of each sector anybody came."""

from evaluation.views.figure import parts
from evaluation.views.figure.pieces import released_of

WHAT = "Sector"


def figure(shown):
    rows = shown.reach.partners if shown.reach else []
    return parts.figure(
        "meeting",
        rows,
        what=WHAT,
        of=f"{released_of(shown.reach)} Partners from whom anybody came, by sector.",
        title="Partners from whom anybody came, by sector",
        sentence=sentence(shown.reach),
    )


def rows_of(shown):
    return parts.file(shown.reach, WHAT, shown.reach.partners if shown.reach else [])


def sentence(released):
    if released is None or released.met is None:
        return "How many employers meet in a Round cannot be shown."
    low, high = (max(number / released.rounds, 1) for number in (released.met.low, released.met.high))
    average = released.met.shown / released.rounds
    return f"In a Round, people of about {average:.0f} employers met (between {low:.0f} and {high:.0f})."
