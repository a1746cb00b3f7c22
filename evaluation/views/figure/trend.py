"""What came back over time: a figure for each thing that was measured, and all of them in one file."""

from functools import partial

from django.utils import timezone

from evaluation.disclosure import NEARLY_ALL, NEARLY_NONE
from evaluation.views.figure.chance import said_of_chance
from evaluation.views.figure.pieces import capital, table
from evaluation.xmr import FEWEST, Limits, beyond_chance, limits_of
from rounds_site.kit import charts
from rounds_site.kit.formats import listed, nhs_date

EDGES = {NEARLY_ALL: "top", NEARLY_NONE: "foot"}
FILE_HEAD = [
    "Date",
    "Round",
    "Measures",
    "Question",
    "Questions",
    "Version",
    "Answers",
    "Favourable",
    "Why not shown",
    "Favourable is",
]


def figures(trend):
    return [_figure(number, measure) for number, measure in enumerate(trend.measures, start=1)]


def rows_of(trend):
    return FILE_HEAD, [
        [
            timezone.localdate(point.round.starts_at).isoformat(),
            point.round.title,
            measure.name,
            point.item.text,
            point.questionnaire.name,
            point.questionnaire.version,
            *((point.share.n, point.share.favourable) if point.share else (None, None)),
            point.why,
            measure.scale.in_file,
        ]
        for measure in trend.measures
        for point in measure.points
    ]


def _figure(number, measure):
    limits, apart = chance(measure)
    moments = [_moment(point, measure, apart) for point in measure.points]
    draw = partial(charts.trend, moments, band=_band(measure, limits))
    return {
        "id": f"trend-{number}",
        "kind": "trend",
        "sentence": sentence(measure),
        "what": " ".join([_what(measure), *said_of_chance(limits, [_day(each) for each in apart], unit="%", most=100)]),
        "title": f"{measure.name}, from Round to Round",
        "desc": "; ".join(f"{_day(point)}: {_said(point)}" for point in measure.points),
        "wide": draw(),
        "narrow": draw(width=charts.NARROW, height=260),
        "table": table(measure.name, ["Round", "Questions", "Answers", capital(measure.scale.said)], _rows(measure)),
    }


def sentence(measure) -> str:
    """The range of each Round's share, over the version that was asked last; it compares within one version only."""
    last = measure.shown[-1].questionnaire
    since = "" if len(measure.versions) == 1 else f" since {_day(_first_asked(measure)[last])}"
    told = [point.share.favourable_per_cent for point in measure.shown if point.questionnaire == last]
    counted = [share for share in told if share is not None]
    if not counted:
        return f"{measure.name}: {measure.shown[-1].share.favourable} {measure.scale.said} at the last Round."
    low, high = min(counted), max(counted)
    if len(told) == 1 or low == high:
        return f"{measure.name}: {high}% {measure.scale.said}{since}."
    return f"{measure.name}: from Round to Round {low}% to {high}% {measure.scale.said}{since}."


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


def _what(measure):
    if len(measure.versions) == 1:
        return f"Everybody was asked: “{measure.points[0].item.text}”"
    first = _first_asked(measure)
    asked = [f"{each} from {_day(first[each])} on: “{first[each].item.text}”" for each in measure.versions]
    return f"People were asked in {len(asked)} versions, whose answers are not joined: {listed(asked)}"


def _first_asked(measure):
    return {point.questionnaire: point for point in reversed(measure.points)}


def _rows(measure):
    return [[_day(point), str(point.questionnaire), *_cells(point)] for point in reversed(measure.points)]


def _cells(point):
    return [point.share.n, point.share.favourable] if point.share else [None, None]


def _said(point):
    return f"{point.share.favourable} of {point.share.n}" if point.share else "not shown"


def _day(point):
    return nhs_date(point.round.starts_at, weekday=False)


def _moment(point, measure, apart=()):
    day, month, year = _day(point).split(" ")
    share = point.share
    return charts.Moment(
        label=f"{day} {month[:3]}\n{year}",
        line=str(point.questionnaire.pk),
        value=share.favourable_per_cent if share else None,
        edge=EDGES.get(share.favourable, "") if share else "",
        changed=point.round.pk in measure.changes,
        apart=point in apart,
    )
