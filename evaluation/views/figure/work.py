"""How often people of each broad kind of work came, beside how many they are."""

from evaluation.views.figure import parts, reach
from evaluation.views.figure.pieces import released_of

WHAT = "Kind of work"


def figure(shown):
    released = shown.reach
    rows = released.kinds_of_work if released else []
    return parts.figure(
        "work",
        rows,
        what=WHAT,
        of=f"{released_of(released)} Kinds of work with fewer than 50 staff in a sector stand in the last row.",
        title="How often people came for each 1,000 staff, by kind of work",
        sentence=sentence(rows),
        rates=True,
        sums=reach.sums(released),
    )


def rows_of(shown):
    released = shown.reach
    rows = released.kinds_of_work if released else []
    return parts.file(released, WHAT, rows, rates=True, sums=reach.sums(released))


def sentence(rows):
    rates = [(part.label, part.rate) for part in rows if part.rate]
    if not rates:
        return "No kind of work has a figure that can be shown."
    clear = parts.clear_difference(rates)
    if clear is None:
        return "For each 1,000 staff, no kind of work shown came clearly more often than another."
    return f"For each 1,000 staff, those in “{clear.one}” {clear.came} those in “{clear.other}”."
