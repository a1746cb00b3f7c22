"""From how many partners of each sector anybody came."""

from evaluation.reports.reach import ENOUGH_PARTNERS
from evaluation.views.figure import parts
from evaluation.views.figure.pieces import released_of

WHAT, COUNTED = "Sector", "Partners"


def figure(shown):
    rows = shown.reach.partners if shown.reach else []
    return parts.figure(
        "meeting",
        rows,
        what=WHAT,
        counted=COUNTED,
        of=f"{released_of(shown.reach)} Sectors with {ENOUGH_PARTNERS} partners and more: of fewer, chance would leave "
        "nothing to say.",
        title="Partners from whom anybody came, by sector",
        sentence=sentence(rows),
    )


def rows_of(shown):
    return parts.file(shown.reach, WHAT, shown.reach.partners if shown.reach else [], counted=COUNTED)


def sentence(rows):
    shown = [part for part in rows if part.came]
    if not shown:
        return "From how many partners anybody came cannot be shown."
    most = max(shown, key=lambda part: part.came.shown)
    return f"Somebody came from about {most.came.shown} partners in {most.label.lower()} ({between(most.came)})."


def between(came):
    return f"between {came.low} and {came.high}"
