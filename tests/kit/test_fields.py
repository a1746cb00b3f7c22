from datetime import UTC, date, datetime, time

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from rounds_site.kit.fields import SplitDateField, TimeField, london
from rounds_site.kit.formats import nhs_time

DAY = SplitDateField(what="the date of the Round")
TIME = TimeField(what="the time it starts")


def complaint(field, value):
    with pytest.raises(ValidationError) as raised:
        field.clean(value)
    return raised.value.messages[0]


@pytest.mark.parametrize("month", ["8", "08", "August", "aug", "AUG.", " Aug "])
def test_a_month_may_be_a_number_or_a_word(month):
    assert DAY.clean(["4", month, "2027"]) == date(2027, 8, 4)


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        (["", "", ""], "Enter the date of the Round"),
        (None, "Enter the date of the Round"),
        (["4", "", "2027"], "The date of the Round must include a month"),
        (["", "", "2027"], "The date of the Round must include a day and month"),
        (["31", "2", "2027"], "The date of the Round must be a real date"),
        (["4", "Octember", "2027"], "The date of the Round must be a real date"),
        (["4", "a", "2027"], "The date of the Round must be a real date"),
        (["-4", "8", "2027"], "The date of the Round must be a real date"),
        (["4", "8", "27"], "The date of the Round must have a year of 4 numbers"),
        (["4", "8", "٢٠٢٧"], "The date of the Round must have a year of 4 numbers"),
        (["²", "8", "2027"], "The date of the Round must be a real date"),
        (["4", "8", "0000"], "The date of the Round must be a real date"),
        (["4" * 5000, "8", "2027"], "The date of the Round must be a real date"),
        (["4" * 20, "8", "2027"], "The date of the Round must be a real date"),
        (["4", "8" * 20, "2027"], "The date of the Round must be a real date"),
    ],
)
def test_an_error_says_what_the_date_must_be(boxes, words):
    assert complaint(DAY, boxes) == words


def test_a_date_that_is_not_required_may_be_left_out():
    assert SplitDateField(required=False).clean(["", "", ""]) is None


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_back(day):
    assert DAY.clean([str(day.day), str(day.month), f"{day.year:04}"]) == day


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("5:30pm", time(17, 30)),
        ("5.30 pm", time(17, 30)),
        ("5:30 P.M.", time(17, 30)),
        ("530pm", time(17, 30)),
        ("5pm", time(17)),
        ("17:30", time(17, 30)),
        ("1730", time(17, 30)),
        ("09:00", time(9)),
        ("12:30", time(12, 30)),
        ("17", time(17)),
        ("0:15", time(0, 15)),
        ("midday", time(12)),
        ("Noon", time(12)),
        ("12pm", time(12)),
        ("12am", time(0)),
        ("midnight", time(0)),
    ],
)
def test_a_time_as_people_write_it(words, meant):
    assert TIME.clean(words) == meant


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Enter the time it starts"),
        ("5:30", "Say whether 5:30 is in the morning or afternoon: 5:30am or 5:30pm"),
        ("9", "Say whether 9 is in the morning or afternoon: 9am or 9pm"),
        ("soon", "The time it starts must be a time, like 12:30pm or 17:30"),
        ("25:00", "The time it starts must be a real time"),
        ("13pm", "The time it starts must be a real time"),
        ("5:75pm", "The time it starts must be a real time"),
        ("0am", "The time it starts must be a real time"),
    ],
)
def test_an_error_says_what_the_time_must_be(words, said):
    assert complaint(TIME, words) == said


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_every_time_that_we_write_we_also_read(at):
    assert TIME.clean(nhs_time(at)) == at


def test_a_time_that_the_clocks_skip_is_refused():
    with pytest.raises(ValidationError, match="there is no 1:30am"):
        london(date(2027, 3, 28), time(1, 30))


def test_a_time_that_comes_twice_is_the_first():
    assert london(date(2027, 10, 31), time(1, 30)).astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_summer_time_is_an_hour_ahead():
    assert london(date(2027, 8, 4), time(12, 30)).astimezone(UTC) == datetime(2027, 8, 4, 11, 30, tzinfo=UTC)
