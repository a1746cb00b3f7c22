"""Who came for the first time, by sector."""

from evaluation.views.figure import parts
from evaluation.views.figure.pieces import released_of
from rounds_site.kit.formats import thousands

WHAT, COUNTED = "Sector", "Came for the first time"
OF = (
    "Whoever ticked “my first Round” at the door, once in a life. Chance is drawn for each figure by itself, so more "
    "may stand here than came in all."
)
FEW = "Hardly anybody ticked that it was their first Round"


def figure(shown):
    rows = shown.reach.first_timers if shown.reach else []
    return parts.figure(
        "first",
        rows,
        what=WHAT,
        of=f"{released_of(shown.reach)} {OF}",
        title="People who came for the first time, by sector",
        sentence=sentence(shown),
        counted=COUNTED,
        sums=shown.reach.first_timers_in_all if shown.reach else (),
    )


def rows_of(shown):
    if shown.reach is None:
        return parts.file(None, WHAT, [], counted=COUNTED)
    sums = shown.reach.first_timers_in_all
    return parts.file(shown.reach, WHAT, shown.reach.first_timers, counted=COUNTED, sums=sums)


def sentence(shown):
    new, ever = (shown.reach.new, shown.reach.people_reached) if shown.reach else (None, None)
    said = f"About {thousands(new.shown)} people came for the first time" if new else FEW
    return f"{said}; about {thousands(ever.shown)} have since figures began." if ever else f"{said}."
