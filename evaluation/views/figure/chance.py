"""What chance does to a measure in time, in words (``evaluation.xmr``)."""

from rounds_site.kit.formats import listed

MOST_DAYS = 3


def said_of_chance(limits, apart, *, of="Round", unit="", most=None):
    """Sentences; none while there are too few points for limits. `apart`: the days that chance does not explain;
    `of`: what a point is; `most`: above it no limit makes sense."""
    if limits is None:
        return
    low, high = max(limits.low, 0), limits.high if most is None else min(limits.high, most)
    between = f"{low:.0f}{unit} and {high:.0f}{unit}"
    yield f"On average {limits.mean:.0f}{unit}; between the dashed lines, {between}, chance alone moves it."
    if limits.may_move:
        yield f"These limits are drawn from {limits.points} {of}s, and each new one may move them."
    if apart:
        yield f"More than chance: {listed(apart) if len(apart) <= MOST_DAYS else f'{len(apart)} {of}s'}, ringed."
    else:
        yield "Nothing here is more than chance."
