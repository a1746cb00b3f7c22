"""Half-years, as the NHS year falls in two."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.utils import timezone

from evaluation.states import POOL_STAYS_OPEN, RELEASE_WAITS
from rounds_site.kit.formats import half_year_of, nhs_half_year
from rounds_site.kit.moments import midnight


@dataclass(frozen=True, order=True)
class HalfYear:
    """April to September, or October to March."""

    begins: date

    @classmethod
    def of(cls, day):
        """
        >>> HalfYear.of(date(2027, 2, 1)).words, HalfYear.of(date(2027, 4, 1)).words
        ('October 2026 to March 2027', 'April to September 2027')
        """
        return cls(half_year_of(day))

    @classmethod
    def at(cls, moment):
        return cls.of(timezone.localdate(moment))

    @classmethod
    def of_round(cls, round):
        return cls.at(round.starts_at)

    @classmethod
    def called(cls, key):
        """
        >>> HalfYear.called("2026-10") == HalfYear.of(date(2027, 2, 1))
        True
        """
        return cls(date.fromisoformat(f"{key}-01"))

    @property
    def ends(self) -> date:
        """The first day after it."""
        return add_months(self.begins, 6)

    @property
    def last_day(self) -> date:
        return self.ends - timedelta(days=1)

    @property
    def key(self) -> str:
        return f"{self.begins:%Y-%m}"

    @cached_property
    def words(self) -> str:
        return nhs_half_year(self.begins)

    @property
    def hours(self) -> dict:
        """As a condition on Rounds: those that start in it."""
        return {"starts_at__gte": midnight(self.begins), "starts_at__lt": midnight(self.ends)}

    def before(self):
        return HalfYear(add_months(self.begins, -6))

    def after(self):
        return HalfYear(self.ends)


def between(first, last) -> list[HalfYear]:
    """Both and all that lie between, the latest first."""
    found = [first]
    while found[-1] < last:
        found.append(found[-1].after())
    return found[::-1]


class NoSuchHalfYear(Exception):
    """The one asked for is none of which there are figures: those of another would stand under its name."""


def asked_for(found):
    """The one that an address names."""
    one = next(found, None)
    if one is None:
        raise NoSuchHalfYear
    return one


def add_months(day, months) -> date:
    """
    >>> add_months(date(2027, 10, 1), 5), add_months(date(2027, 4, 1), -6)
    (datetime.date(2028, 3, 1), datetime.date(2026, 10, 1))
    """
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def closes_at(half_year):
    """From when on the pool of a half-year is shown, and takes no more."""
    return midnight(half_year.ends) + POOL_STAYS_OPEN


def waits_until(half_year):
    """From when on its figures wait for no Round any more."""
    return midnight(half_year.ends) + RELEASE_WAITS
