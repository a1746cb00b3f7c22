"""When things happen in the demo. Days are counted from the one on which it is made."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from evaluation.states import STAYS_OPEN

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TURN_OF_THE_YEAR = {*((12, day) for day in range(24, 32)), (1, 1)}
FRIDAY = 4
# So long at least the box of the Round just held still takes forms.
TO_TRY_IT = 6 * HOUR


def at(day, clock):
    return timezone.make_aware(datetime.combine(day, clock))


def moment_of(words, *, now):
    """When the Round starts: on its day, or on the nearest day further from today on which people work."""
    if words["day"] == "door":
        return next_door(now)
    if words["day"] == "open":
        return just_held(words, now)
    step = DAY if words["day"] > 0 else -DAY
    return at(working_day(timezone.localdate(now) + words["day"] * DAY, step), time.fromisoformat(words["time"]))


def is_weekend(day):
    return day.weekday() > FRIDAY


def is_free(day):
    return is_weekend(day) or (day.month, day.day) in TURN_OF_THE_YEAR


def working_day(day, step, is_free=is_free):
    """That day, or the next one in that direction on which offices are open."""
    while is_free(day):
        day += step
    return day


def next_door(now):
    """Today if the day still has an hour for it, so that the door can be tried at once; else tomorrow. At weekends too,
    when others are at work."""
    today = timezone.localdate(now)
    hours = [at(today, clock) for clock in (time(12, 30), time(17, 30), time(20))]
    return next((start for start in hours if start >= now + HOUR), at(today + DAY, time(12, 30)))


def just_held(words, now):
    """Yesterday; after a weekend on the evening before it, as long as its box is still open for some hours."""
    yesterday = timezone.localdate(now) - DAY
    before = at(working_day(yesterday, -DAY), time.fromisoformat(words["time"]))
    late = at(working_day(yesterday, -DAY), time.fromisoformat(words["evening"]))
    still_open = (start for start in (before, late) if start + HOUR + STAYS_OPEN >= now + TO_TRY_IT)
    return next(still_open, at(yesterday, time.fromisoformat(words["time"])))
