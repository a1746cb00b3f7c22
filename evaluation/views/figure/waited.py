"""How many waited for a place and got none, by the Place in which the Round was."""

from evaluation.views.figure import parts
from evaluation.views.figure.pieces import released_of
from rounds_site.kit.formats import thousands

WHAT = "Place"


def figure(shown):
    rows = shown.reach.waited if shown.reach else []
    return parts.figure(
        "waited",
        rows,
        what=WHAT,
        of=f"{released_of(shown.reach)} Who still stood in the waiting list when the Round began.",
        title="People who waited for a place and got none, by Place",
        sentence=sentence(rows),
    )


def rows_of(shown):
    return parts.file(shown.reach, WHAT, shown.reach.waited if shown.reach else [])


def sentence(rows):
    shown = [part.came.shown for part in rows if part.came]
    if not shown:
        return "Hardly anybody waited for a place in vain."
    few = "" if len(shown) == len(rows) else ", and fewer than 8 in each other Place"
    return f"About {thousands(sum(shown))} people waited for a place and got none{few}."
