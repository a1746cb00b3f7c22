"""Answers that are missing or wrong, and clocks that change."""

import datetime as dt

import pytest

from rounds.forms.planning import NOT_OF_ONE_UNIT
from rounds.models import Round

from .answering import LONDON, Tab, answers, date, errors

pytestmark = pytest.mark.django_db

EMPTY = {
    "about": ["Enter a title", "Choose a theme or a case"],
    "format": ["Choose how people will meet"],
    "when": ["Enter the date of the Round", "Enter the time it starts", "Enter the time it ends"],
    "where": ["Choose a room, or enter a new one"],
    "who": ["Choose who hosts the Round", "Choose at least one partner to invite"],
    "places": ["Enter how many places in the room there are"],
    "booking": [
        "Enter the date when booking opens",
        "Enter the time when booking opens",
        "Enter the date when booking closes",
        "Enter the time when booking closes",
    ],
    "team": ["Choose at least one facilitator"],
}
WRONG = [
    ("about", {"title": "x" * 121}, "“Title” must be 120 characters or fewer"),
    ("about", {"about": "x" * 2001}, "“What people read before they book” must be 2,000 characters or fewer"),
    ("about", {"kind": "unit", "unit": "x" * 81}, "“Which ward or team is it for?” must be 80 characters or fewer"),
    ("about", {"kind": "ordinary", "unit": "Ward 7"}, NOT_OF_ONE_UNIT),
    ("about", {"unit": "Ward 7"}, NOT_OF_ONE_UNIT),
    ("about", {"subject": "gossip"}, "Select one of the choices"),
    ("format", {"format": "by post"}, "Select one of the choices"),
    ("when", date("31 2 2027"), "The date of the Round must be a real date"),
    ("when", date("4 8 27"), "The date of the Round must have a year of 4 numbers"),
    ("when", {"day_month": ""}, "The date of the Round must include a month"),
    ("when", date("2 3 2027"), "The date of the Round must be in the future"),
    ("when", {**date("3 3 2027"), "starts": "11:30am", "ends": "1pm"}, "The date of the Round must be in the future"),
    ("when", date("4 8 2031"), "The date of the Round must be within the next 3 years"),
    ("when", date("4 8 2099"), "The date of the Round must be within the next 3 years"),
    ("when", {"ends": "12:30pm"}, "The time it ends must be after the time it starts"),
    ("when", {"ends": "11:30am"}, "The time it ends must be after the time it starts"),
    ("when", {"starts": "10pm", "ends": "6:30am"}, "The time it ends must be after the time it starts"),
    ("when", {"starts": "9am", "ends": "6pm"}, "The time it ends must be within 8 hours of its start"),
    ("when", {"starts": "noonish"}, "Enter the time it starts, such as 12:30pm"),
    ("when", {"starts": "9:30"}, "Say whether 9:30 is in the morning or afternoon: 9:30am or 9:30pm"),
    (
        "when",
        {**date("28 3 2027"), "starts": "1:30am", "ends": "2:30am"},
        "The clocks go forward that night, so there is no 1:30am. Choose another time",
    ),
    ("where", {"room": "nowhere"}, "Select one of the choices"),
    ("where", {"room": "new"}, "Enter the name of the room"),
    ("where", {"room": "new", "new_name": "Chapel"}, "Choose whose room it is"),
    ("who", {"host": "organisation"}, "Choose which partner hosts it"),
    ("who", {"partners": ["nobody"]}, "Choose from what is offered for “Which partners are invited?”"),
    ("places", {"places": "sixty"}, "Places in the room must be a whole number, like 60"),
    ("places", {"places": "0"}, "Places in the room must be between 1 and 5,000"),
    ("places", {"places": "-3"}, "Places in the room must be between 1 and 5,000"),
    ("places", {"places": "81"}, "The room takes 80. Enter that many places or fewer, or choose another room"),
    ("places", {"places": "9" * 30}, "Places in the room must be between 1 and 5,000"),
    ("places", {"food": "x" * 121}, "“Food” must be 120 characters or fewer"),
    (
        "booking",
        date("5 8 2027", "closes_day"),
        "Booking must close before the Round starts at 12:30pm on Wednesday 4 August 2027",
    ),
    ("booking", date("1 3 2027", "closes_day"), "The date when booking closes must be in the future"),
    ("booking", date("4 8 2027", "opens_day"), "Booking must close after it opens"),
    ("booking", {"reminders": ["3"]}, "Select from the choices"),
    ("team", {"facilitators": ["nobody"]}, "Choose from the people shown"),
]


@pytest.mark.parametrize("step", list(EMPTY))
def test_an_empty_page_says_what_to_enter(world, tab, step):
    answer = tab.to(step, answers(world)).post({})
    assert errors(answer) == EMPTY[step]
    assert answer.content.decode().count("There is a problem") == 1


@pytest.mark.parametrize(("step", "typed", "sentence"), WRONG)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(world, tab, step, typed, sentence):
    usual = answers(world)
    answer = tab.to(step, usual).post(usual[step] | typed)
    assert answer.status_code == 200
    assert sentence in errors(answer)
    page = answer.content.decode()
    for value in () if typed == {"subject": "gossip"} else (usual[step] | typed).values():
        if isinstance(value, str) and value and len(value) < 50 and step in ("about", "when", "places"):
            assert f'"{value}"' in page or value in page


def test_the_check_says_what_is_not_said_and_what_has_passed(world, tab):
    usual = answers(world)
    of_a_unit = usual["about"] | {"kind": "unit"}
    opened = usual["booking"] | date("22 2 2026", "opens_day")
    tab.to("check", usual | {"about": of_a_unit, "booking": opened})
    page = tab.get().content.decode()
    assert "Not said. People read only that it is for one ward, clinic or team" in page
    assert "Once the Round is published, as 9am on Sunday 22 February 2026 has passed" in page


@pytest.mark.parametrize(("kind", "label"), [("unit", "A unit-based Round"), ("team_time", "Team Time")])
def test_the_ward_or_team_is_kept_and_said(world, tab, kind, label):
    usual = answers(world)
    tab.to("check", usual | {"about": usual["about"] | {"kind": kind, "unit": "Ward 7"}})
    assert "Ward 7" in tab.get().content.decode()
    tab.post({})
    assert Round.objects.get().for_whom == f"{label}: for Ward 7"


class TestNights:
    def test_a_round_over_midnight_ends_the_next_morning(self, world, tab):
        tab.to("check", answers(world, when={**date("4 8 2027"), "starts": "11:30pm", "ends": "12:30am"}))
        assert "11:30pm to 12:30am on Thursday 5 August" in tab.get().content.decode()
        tab.post({})
        round = Round.objects.get()
        assert round.starts_at == dt.datetime(2027, 8, 4, 23, 30, tzinfo=LONDON)
        assert round.ends_at == dt.datetime(2027, 8, 5, 0, 30, tzinfo=LONDON)

    def test_until_midnight(self, world, tab):
        tab.to("check", answers(world, when={**date("4 8 2027"), "starts": "11pm", "ends": "midnight"})).post({})
        assert Round.objects.get().ends_at == dt.datetime(2027, 8, 5, 0, 0, tzinfo=LONDON)

    def test_the_morning_after_may_lack_an_hour(self, world, tab):
        typed = {**date("27 3 2027"), "starts": "11:30pm", "ends": "1:30am"}
        answer = tab.to("when", answers(world)).post(typed)
        assert errors(answer) == ["The clocks go forward that night, so there is no 1:30am. Choose another time"]

    def test_a_night_in_which_the_clocks_go_back(self, world, tab):
        typed = {**date("30 10 2027"), "starts": "11:30pm", "ends": "2:30am"}
        tab.to("check", answers(world, when=typed)).post({})
        assert Round.objects.get().ends_at == dt.datetime(2027, 10, 31, 2, 30, tzinfo=dt.UTC)


def test_reminders_whose_day_has_passed_are_neither_offered_nor_kept(world, tab):
    """The Round is three days ahead: a week before it no letter can go."""
    soon = {**date("6 3 2027"), "starts": "12:30pm", "ends": "1:30pm"}
    typed = answers(world, when=soon)
    typed["booking"] |= date("5 3 2027", "closes_day")
    page = tab.to("booking", typed).get().content.decode()
    assert "The day before" in page
    assert "A week before" not in page
    tab.to("booking", {"booking": {}}).post(typed["booking"])
    tab.post(typed["team"])
    tab.post({})
    assert Round.objects.get().reminder_days == [1]


class TestClockChanges:
    @pytest.mark.parametrize("day", ["28 3 2027", "26 3 2028"])
    def test_an_hour_that_does_not_exist_is_refused(self, world, tab, day):
        answer = tab.to("when", answers(world)).post({**date(day), "starts": "00:30", "ends": "1:30am"})
        assert errors(answer) == ["The clocks go forward that night, so there is no 1:30am. Choose another time"]

    def test_an_hour_that_comes_twice_is_the_first(self, world, tab):
        typed = answers(world, when={**date("31 10 2027"), "starts": "1:30am", "ends": "2:30am"})
        said = "The clocks go back that night, so 1:30am comes twice. The first is meant"
        assert said in tab.to("check", typed).get().content.decode()
        tab.post({})
        round = Round.objects.get()
        assert round.starts_at == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)
        assert round.ends_at == dt.datetime(2027, 10, 31, 2, 30, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        ("today", "day", "sentence"),
        [
            (dt.datetime(2026, 1, 5, 12, tzinfo=LONDON), "29 3 2026", "there is no 1:15am"),
            (dt.datetime(2026, 1, 5, 12, tzinfo=LONDON), "25 10 2026", None),
        ],
    )
    def test_in_2026(self, world, ada, time_machine, today, day, sentence):
        time_machine.move_to(today)
        ada.force_login(world.ada)
        tab = Tab(ada).to("when", answers(world))
        answer = tab.post({**date(day), "starts": "1:15am", "ends": "3:15am"})
        assert (answer.status_code == 302) == (sentence is None)
        if sentence:
            assert sentence in errors(answer)[0]

    def test_booking_may_not_open_in_a_skipped_hour(self, world, tab):
        typed = answers(world)["booking"] | date("28 3 2027", "opens_day") | {"opens": "1:30am"}
        answer = tab.to("booking", answers(world)).post(typed)
        assert errors(answer) == ["The clocks go forward that night, so there is no 1:30am. Choose another time"]
