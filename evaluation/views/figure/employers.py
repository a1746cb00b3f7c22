"""How often staff of each large employer came, beside the system: by name, for this is no competition."""

from evaluation.views.figure import parts
from evaluation.views.figure.pieces import released_of

WHAT = "Employer"


def figure(shown):
    rows = shown.reach.employers if shown.reach else []
    return parts.figure(
        "employers",
        rows,
        what=WHAT,
        of=f"{released_of(shown.reach)} By name. Employers with fewer than 250 staff have no figure of their own. "
        "Chance is drawn for each figure by itself, so a sector with one employer may differ from it.",
        title="How often people came for each 1,000 staff, by large employer",
        sentence=sentence(shown.reach, rows),
        rates=True,
    )


def rows_of(shown):
    return parts.file(shown.reach, WHAT, shown.reach.employers if shown.reach else [])


def sentence(released, rows):
    if not any(part.rate for part in rows):
        return "No employer has a figure that can be shown."
    number = "One large employer" if len(rows) == 1 else f"{len(rows)} large employers"
    whole = released.whole
    beside = f", beside about {whole.per_thousand} for each 1,000 staff of all sectors with a figure" if whole else ""
    return f"{number}{beside}."
