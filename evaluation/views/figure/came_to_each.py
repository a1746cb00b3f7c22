"""How many came to each Round of a series, in time."""

from functools import partial

from django.utils import timezone

from evaluation.views.figure.chance import said_of_chance
from evaluation.views.figure.pieces import table
from evaluation.xmr import FEWEST, beyond_chance, limits_of
from rounds_site.kit import charts
from rounds_site.kit.formats import nhs_date

HEAD = ["Round", "People who came"]
FILE_HEAD = ["Date", "People who came"]


def figure(shown):
    each, (limits, apart) = shown.came_to_each, chance(shown.came_to_each)
    moments = [_moment(round, came, round in apart) for round, came in each]
    top = max([came.shown for _, came in each] + ([limits.high] if limits else []), default=0)
    draw = partial(charts.trend, moments, band=_band(each, limits), highest=top)
    return {
        "id": "came",
        "kind": "trend" if any(came.shown for _, came in each) else "",
        "sentence": sentence(each),
        "what": " ".join([*_what(each), *said_of_chance(limits, [_day(round) for round in apart])]),
        "title": "People who came to each Round",
        "desc": "; ".join(f"{_day(round)}: {came.words}" for round, came in each) or "No number yet.",
        "wide": draw(),
        "narrow": draw(width=charts.NARROW, height=260),
        "table": table("People who came to each Round", HEAD, _rows(each)) if each else None,
    }


def rows_of(shown):
    return FILE_HEAD, [
        [timezone.localdate(round.starts_at).isoformat(), came.cell] for round, came in shown.came_to_each
    ]


def sentence(each):
    numbers = [came.shown for _, came in each if came.shown]
    if not numbers:
        return "How many came cannot be shown yet." if not each else "Fewer than 8 people came each time."
    low, high, few = min(numbers), max(numbers), len(each) - len(numbers)
    said = f"About {low} people came to each Round" if low == high else f"From {low} to {high} people came to a Round"
    return f"{said}; to {few} fewer than 8." if few else f"{said}."


def chance(each):
    """The limits within which the number moves by chance, and the Rounds that it does not explain. Worked out from
    what is shown; a Round of which no number is shown is left out."""
    told = [(round, came.shown) for round, came in each if came.shown]
    if len(told) < FEWEST:
        return None, []
    values = [number for _, number in told]
    limits = limits_of(values)
    return limits, [told[n][0] for n in sorted(beyond_chance(values, limits))]


def _what(each):
    if each:
        yield "Everyone who was there, Round by Round, to the nearest 5."
    if any(came.hidden for _, came in each):
        yield "Dashed: fewer than 8 people, of which we show no number."


def _band(each, limits):
    if limits is None:
        return None
    since = next(n for n, (_, came) in enumerate(each) if came.shown)
    return charts.Band(limits.mean, limits.low, limits.high, since=since)


def _rows(each):
    return [[_day(round), came.cell] for round, came in reversed(each)]


def _day(round):
    return nhs_date(round.starts_at, weekday=False)


def _moment(round, came, apart):
    day, month, year = _day(round).split(" ")
    return charts.Moment(f"{day} {month[:3]}\n{year}", "came", came.shown or None, apart=apart)
