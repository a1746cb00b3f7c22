from datetime import UTC, date, datetime, time

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from rounds_site.kit.fields import CheckboxesField, Form, NumberField, SplitDateField, TimeField, london, which_of_two
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
        (["4", "Octember", "2027"], "The date of the Round must have a month from 1 to 12"),
        (["4", "a", "2027"], "The date of the Round must have a month from 1 to 12"),
        (["4", "13", "2027"], "The date of the Round must have a month from 1 to 12"),
        (["4", "0", "2027"], "The date of the Round must have a month from 1 to 12"),
        (["-4", "8", "2027"], "The date of the Round must be a real date"),
        (["4", "8", "27"], "The date of the Round must have a year of 4 numbers"),
        (["4", "8", "٢٠٢٧"], "The date of the Round must have a year of 4 numbers"),
        (["²", "8", "2027"], "The date of the Round must be a real date"),
        (["4", "8", "0000"], "The date of the Round must have a year from 2000 to 2099"),
        (["4", "8", "1999"], "The date of the Round must have a year from 2000 to 2099"),
        (["4", "8", "2100"], "The date of the Round must have a year from 2000 to 2099"),
        (["4" * 5000, "8", "2027"], "The date of the Round must be a real date"),
        (["4" * 20, "8", "2027"], "The date of the Round must be a real date"),
        (["4", "8" * 20, "2027"], "The date of the Round must have a month from 1 to 12"),
    ],
)
def test_an_error_says_what_the_date_must_be(boxes, words):
    assert complaint(DAY, boxes) == words


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("1150", 1150),
        ("1,150", 1150),
        (" 1 150 ", 1150),
        ("1\u00a0150", 1150),
        ("1,234,567", 1234567),
        ("12,400", 12400),
    ],
)
def test_the_thousands_of_a_number_may_stand_apart(words, meant):
    assert NumberField().clean(words) == meant


@pytest.mark.parametrize("words", ["1,15", "1,1500", "1,,150", ",150", "1150,", "12 of 30", "1.5", "many"])
def test_what_is_no_number_is_not_guessed_at(words):
    assert complaint(NumberField(error_messages={"invalid": "Enter a whole number"}), words) == "Enter a whole number"


def test_a_date_that_is_not_required_may_be_left_out():
    assert SplitDateField(required=False).clean(["", "", ""]) is None


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
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
        ("soon", "Enter the time it starts, such as 12:30pm"),
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


def test_a_date_with_two_faults_names_both():
    with pytest.raises(ValidationError) as said:
        DAY.clean(["4", "13", "27"])
    assert [each.code for each in said.value.error_list] == ["month", "year"]


def test_of_a_time_that_comes_twice_it_is_said_which():
    first, second = (london(date(2027, 10, 31), time(1, 30)).replace(fold=fold) for fold in (0, 1))
    assert which_of_two(first) == "The clocks go back that night, so 1:30am comes twice. The first is meant"
    assert which_of_two(second).endswith("The second is meant")
    for day, at in [(date(2027, 10, 31), time(2)), (date(2027, 10, 31), time(0, 59)), (date(2027, 3, 28), time(2))]:
        assert which_of_two(london(day, at)) == ""


def test_a_summer_time_is_an_hour_ahead():
    assert london(date(2027, 8, 4), time(12, 30)).astimezone(UTC) == datetime(2027, 8, 4, 11, 30, tzinfo=UTC)


class Words(Form):
    name = forms.CharField(max_length=4)
    about = forms.CharField(widget=forms.Textarea, required=False)
    several = CheckboxesField(choices=[("a", "A"), ("b", "B")], required=False)


UNSEEN = (
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\u061c\u2060\ufeff\xad\x01\x1b\x7f\x85"
)


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_what_nobody_sees_is_taken_out_of_every_text(unseen):
    data = QueryDict(mutable=True)
    data.update({"name": f"{unseen}nib{unseen}a", "about": f"One\n\ttwo{unseen}"})
    data.setlist("several", ["a", f"b{unseen}"])
    for sent in (data, {"name": f"nib{unseen}a", "about": f"One\n\ttwo{unseen}", "several": ["a", "b"]}):
        form = Words(sent)
        assert form.is_valid()
        assert form.cleaned_data == {"name": "niba", "about": "One\n\ttwo", "several": ["a", "b"]}
        assert unseen not in form["name"].value()


def test_a_text_of_nothing_that_is_seen_is_an_empty_one():
    assert Words({"name": UNSEEN}).errors["name"] == ["Fill in “Name”"]


def test_a_nul_is_refused_and_joiners_stay():
    assert Words({"name": "A\x00"}).errors["name"] == ["Leave out characters that cannot be seen"]
    form = Words({"name": "a\u200db\u200c"})
    assert form.is_valid()
    assert form.cleaned_data["name"] == "a\u200db\u200c"


def test_a_form_that_was_not_sent_stays_so():
    assert not Words().is_bound
    assert Words().data == MultiValueDict()
