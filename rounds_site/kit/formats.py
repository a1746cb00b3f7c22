"""How dates, times and numbers are written: as the NHS writes them, and never two ways."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def nhs_date(day, *, weekday=True, year=True):
    """A day in words.

    >>> from datetime import date
    >>> nhs_date(date(2027, 8, 4))
    'Wednesday 4 August 2027'
    >>> nhs_date(date(2027, 8, 4), weekday=False, year=False)
    '4 August'
    """
    day = local(day)
    words = [WEEKDAYS[day.weekday()]] if weekday else []
    words += [str(day.day), MONTHS[day.month - 1]]
    return " ".join([*words, str(day.year)] if year else words)


def half_year_of(day):
    """The first day of its half of the NHS year: April to September, or October to March.

    >>> from datetime import date
    >>> half_year_of(date(2027, 2, 3)), half_year_of(date(2027, 4, 1))
    (datetime.date(2026, 10, 1), datetime.date(2027, 4, 1))
    """
    if 4 <= day.month <= 9:
        return day.replace(month=4, day=1)
    return day.replace(year=day.year - (day.month < 4), month=10, day=1)


def nhs_half_year(begins):
    """
    >>> from datetime import date
    >>> nhs_half_year(date(2026, 10, 1)), nhs_half_year(date(2027, 4, 1))
    ('October 2026 to March 2027', 'April to September 2027')
    """
    if begins.month == 4:
        return f"April to September {begins.year}"
    return f"October {begins.year} to March {begins.year + 1}"


def nhs_time(moment):
    """A time of day in words, from a datetime or a time.

    >>> from datetime import time
    >>> nhs_time(time(17, 30)), nhs_time(time(9)), nhs_time(time(12)), nhs_time(time(0)), nhs_time(time(0, 5))
    ('5:30pm', '9am', 'midday', 'midnight', '12:05am')
    """
    moment = local(moment)
    if moment.minute == 0 and moment.hour in (0, 12):
        return "midday" if moment.hour else "midnight"
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes}{'pm' if moment.hour >= 12 else 'am'}"


def nhs_range(start, end):
    """From one time to another; the day of the end only where it is another day.

    >>> from datetime import UTC
    >>> nhs_range(datetime(2027, 8, 4, 12, 0, tzinfo=UTC), datetime(2027, 8, 4, 13, 0, tzinfo=UTC))
    '1pm to 2pm'
    >>> nhs_range(datetime(2027, 8, 4, 22, 30, tzinfo=UTC), datetime(2027, 8, 4, 23, 30, tzinfo=UTC))
    '11:30pm to 12:30am on Thursday 5 August'
    """
    words = f"{nhs_time(start)} to {nhs_time(end)}"
    if ends_on_another_day(start, end):
        words += f" on {nhs_date(end, year=False)}"
    return words


def nhs_moment(moment, *, year=True):
    """A day and a time.

    >>> from datetime import UTC
    >>> nhs_moment(datetime(2027, 8, 4, 11, 30, tzinfo=UTC))
    '12:30pm on Wednesday 4 August 2027'
    """
    return f"{nhs_time(moment)} on {nhs_date(moment, year=year)}"


def ends_on_another_day(start, end):
    """A Round until midnight still ends on the day it began.

    >>> ends_on_another_day(datetime(2027, 8, 4, 23), datetime(2027, 8, 5, 0))
    False
    """
    last_instant = local(end) - timedelta(microseconds=1)
    return last_instant.date() != local(start).date()


def percent(part, whole):
    """A share in whole per cent, halves up; of nothing there is no share.

    >>> percent(1, 8), percent(2, 3), percent(0, 5), percent(3, 0)
    ('13%', '67%', '0%', '')
    """
    if not whole:
        return ""
    return f"{nearest(Decimal(100) * part / whole)}%"


def nearest(number):
    """The nearest whole number, halves up: what people expect, unlike Python's own rounding to even.

    >>> nearest(0.5), nearest(1.5), nearest(2.4)
    (1, 2, 2)
    """
    return int(Decimal(str(number)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def thousands(number):
    """A whole number with commas.

    >>> thousands(4312), thousands(60)
    ('4,312', '60')
    """
    return f"{number:,}"


NUMBERS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]


def pounds(amount):
    """A sum of money, with pence where there are any.

    >>> pounds(Decimal("1234")), pounds(Decimal("14.50"))
    ('£1,234', '£14.50')
    """
    return f"£{amount:,.2f}".removesuffix(".00")


def listed(words, last="and"):
    """
    >>> listed([]), listed(["day"]), listed(["day", "month"]), listed(["July", "August", "May"], "or")
    ('', 'day', 'day and month', 'July, August or May')
    """
    words = list(words)
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def people(number):
    """So many people, at the beginning of a sentence.

    >>> people(0), people(1), people(3), people(12)
    ('No people', 'One person', 'Three people', '12 people')
    """
    words = NUMBERS[number] if number < len(NUMBERS) else thousands(number)
    return f"{words} {'person' if number == 1 else 'people'}"


def local(moment):
    """An aware datetime in the portal's time zone; anything else as it is."""
    if isinstance(moment, datetime) and timezone.is_aware(moment):
        return timezone.localtime(moment)
    return moment
