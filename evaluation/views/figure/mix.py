"""The kinds of work of those who came, beside those of all staff: of 100 each."""

from evaluation.reports.half_years import HalfYear
from evaluation.states import IN_SHORT
from evaluation.views.figure.pieces import released_of, table
from rounds_site.kit import charts
from rounds_site.kit.formats import nearest

CAME, STAFF = "Of 100 who came", "Of 100 staff"
HEAD = ["Kind of work", CAME, STAFF]
FILE_HEAD = ["Half-year", *HEAD]
# In 100: what is nearer than this may be the noise of the figures.
WORTH_SAYING = 5


def figure(shown):
    mix = mix_of(shown.reach)
    rows = [charts.Share(words, tuple(of.get(label, 0) for label in IN_SHORT.values())) for words, of in _bars(mix)]
    return {
        "id": "mix",
        "kind": "distribution" if mix else "",
        "sentence": sentence(mix),
        "what": f"{released_of(shown.reach)} Kinds of work that have a figure of their own, worked out from what is "
        "shown of each.",
        "title": "Kinds of work of those who came, beside those of all staff",
        "desc": "; ".join(f"{label}: {came} in 100 who came, {staff} in 100 staff" for label, came, staff in mix),
        "wide": charts.distribution(rows),
        "narrow": charts.distribution(rows, width=charts.NARROW),
        "key": [label if label in _labels(mix) else "" for label in IN_SHORT.values()],
        "table": table("Kinds of work of those who came and of all staff", HEAD, mix) if mix else None,
        "beside": True,
    }


def rows_of(shown):
    words = HalfYear.called(shown.reach.half_year).words if shown.reach else ""
    return FILE_HEAD, [[words, *each] for each in mix_of(shown.reach)]


def mix_of(released):
    """[(kind of work, how many of 100 who came, of 100 staff)] from two kinds on; of one there is no mix."""
    kinds = released.kinds_of_work if released else []
    parts = [part for part in kinds if part.rate and part.label in IN_SHORT.values()]
    came, staff = sum(part.came.shown for part in parts), sum(part.staff for part in parts)
    mix = [[part.label, nearest(100 * part.came.shown / came), nearest(100 * part.staff / staff)] for part in parts]
    return mix if len(mix) > 1 else []


def sentence(mix):
    if not mix:
        return "Too few kinds of work have a figure to set them beside the staff."
    label, came, staff = max(mix, key=lambda each: abs(each[1] - each[2]))
    if abs(came - staff) < WORTH_SAYING:
        return "Those who came were of the same kinds of work as the staff, about as often."
    return f"Of 100 who came, {came} were of “{label}”; of 100 staff, {staff} are."


def _bars(mix):
    yield CAME, {label: came for label, came, _ in mix}
    yield STAFF, {label: staff for label, _, staff in mix}


def _labels(mix):
    return {label for label, *_ in mix}
