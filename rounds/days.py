"""Days as people plan by them: bank holidays, and every second Tuesday of a month. It knows no Round."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

import holidays
from dateutil.rrule import MONTHLY, rrule
from django.core.exceptions import ValidationError
from django.utils import timezone

from rounds_site.kit.fields import london
from rounds_site.kit.formats import MONTHS, WEEKDAYS, listed, nhs_moment, nhs_time

LONGEST = timedelta(hours=8)
FURTHEST_AHEAD = timedelta(days=3 * 365)
FRIDAY = 5
# {code: (words, from which hour, until which)}
TIMES_OF_DAY = {
    "early": ("Before 9am", 0, 9),
    "morning": ("9am to midday", 9, 12),
    "afternoon": ("Midday to 5pm", 12, 17),
    "evening": ("After 5pm", 17, 24),
}
NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
EVERY = {1: "month", 2: "second month", 3: "third month"}


def bank_holidays(first, last):
    """{day: name} of those of England from one day to another, as far as they are known ahead."""
    known = holidays.country_holidays("GB", subdiv="ENG", years=range(first.year, last.year + 1))
    return {day: known[day].replace("'", "’") for day in sorted(known) if first <= day <= last}


def working_days_before(day, number):
    """The working day so many of them before `day`; 26 and 29 March 2027 are Good Friday and Easter Monday.

    >>> working_days_before(date(2027, 3, 31), 3)
    datetime.date(2027, 3, 24)
    """
    free = bank_holidays(day - timedelta(days=7 * number + 14), day)
    while number:
        day -= timedelta(days=1)
        number -= day.isoweekday() <= FRIDAY and day not in free
    return day


def time_of_day(moment) -> str:
    """The code of the time of day at which something begins.

    >>> from datetime import UTC
    >>> time_of_day(datetime(2027, 8, 4, 11, 30, tzinfo=UTC)), time_of_day(datetime(2027, 8, 4, 16, tzinfo=UTC))
    ('afternoon', 'evening')
    """
    return time_at(timezone.localtime(moment).hour)


@cache
def time_at(hour) -> str:
    """The same, by the hour of the clock on the wall."""
    return next(code for code, (_, first, last) in TIMES_OF_DAY.items() if first <= hour < last)


@lru_cache(maxsize=1000)
def nearest_working_day(day, *, later=False):
    """That day, or else the last working day before it, or with `later` the first one after it.

    >>> nearest_working_day(date(2027, 3, 29)), nearest_working_day(date(2027, 3, 29), later=True)
    (datetime.date(2027, 3, 25), datetime.date(2027, 3, 30))
    """
    free = bank_holidays(day - timedelta(days=14), day + timedelta(days=14))
    step = timedelta(days=1 if later else -1)
    while day.isoweekday() > FRIDAY or day in free:
        day += step
    return day


def day_it_ends(day, starts, ends):
    """The next day for whoever works at night: where the clock has gone past midnight, and not round once more."""
    if ends >= starts:
        return day
    tomorrow = day + timedelta(days=1)
    return tomorrow if datetime.combine(tomorrow, ends) - datetime.combine(day, starts) <= LONGEST else day


def moments(day, starts, ends):
    """When it begins and ends, by the clocks here; ValidationError where they skip one of the two."""
    return london(day, starts), london(day_it_ends(day, starts, ends), ends)


@dataclass(frozen=True)
class Considered:
    """A day that fits the rule; `why` in words it is left out all the same, or ""."""

    day: date
    why: str


@dataclass(frozen=True)
class Rule:
    """Such a weekday of every so many months, from a day on, until there are `number`.

    `week` is a key of NTH, `weekday` counts from Monday as 0, `months_off` are numbers of months. `starts` and `ends`
    are on the clock here, whatever it is in UTC at that time of year.
    """

    week: int
    weekday: int
    every: int
    first_on: date
    number: int
    starts: object
    ends: object
    months_off: tuple = ()
    bank_holidays_off: bool = True

    def __str__(self):
        said = f"The {NTH[self.week]} {WEEKDAYS[self.weekday]} of every {EVERY[self.every]}"
        if self.months_off:
            months = [MONTHS[number - 1] for number in sorted(self.months_off)]
            said += f", not in {listed(months, 'or')}"
        return said + (", not on bank holidays" if self.bank_holidays_off else "")

    def considered(self, *, until):
        """The days in their order, those left out among them, until there are enough or `until` has come."""
        free, kept, found = bank_holidays(self.first_on, until), 0, []
        for day in self._fitting(until):
            if kept == self.number:
                break
            found.append(Considered(day, self._why_not(day, free)))
            kept += not found[-1].why
        return found

    def _fitting(self, until):
        nth = {"freq": MONTHLY, "byweekday": self.weekday, "bysetpos": self.week, "until": until}
        all_days = (each.date() for each in rrule(dtstart=self.first_on.replace(day=1), **nth))
        first = next((day for day in all_days if day >= self.first_on), None)
        if first is None:
            return []
        return [each.date() for each in rrule(dtstart=first.replace(day=1), interval=self.every, **nth)]

    def _why_not(self, day, free):
        if day.month in self.months_off:
            return f"It is in {MONTHS[day.month - 1]}"
        if self.bank_holidays_off and day in free:
            return f"It is a bank holiday: {free[day]}"
        try:
            moments(day, self.starts, self.ends)
        except ValidationError:
            return "The clocks go forward that night, so there is no such time"
        return ""


def time_of(sitting, beside):
    """A sitting as it is called beside another of the same Round."""
    if not sitting.has_a_date:
        return "the time that is postponed"
    same_day = timezone.localdate(sitting.starts_at) == timezone.localdate(beside.starts_at)
    return nhs_time(sitting.starts_at) if same_day else nhs_moment(sitting.starts_at, year=False)
