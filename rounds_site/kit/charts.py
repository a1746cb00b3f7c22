"""Where each mark of a chart stands, in units equal to CSS pixels. Numbers in, numbers out; the words are the caller's.

Each chart has a wide form (from 641 px) and a narrow one for phones. Templates: components/charts/.
"""

from dataclasses import dataclass
from math import ceil, floor, log10

MORE = 20  # the dashed end of what goes beyond its value
LABEL = 80  # the room that the date of a moment takes
CHANGE = 124  # and that which the words at a change take
NARROW = 343  # a phone of 375 px less its margins


@dataclass(frozen=True)
class Bar:
    """One thing counted. value None: not shown, and `words` say why. low and high: the range of the true figure.

    more: there is something beyond the value that is not shown; it stands, dashed, at its end. So does what is planned
    beyond it.
    """

    label: str
    value: float | None
    words: str = ""
    low: float | None = None
    high: float | None = None
    more: bool = False
    planned: int = 0


@dataclass(frozen=True)
class Stack:
    """A time with a few things of several kinds; the last kind is what is planned."""

    label: str
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Share:
    """One question: how many gave each answer, in the order of the key."""

    label: str
    counts: tuple[int, ...]
    words: str = ""


@dataclass(frozen=True)
class Moment:
    """One share in time, in per cent, or one number; `label` over two lines at a new line sign. Only moments of one
    `line` are joined.

    value None: there is a gap. edge "top" or "foot": it is near all or nothing, which is all that may be said of it.
    changed: from here on something else was asked. apart: chance does not explain it.
    """

    label: str
    line: str
    value: int | None
    edge: str = ""
    changed: bool = False
    apart: bool = False


@dataclass(frozen=True)
class Band:
    """Between `low` and `high` chance explains what moves around `mean`, from the moment with the number
    `since` on."""

    mean: float
    low: float
    high: float
    since: int = 0


def ticks(highest, about=4):
    """Even steps of 1, 2 or 5 from nought to at least the highest.

    >>> ticks(27), ticks(140), ticks(3), ticks(0)
    ([0, 10, 20, 30], [0, 50, 100, 150], [0, 1, 2, 3], [0, 1])
    """
    if highest <= 0:
        return [0, 1]
    rough = highest / about
    power = 10 ** floor(log10(rough))
    step = max(1, next(int(n * power) for n in (1, 2, 5, 10) if n * power >= rough * 0.75))
    return list(range(0, step * ceil(highest / step) + 1, step))


def bars(rows, *, width=640, label_width=150, highest=None):
    """Horizontal bars with their labels at the left: the wide form. A row is 44 high, as in a table beside it.
    The axis ends at the `highest` that may be, or else at the highest there is."""
    return _bars(rows, width, highest, left=label_width, first=33, pitch=44, label_above=False)


def narrow_bars(rows, *, width=NARROW, highest=None):
    """The same for a phone: each label stands above its bar."""
    return _bars(rows, width, highest, left=0, first=33, pitch=64, label_above=True)


def _bars(rows, width, highest, *, left, first, pitch, label_above):
    axis = ticks(highest or max((row.high or (row.value or 0) + row.planned for row in rows), default=0))
    right = width - max([40, *(_beyond(row) for row in rows if row.value is not None)])
    scale = (right - left) / axis[-1]
    bottom = first + pitch * len(rows)
    return {
        "width": width,
        "height": bottom + 8,
        "left": px(left),
        "axis": [
            {
                "x": px(left + scale * tick),
                "words": f"{tick:,}",
                "anchor": "start" if label_above and not tick else "middle",
            }
            for tick in axis
        ],
        "axis_top": px(first),
        "axis_bottom": px(bottom),
        "cover_width": px(width - left),
        "cover_height": px(pitch),
        "rows": [_bar(row, first + pitch * n, left, scale, label_above) for n, row in enumerate(rows)],
    }


def _beyond(row):
    """The room that stands behind the longest bar.

    >>> _beyond(Bar("May", 80)), _beyond(Bar("May", 80, more=True))
    (30, 50)
    """
    return 12 + 9 * len(_words(row)) + (MORE if row.more else 0)


def _bar(row, top, left, scale, label_above):
    bar_top = top + (28 if label_above else 9)
    drawn = {
        "label": row.label,
        "label_y": px(top + 20 if label_above else top + 28),
        "words": _words(row),
        "words_y": px(bar_top + 19),
        "bar_top": px(bar_top),
        "shown": row.value is not None,
        "left": px(left),
        "top": px(top),
    }
    if row.value is None:
        return drawn
    end = left + scale * row.value
    drawn |= {"length": px(scale * row.value), "words_x": px(end + 12)}
    dashed = MORE if row.more else scale * row.planned
    if dashed:
        drawn |= {"more_left": px(end), "more_long": px(dashed), "words_x": px(end + dashed + 12)}
    if row.low is not None and row.high is not None:
        low, high, middle = left + scale * row.low, left + scale * row.high, bar_top + 13
        drawn |= {
            "range_in": f"M{px(low)} {px(middle - 5)}v10M{px(low)} {px(middle)}H{px(end)}",
            "range_out": f"M{px(end)} {px(middle)}H{px(high)}M{px(high)} {px(middle - 5)}v10",
            "words_x": px(high + 12),
        }
    return drawn


def _words(row):
    return row.words or (f"{row.value:,}" if row.value is not None else "")


def columns(rows, *, width=960, height=320):
    """Upright columns in time, `label` over two lines at a new line sign: the wide form. On a phone use narrow_bars."""
    axis = ticks(max((row.value or 0 for row in rows), default=0))
    left, top, foot = 44, 24, height - 56
    scale = (foot - top) / axis[-1]
    pitch = (width - left) / max(len(rows), 1)
    thickness = min(pitch * 0.6, 56)
    return {
        "width": width,
        "height": height,
        "left": left,
        "axis": [
            {"y": px(foot - scale * tick), "text_y": px(foot - scale * tick + 6), "words": f"{tick:,}"} for tick in axis
        ],
        "columns": [_column(row, left + pitch * n + pitch / 2, thickness, foot, scale) for n, row in enumerate(rows)],
        "label_y": px(foot + 28),
        "label_y2": px(foot + 50),
    }


def _column(row, middle, thickness, foot, scale):
    first, _, second = row.label.partition("\n")
    tall = scale * row.value if row.value else 0
    more = MORE if row.more else 0
    return {
        "shown": row.value is not None,
        "middle": px(middle),
        "left": px(middle - thickness / 2),
        "thickness": px(thickness),
        "top": px(foot - tall),
        "tall": px(tall),
        "hidden_top": px(foot - 26),
        "words": _words(row),
        "words_y": px(foot - tall - more - 8),
        "more_top": px(foot - tall - more),
        "more_tall": px(more) if more else "",
        "label": first,
        "label2": second,
    }


def stacks(rows, *, width=960, height=280):
    """Columns in time of few things each, kind upon kind; what is planned stands dashed on top."""
    chart = columns([Bar(row.label, sum(row.parts)) for row in rows], width=width, height=height)
    foot = height - 56
    scale = (foot - 24) / ticks(max((sum(row.parts) for row in rows), default=0))[-1]
    for row, column in zip(rows, chart["columns"], strict=True):
        column["parts"] = [
            {**kind, "top": px(foot - scale * (before + number)), "tall": px(scale * number)}
            for kind, before, number in _piled(row)
        ]
    return chart


def narrow_stacks(rows, *, width=NARROW):
    """The same for a phone, lying down: a row for each time."""
    left, pitch, most = 84, 36, max((sum(row.parts) for row in rows), default=0)
    scale = (width - left - 32) / max(most, 1)
    return {
        "width": width,
        "height": pitch * len(rows) + 4,
        "rows": [
            {
                "label": row.label.replace("\n", " "),
                "label_y": px(pitch * n + 24),
                "bar_top": px(pitch * n + 6),
                "parts": [
                    {**kind, "left": px(left + scale * before), "long": px(scale * number)}
                    for kind, before, number in _piled(row)
                ],
                "words": f"{sum(row.parts):,}" if any(row.parts) else "",
                "words_x": px(left + scale * sum(row.parts) + 8),
            }
            for n, row in enumerate(rows)
        ],
    }


def _piled(row):
    """(which kind, how many lie beneath it, how many it has) for each kind there is."""
    before = 0
    for step, number in enumerate(row.parts, start=1):
        if number:
            yield {"step": step, "planned": step == len(row.parts)}, before, number
        before += number


def distribution(rows, *, width=640):
    """One bar for each question, all of one length, parted by answer; both forms, by their width."""
    pitch = 76
    return {
        "width": width,
        "height": pitch * len(rows) + 4,
        "rows": [_parted(row, pitch * n, width) for n, row in enumerate(rows)],
    }


def _parted(row, top, width):
    total = sum(row.counts)
    parts, at = [], 0.0
    for step, count in enumerate(row.counts):
        long = width * count / total if total else 0
        parts.append(
            {
                "step": step + 1,
                "left": px(at),
                "long": px(long),
                "middle": px(at + long / 2),
                "words": f"{count:,}" if long >= 12 + 10 * len(f"{count:,}") else "",
            }
        )
        at += long
    return {
        "label": row.label,
        "label_y": px(top + 20),
        "bar_top": px(top + 32),
        "words_y": px(top + 51),
        "parts": [part for part in parts if part["long"] != "0"],
        "words": row.words,
        "shown": total > 0,
    }


def trend(moments, *, band=None, highest=None, width=960, height=320):
    """Shares in time, of 100, or numbers up to the `highest`: a line for each thing that was asked, broken at gaps.
    Both forms, by their width."""
    left, top, foot = 56, 34, height - 56
    axis = [0, 50, 100] if highest is None else ticks(highest)
    whole, unit = axis[-1], "%" if highest is None else ""
    pitch = (width - left - 12) / max(len(moments), 1)
    every = ceil(LABEL / pitch)
    middles = [left + pitch * n + pitch / 2 for n, _ in enumerate(moments)]
    dots = [_dot(each, x, top, foot, whole) for each, x in zip(moments, middles, strict=True)]
    told = [(each, dot) for each, dot in zip(moments, dots, strict=True) if dot]
    labelled = range((len(moments) - 1) % every, len(moments), every)
    return {
        "width": width,
        "height": height,
        "left": left,
        "axis": [
            {"y": px(y := foot - (foot - top) * tick / whole), "text_y": px(y + 6), "words": f"{tick:,}{unit}"}
            for tick in axis
        ],
        "lines": _lines(moments, dots),
        "band": _band(band, left + pitch * band.since, top, foot, whole) if band else None,
        "changes": _changes([left + pitch * n for n, each in enumerate(moments) if each.changed], width),
        "top": px(top),
        "foot": px(foot),
        "dots": "".join(f"M{dot}h0" for _, dot in told),
        "apart": [dot.split(" ") for each, dot in told if each.apart],
        "gaps": [_gap(each, x, top, foot) for each, x in zip(moments, middles, strict=True) if each.value is None],
        "labels": [_label(moments[n], min(middles[n], width - LABEL / 2)) for n in labelled],
        "label_y": px(foot + 28),
        "label_y2": px(foot + 50),
    }


def _changes(lines, width):
    """The words stand within the chart, and only where there is room beside those of the change before.

    >>> _changes([100, 123, 300], width=343)
    [{'x': '100', 'words_x': '100'}, {'x': '123', 'words_x': ''}, {'x': '300', 'words_x': '281'}]
    """
    changes, free_from = [], 0.0
    for x in lines:
        middle = min(x, width - CHANGE / 2)
        named = middle - CHANGE / 2 >= free_from
        changes.append({"x": px(x), "words_x": px(middle) if named else ""})
        free_from = middle + CHANGE / 2 if named else free_from
    return changes


def _dot(moment, x, top, foot, whole):
    return "" if moment.value is None else f"{px(x)} {px(foot - (foot - top) * moment.value / whole)}"


def _gap(moment, x, top, foot):
    return {"left": px(x - 4), "y": px(top if moment.edge == "top" else foot - 12), "edge": moment.edge}


def _label(moment, x):
    first, _, second = moment.label.partition("\n")
    return {"x": px(x), "first": first, "second": second}


def _band(band, left, top, foot, whole):
    """No share is below nothing or above the whole, whatever the limits are."""
    within = {name: min(max(getattr(band, name), 0), whole) for name in ("mean", "low", "high")}
    return {"left": px(left)} | {name: px(foot - (foot - top) * share / whole) for name, share in within.items()}


def _lines(moments, dots):
    """A path for each run of moments of one line without a gap."""
    runs, last = [], {}
    for moment, dot in zip(moments, dots, strict=True):
        if not dot:
            last.pop(moment.line, None)
            continue
        run = last.get(moment.line)
        if run is None:
            run = last[moment.line] = []
            runs.append(run)
        run.append(dot)
    return [f"M{'L'.join(run)}" for run in runs if len(run) > 1]


def chairs(left, of=12):
    """The ring of chairs, open at the bottom; `left` of them are filled, and they empty clockwise.

    >>> [chair["gone"] for chair in chairs(2, 4)], chairs(0, 2)[0]["angle"]
    ([True, True, False, False], '214.4')
    """
    step = 291.2 / (of - 1)
    return [{"angle": px((214.4 + step * n) % 360), "gone": n < of - left} for n in range(of)]


def px(number):
    """A coordinate as SVG wants it: one decimal at most.

    >>> px(12.0), px(3.14159)
    ('12', '3.1')
    """
    return f"{number:.1f}".removesuffix(".0")
