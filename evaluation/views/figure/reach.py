"""How often staff of each sector came, for each 1,000 of them."""

from evaluation.reports.half_years import HalfYear
from evaluation.reports.system import HELD
from evaluation.views.figure import parts
from evaluation.views.figure.parts import clear_difference
from evaluation.views.figure.pieces import small

WHAT = "Sector"
NOT_YET = "Who was reached is shown once a half-year is over and its last Round is closed."
NEVER = "Nothing was released of who was reached: no register of a Round of several teams was closed here in time."
UNTIL_THEN = "Until then nobody sees them: from one day to the next they would show who came to the last Round."
TWO_COUNTS = (
    "Those reached are staff of partners, ticked in at the door, and moved a little by chance. How many came in all is "
    "another count, of heads in the room and online; so the two differ."
)
NO_ROUND = "No Round was held."
TOO_FEW_ROUNDS = "One Round alone says nothing about sectors: that would be its list."
NO_PARTNER = "No partner had joined by then."


def figure(shown):
    released = shown.reach
    return parts.figure(
        "reach",
        released.sectors if released else [],
        what=WHAT,
        of=_what(shown, released),
        title="How often people came for each 1,000 staff, by sector",
        sentence=sentence(released) if released else without_release(shown, shown.half_year),
        rates=True,
        sums=sums(released),
    )


def rows_of(shown):
    released = shown.reach
    return parts.file(released, WHAT, released.sectors if released else [], rates=True, sums=sums(released))


def sums(released):
    return [released.with_staff] if released else []


def without_release(shown, half_year):
    """What is said of a half-year of which nothing is released; whether anything ever will be."""
    if half_year.last_day < shown.today and not shown.in_half_year(*HELD, half_year=half_year):
        return NO_ROUND
    return NEVER if shown.is_past_release(half_year) else NOT_YET


def sentence(released):
    if not released.sectors:
        return TOO_FEW_ROUNDS if released.too_few_rounds else NO_PARTNER
    if len(released.shown) < 2:
        return _of_one(released.shown)
    clear = clear_difference(_rates(released))
    if clear is None:
        return "For each 1,000 staff, no sector shown came clearly more often than another."
    return f"For each 1,000 staff, {clear.one.people} {clear.came} {clear.other.people}."


def beside_heads(came, released):
    """Why these figures and how many came, on the same page, are not the same number; "" where they are. `released`:
    those of its half-years."""
    ticked = [each.whole.came.shown for each in released if each.whole]
    return TWO_COUNTS if ticked and came.shown and sum(ticked) != came.shown else ""


def headline(released):
    """Who came most and least for their number, where the ranges of these two lie apart from all others; how much more
    often, where they lie apart from each other; else "". A sector without a figure may have come less often still."""
    clear = clear_difference(_rates(released)) if released else None
    if clear is None or (clear.one, clear.other) != (released.shown[0], released.shown[-1]):
        return ""
    most, least = clear.one, clear.other
    rates = _rates(released)
    if not (clear_difference(rates[:2]) and clear_difference(rates[-2:])):
        return f"For their number, {most.people} {clear.came} {least.people}."
    among = "" if released.shown == released.sectors else " of the sectors with a figure"
    return f"For their number, {most.people} came most{among}, {least.people} least."


def _rates(released):
    return [(sector, sector.rate) for sector in released.shown]


def _of_one(shown):
    if not shown:
        return "No sector has a figure that can be shown."
    return f"About {shown[0].rate.per_thousand} came for each 1,000 staff of {shown[0].label.lower()}."


def _what(shown, released):
    said = without_release(shown, shown.half_year)
    if released is None:
        return UNTIL_THEN if said == NOT_YET else ""
    period = _period(released)
    own = period == shown.half_year
    words = period.words if own else f"{period.words}, the last half-year with figures"
    what = f"{words}. How often people came for each 1,000 staff of their sector"
    what += f"; the line on each bar is {parts.RANGE}" if released.shown else "."
    if shown.changed_sector:
        what += " Partners that have merged since stand in the sector that they were in then."
    if released.left_out:
        what += f" {_rounds_more(released.left_out)} held, and closed too late to be counted in."
    if own:
        return f"{what} {beside_heads(shown.came, [released])}".strip()
    return f"{what} {shown.half_year.words}: {small(said)}"


def _rounds_more(number):
    return "1 more Round was" if number == 1 else f"{number} more Rounds were"


def _period(released):
    return HalfYear.called(released.half_year)
