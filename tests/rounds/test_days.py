"""Days by a rule: rounds/days.py."""

import datetime as dt

import pytest

from rounds.days import Rule, bank_holidays, moments

SECOND_TUESDAY = {
    "week": 2,
    "weekday": 1,
    "every": 1,
    "first_on": dt.date(2027, 3, 1),
    "number": 10,
    "starts": dt.time(12, 30),
    "ends": dt.time(13, 30),
}
LATER = dt.date(2030, 3, 1)


def rule(**changes):
    return Rule(**SECOND_TUESDAY | changes)


def kept(considered):
    return [f"{each.day:%d %b %y}" for each in considered if not each.why]


def left_out(considered):
    return [(f"{each.day:%d %b %y}", each.why) for each in considered if each.why]


def test_the_second_tuesday_ten_a_year_not_in_august():
    days = rule(months_off=(8,)).considered(until=LATER)
    assert kept(days) == (
        "09 Mar 27,13 Apr 27,11 May 27,08 Jun 27,13 Jul 27,14 Sep 27,12 Oct 27,09 Nov 27,14 Dec 27,11 Jan 28".split(",")
    )
    assert left_out(days) == [("10 Aug 27", "It is in August")]


def test_not_on_bank_holidays():
    days = rule(week=-1, weekday=0, number=6, first_on=dt.date(2027, 5, 1)).considered(until=LATER)
    assert kept(days) == ["28 Jun 27", "26 Jul 27", "27 Sep 27", "25 Oct 27", "29 Nov 27", "31 Jan 28"]
    assert left_out(days) == [
        ("31 May 27", "It is a bank holiday: Spring Bank Holiday"),
        ("30 Aug 27", "It is a bank holiday: Late Summer Bank Holiday"),
        ("27 Dec 27", "It is a bank holiday: Christmas Day (observed)"),
    ]
    again = rule(week=-1, weekday=0, number=1, first_on=dt.date(2027, 5, 1), bank_holidays_off=False)
    assert kept(again.considered(until=LATER)) == ["31 May 27"]


def test_begins_with_the_first_day_that_fits_and_counts_months_from_there():
    days = rule(every=2, first_on=dt.date(2027, 3, 10), number=3).considered(until=LATER)
    assert kept(days) == ["13 Apr 27", "08 Jun 27", "10 Aug 27"]


def test_a_rule_that_no_day_fits_ends():
    days = rule(months_off=tuple(range(1, 13)), number=2).considered(until=LATER)
    assert kept(days) == []
    assert len(days) == 36
    assert rule(first_on=LATER + dt.timedelta(days=60)).considered(until=LATER) == []


def test_an_hour_that_the_clocks_leave_out():
    night = rule(week=-1, weekday=6, number=1, starts=dt.time(1, 15), ends=dt.time(2, 15))
    days = night.considered(until=LATER)
    assert left_out(days) == [("28 Mar 27", "The clocks go forward that night, so there is no such time")]
    assert kept(days) == ["25 Apr 27"]


def test_the_clock_on_the_wall_stays_across_clock_changes():
    days = [each.day for each in rule().considered(until=LATER)]
    starts = [moments(day, dt.time(12, 30), dt.time(13, 30))[0].astimezone(dt.UTC).hour for day in days]
    assert starts == [12, 11, 11, 11, 11, 11, 11, 11, 12, 12]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "The second Tuesday of every month, not on bank holidays"),
        ({"months_off": (12, 8)}, "The second Tuesday of every month, not in August or December, not on bank holidays"),
        ({"week": -1, "every": 3, "bank_holidays_off": False}, "The last Tuesday of every third month"),
    ],
)
def test_in_words(changes, words):
    assert str(rule(**changes)) == words


def test_bank_holidays_are_those_of_england():
    days = bank_holidays(dt.date(2027, 3, 17), dt.date(2027, 3, 29))
    assert days == {dt.date(2027, 3, 26): "Good Friday", dt.date(2027, 3, 29): "Easter Monday"}
