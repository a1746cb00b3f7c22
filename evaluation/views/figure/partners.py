"""How many partners are invited, host and have a facilitator, and which do not yet."""

from evaluation.views.figure.pieces import table
from rounds_site.kit import charts
from rounds_site.kit.formats import listed

WHAT = (
    "As it stands today, by all Rounds that were held or are planned. A facilitator is somebody who works there and "
    "holds that role."
)
FILE_HEAD = ["Partner", "Sector", "Invited", "Hosting", "With a facilitator"]
# (what a partner may have, its name in the figure, what is said of those without, what to do)
STEPS = [
    ("invited", "Invited", "not yet invited", "Choose them under “Who is it for?” when the next Round is planned."),
    ("hosting", "Hosting", "not yet hosting", "Ask them for a room: a Round at home reaches those who cannot travel."),
    (
        "facilitated",
        "With a facilitator",
        "without a facilitator",
        "Ask who there would like to be trained. Until then, facilitators of other partners can run their Rounds.",
    ),
]


def figure(shown):
    partners = shown.partners
    rows = [_bar(name, _having(partners, what), len(partners)) for what, name, _, _ in STEPS]
    return {
        "id": "partners",
        "kind": "bars" if partners else "",
        "sentence": sentence(partners),
        "what": " ".join([WHAT, *shown.notes_on_time]),
        "title": "Partners invited, hosting and with a facilitator",
        "desc": "; ".join(f"{row.label}: {row.words}" for row in rows),
        "wide": charts.bars(rows, label_width=180),
        "narrow": charts.narrow_bars(rows),
        "table": table("Partners", ["So far", "Partners", "Not yet"], [_cells(partners, *step[:2]) for step in STEPS]),
        "beside": True,
        "gaps": gaps(partners),
        "each": partners,
    }


def gaps(partners):
    """Which of them lack what, and what to do."""
    return [gap for gap in (_gap(partners, *step) for step in STEPS) if gap["partners"]]


def rows_of(shown):
    return FILE_HEAD, [
        [each.name, each.sector, *("yes" if getattr(each, what) else "no" for what, *_ in STEPS)]
        for each in shown.partners
    ]


def sentence(partners):
    if not partners:
        return "No partner has joined yet."
    missing = [(len(partners) - _having(partners, what), words) for what, _, words, _ in STEPS]
    parts = [f"{number} {'is' if number == 1 else 'are'} {words}" for number, words in missing if number]
    if not parts:
        return f"All {len(partners)} partners are invited, host Rounds and have a facilitator."
    if len(partners) == 1:
        return f"The one partner is {listed([words for number, words in missing if number])}."
    return f"Of {len(partners)} partners, {listed(parts)}."


def _gap(partners, what, _name, words, to_do):
    return {"words": words, "to_do": to_do, "partners": [each for each in partners if not getattr(each, what)]}


def _having(partners, what):
    return sum(getattr(each, what) for each in partners)


def _bar(name, number, of):
    return charts.Bar(name, number, f"{number} of {of}")


def _cells(partners, what, name):
    having = _having(partners, what)
    return [name, having, len(partners) - having]
