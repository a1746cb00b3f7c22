"""How often staff of each large employer came, beside the system: by name, for this is no competition."""

from evaluation.views.figure import parts
from evaluation.views.figure.pieces import released_of
from rounds_site.kit.formats import thousands

WHAT = "Employer"
OF = (
    "By name. Employers with fewer than 250 staff have no figure of their own. "
    "Chance is drawn for each figure by itself, so a sector with one employer may differ from it."
)


def figure(shown):
    rows = shown.reach.employers if shown.reach else []
    return parts.figure(
        "employers",
        rows,
        what=WHAT,
        of=" ".join([f"{released_of(shown.reach)} {OF}", *shown.employers_then]),
        title="How often people came for each 1,000 staff, by large employer",
        sentence=sentence(shown.reach, rows),
        rates=True,
    )


def rows_of(shown):
    return parts.file(shown.reach, WHAT, shown.reach.employers if shown.reach else [], rates=True)


def sentence(released, rows):
    rates = sorted(part.rate.per_thousand for part in rows if part.rate)
    if not rates:
        return "No employer has a figure that can be shown."
    low, high, whole = rates[0], rates[-1], released.whole
    beside = f", beside about {thousands(whole.per_thousand)} of all with a staff number" if whole else ""
    came = f"About {thousands(low)}" if low == high else f"From about {thousands(low)} to {thousands(high)}"
    return f"{came} came for each 1,000 staff of a large employer{beside}.{_without(len(rows) - len(rates))}"


def _without(number):
    """
    >>> _without(0), _without(1), _without(3)
    ('', ' One has no figure.', ' 3 have no figure.')
    """
    return f" {'One has' if number == 1 else f'{number} have'} no figure." if number else ""
