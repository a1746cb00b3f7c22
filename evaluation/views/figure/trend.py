"""What came back over time: a figure for each thing that was measured, and all of them in one file."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from django.utils import timezone

from evaluation.disclosure import NEARLY_ALL, NEARLY_NONE
from evaluation.views.figure.chance import said_of_chance
from evaluation.views.figure.pieces import capital, table
from evaluation.xmr import FEWEST, Limits, beyond_chance, limits_of
from rounds_site.kit import charts
from rounds_site.kit.formats import MONTHS, listed, nhs_date

EDGES = {NEARLY_ALL: "top", NEARLY_NONE: "foot"}
OF_ANSWERS = ["Measures", "Question", "Questions", "Version", "Answers", "Favourable", "Why not shown", "Favourable is"]


@dataclass(frozen=True)
class Steps:
    """What the points of a trend are of: what it is called and how one of them and each are spoken of; its words, when
    it begins, its label of two lines and its cells of a file."""

    name: str
    each: str
    at: str
    often: str
    at_last: str
    words: Callable[..., str]
    begins: Callable[..., str]
    label: Callable[..., str]
    head: tuple[str, ...]
    cells: Callable[..., list]


def _day(round):
    return nhs_date(round.starts_at, weekday=False)


def _label_of_day(round):
    day, month, year = _day(round).split(" ")
    return f"{day} {month[:3]}\n{year}"


@cache
def _label_of_half_year(half_year):
    """
    >>> from evaluation.reports.half_years import HalfYear
    >>> _label_of_half_year(HalfYear.called("2026-10")).split("\\n")
    ['Oct to Mar', '2026-27']
    """
    first, last = half_year.begins, half_year.last_day
    months = " to ".join(MONTHS[day.month - 1][:3] for day in (first, last))
    return f"{months}\n{first.year}" + (f"-{last:%y}" if last.year > first.year else "")


ROUNDS = Steps(
    name="Round",
    each="Round by Round",
    at="on",
    often="at",
    at_last="at the last Round",
    words=_day,
    begins=_day,
    label=_label_of_day,
    head=("Date", "Round"),
    cells=lambda round: [timezone.localdate(round.starts_at).isoformat(), round.title],
)
HALF_YEARS = Steps(
    name="half-year",
    each="half-year by half-year",
    at="in",
    often="in",
    at_last="in the last half-year",
    words=lambda half_year: half_year.words,
    begins=lambda half_year: f"{MONTHS[half_year.begins.month - 1]} {half_year.begins.year}",
    label=_label_of_half_year,
    head=("Half-year",),
    cells=lambda half_year: [half_year.words],
)


@dataclass(frozen=True)
class Marks:
    """What a page has to explain, as it stands in one of its charts."""

    too_few: bool
    edges: bool
    changes: bool


def marks_of(measures) -> Marks:
    points = [point for measure in measures for point in measure.points]
    return Marks(
        too_few=any(not point.share for point in points),
        edges=any(point.share and point.share.favourable in EDGES for point in points),
        changes=any(measure.changes for measure in measures),
    )


def figures(measures, steps=ROUNDS):
    return [_figure(number, measure, steps) for number, measure in enumerate(measures, start=1)]


def without_charts(measures, steps, *, key):
    """`key` keeps their ids apart from those of other sets on the page."""
    return [_told(f"{key}-{number}", measure, steps) for number, measure in enumerate(measures, start=1)]


def rows_of(measures, steps=ROUNDS):
    return [*steps.head, *OF_ANSWERS], [row for measure in measures for row in _file_rows(measure, steps)]


def _file_rows(measure, steps):
    favourable = measure.scale.in_file
    for point in measure.points:
        asked, share = point.questionnaire, point.share
        told = (share.n, share.cell) if share else (None, None)
        words = (measure.name, point.item.text, asked.name, asked.version)
        yield [*steps.cells(point.at), *words, *told, point.why, favourable]


def _figure(number, measure, steps):
    limits, apart = chance(measure)
    moments = [_moment(point, measure, apart, steps) for point in measure.points]
    draw = partial(charts.trend, moments, band=_band(measure, limits))
    beyond = [steps.words(each.at) for each in apart]
    return _told(f"trend-{number}", measure, steps) | {
        "kind": "trend",
        "what": " ".join([_what(measure, steps), *said_of_chance(limits, beyond, of=steps.name, unit="%", most=100)]),
        "desc": "; ".join(f"{steps.words(point.at)}: {_said(point)}" for point in measure.points),
        "wide": draw(),
        "narrow": draw(width=charts.NARROW, height=260),
    }


def _told(key, measure, steps):
    title = f"{measure.name}, from {steps.name} to {steps.name}"
    return {
        "id": key,
        "kind": "",
        "sentence": sentence(measure, steps),
        "what": _what(measure, steps),
        "title": title,
        "table": _table(title, measure, steps),
    }


def _table(title, measure, steps):
    """Which version was asked stands in it where there were several."""
    versions = ["Questions"] if len(measure.versions) > 1 else []
    rows = [
        [steps.words(point.at), *(str(point.questionnaire) for _ in versions), *_cells(point)]
        for point in reversed(measure.points)
    ]
    return table(title, [capital(steps.name), *versions, "Answers", capital(measure.scale.said)], rows)


def sentence(measure, steps=ROUNDS) -> str:
    """The range of each Round's share, over the version that was asked last; it compares within one version only. Where
    no more than “all or nearly all” may be said of one, the range goes as far."""
    last = measure.shown[-1].questionnaire
    since = _since(measure, last, steps)
    told = [point.share for point in measure.shown if point.questionnaire == last]
    counted = [share.favourable_per_cent for share in told if share.favourable_per_cent is not None]
    if not counted:
        return f"{measure.name}: {measure.shown[-1].share.favourable} {measure.scale.said} {steps.at_last}."
    edges = {share.favourable for share in told}
    low, high = (edge if edge in edges else f"{end(counted)}%" for edge, end in ((NEARLY_NONE, min), (NEARLY_ALL, max)))
    if low == high:
        return f"{measure.name}: {high} {measure.scale.said}{since}."
    return f"{measure.name}: between {low} and {high} {measure.scale.said}, {steps.each}{since}."


def _since(measure, version, steps):
    """Of which answers the range is, where others were given too: versions may have been asked by turns."""
    if len(measure.versions) == 1:
        return ""
    first = _first_asked(measure)[version]
    since = measure.points[measure.points.index(first) :]
    alone = all(point.questionnaire == version for point in since)
    return f" since {steps.begins(first.at)}" if alone else f" where “{version}” was asked"


def chance(measure) -> tuple[Limits | None, list]:
    """The limits within which the shares of the version that was asked last move by chance, and the points that it does
    not explain. None while there are too few. All is worked out from what is shown anyway."""
    told = _told_last(measure)
    if len(told) < FEWEST:
        return None, []
    values = [point.share.favourable_per_cent for point in told]
    limits = limits_of(values)
    return limits, [told[n] for n in sorted(beyond_chance(values, limits))]


def _told_last(measure):
    last = measure.points[-1].questionnaire
    own = [point for point in measure.shown if point.questionnaire == last]
    return [point for point in own if point.share.favourable_per_cent is not None]


def _band(measure, limits):
    if limits is None:
        return None
    since = measure.points.index(_told_last(measure)[0])
    return charts.Band(limits.mean, limits.low, limits.high, since=since)


def _what(measure, steps):
    if len(measure.versions) == 1:
        return f"The question was: “{measure.points[0].item.text}”"
    first = _first_asked(measure)
    often = Counter(point.questionnaire for point in measure.points)
    asked = [
        f"{each} {_asked(often[each], first[each].at, steps)}: “{first[each].item.text}”" for each in measure.versions
    ]
    return f"People were asked in {len(asked)} versions, whose answers are not joined: {listed(asked)}"


def _asked(often, first, steps):
    once = f"{steps.at} {steps.words(first)}"
    return once if often == 1 else f"{steps.often} {often} {steps.name}s, first {once}"


def _first_asked(measure):
    return {point.questionnaire: point for point in reversed(measure.points)}


def _cells(point):
    return [point.share.n, point.share.cell] if point.share else [None, None]


def _said(point):
    return f"{point.share.cell} of {point.share.n}" if point.share else "not shown"


def _moment(point, measure, apart=(), steps=ROUNDS):
    share = point.share
    return charts.Moment(
        label=steps.label(point.at),
        line=str(point.questionnaire.pk),
        value=share.favourable_per_cent if share else None,
        edge=EDGES.get(share.favourable, "") if share else "",
        changed=point in measure.changes,
        apart=point in apart,
    )
