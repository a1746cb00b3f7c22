"""How many waited for a place and got none, by the Place in which the Round was."""

from evaluation.views.figure import parts
from evaluation.views.figure.pieces import released_of
from rounds_site.kit.formats import thousands

WHAT, COUNTED = "Place", "Got no place"


def figure(shown):
    rows = shown.reach.waited if shown.reach else []
    return parts.figure(
        "waited",
        rows,
        what=WHAT,
        of=f"{released_of(shown.reach)} Who still stood in the waiting list when the Round began.",
        title="People who waited for a place and got none, by Place",
        sentence=sentence(shown.reach),
        counted=COUNTED,
        sums=_sums(shown.reach),
    )


def rows_of(shown):
    rows = shown.reach.waited if shown.reach else []
    return parts.file(shown.reach, WHAT, rows, counted=COUNTED, sums=_sums(shown.reach))


def _sums(released):
    return [released.waited_in_all] if released and len(released.waited) > 1 else []


def sentence(released):
    """Of all Places together: many may have waited where in no single Place so many did."""
    waited = released.waited_in_all.came if released else None
    if waited is None:
        return "Hardly anybody waited for a place in vain."
    between = f"between {thousands(waited.low)} and {thousands(waited.high)}"
    return f"About {thousands(waited.shown)} people waited for a place and got none ({between})."
