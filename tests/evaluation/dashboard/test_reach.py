"""Reach by sector on the dashboard."""

from datetime import datetime

import pytest
import time_machine
from django.urls import reverse

from evaluation.views.figure.reach import NEVER, NO_ROUND, TWO_COUNTS
from tests.rounds.pages import words_of
from tests.worlds import LONDON

from .reading import dashboard, figure, held, release, table

pytestmark = pytest.mark.django_db


def test_reach_is_shown_with_the_range_that_noise_and_rounding_leave(client, world):
    held(world, 8, year=2026, headcount=45)
    release(
        world,
        "2026-04",
        {"acute": (80, 4000), "council": (10, 2000), "hospice": (None, 300), "housing": (None, None)},
        left_out=1,
    )
    shown = figure(client, world, "reach", half_year="2026-04")
    assert shown["sentence"] == (
        "For each 1,000 staff, people from acute hospitals came clearly more often than council staff."
    )
    assert shown["table"]["rows"] == [
        ["Acute hospitals", "80", "75 to 85", "4,000", "20", "18 to 22"],
        ["Council", "10", "5 to 15", "2,000", "5", "2 to 8"],
        ["Hospices", "Fewer than 8"],
        ["Housing", "No staff number yet"],
        ["All sectors with a staff number", "90", "83 to 97", "6,300", "14", "13 to 16"],
    ]
    assert "1 more Round was held, and closed too late to be counted in." in shown["what"]
    period = "April to September 2026"
    assert table(client, world, "reach", half_year="2026-04")[1:] == [
        [period, "Acute hospitals", "80", "75", "85", "4000", "20", "18", "22", ""],
        [period, "Council", "10", "5", "15", "2000", "5", "2", "8", ""],
        [period, "Hospices", "fewer than 8", "", "", "", "", "", "", "Fewer than 8"],
        [period, "Housing", "", "", "", "", "", "", "", "No staff number yet"],
        [period, "All sectors with a staff number", "90", "83", "97", "6300", "14", "13", "16", ""],
    ]
    page = dashboard(client, world, half_year="2026-04").content.decode()
    assert (
        "For their number, people from acute hospitals came most of the sectors with a figure, council staff least."
    ) in page
    assert "No staff number yet" in page


def test_least_is_said_of_all_where_every_sector_has_a_figure(client, world):
    held(world, 1, headcount=45)
    release(world, "2026-10", {"acute": (80, 4000), "council": (10, 2000)})
    sentence = dashboard(client, world).context["sentence"]
    assert sentence.endswith("For their number, people from acute hospitals came most, council staff least.")


def test_the_present_half_year_shows_the_reach_of_the_last_one_and_says_so(client, world):
    held(world, 8, year=2026, headcount=45)
    held(world, 1, headcount=45)
    release(world, "2026-04", {"acute": (80, 4000), "council": (40, 2000)})
    shown = figure(client, world, "reach")
    assert shown["sentence"] == "For each 1,000 staff, no sector shown came clearly more often than another."
    assert shown["what"].startswith("April to September 2026, the last half-year with figures.")
    waits = (
        " October 2026 to March 2027: who was reached is shown once a half-year is over and its last Round is closed."
    )
    assert shown["what"].endswith(waits)
    assert "For their number" not in dashboard(client, world).context["sentence"]


@pytest.mark.parametrize(
    ("rounds", "sectors", "sentence"),
    [
        (1, {}, "One Round alone says nothing about sectors: that would be its list."),
        (2, {}, "No partner had joined by then."),
        (2, {"acute": (None, 4000)}, "No sector has a figure that can be shown."),
        (2, {"acute": (20, 4000)}, "About 5 came for each 1,000 staff of acute hospitals."),
    ],
)
def test_what_is_said_where_there_is_little_reach_to_show(client, world, rounds, sectors, sentence):
    held(world, 1, headcount=45)
    release(world, "2026-10", sectors, rounds=rounds)
    assert figure(client, world, "reach")["sentence"] == sentence


def test_before_the_first_release_the_page_says_when_it_comes(client, world):
    held(world, 1, headcount=45)
    shown = figure(client, world, "reach")
    assert shown["sentence"] == "Who was reached is shown once a half-year is over and its last Round is closed."
    assert (shown["kind"], shown["table"]) == ("", None)
    assert len(table(client, world, "reach")) == 1


def page(client, world, name, half_year, on):
    more = [world.quarry_lane.code.lower()] if name == "partner_figures" else []
    with time_machine.travel(datetime(*on, 12, tzinfo=LONDON), tick=False):
        client.force_login(world.ines)
        address = reverse(name, args=[f"ics-{world.system.code.lower()}", *more])
        return words_of(client.get(address, {"half_year": half_year})).lower()


@pytest.mark.parametrize("name", ["board_report", "annual_report", "dashboard", "equity", "partner_figures"])
def test_what_will_never_be_released_is_promised_no_longer_than_its_release_may_wait(client, world, name):
    """A Round from before this portal has no register, and one of a team stands in no tally."""
    held(world, 6, year=2026, headcount=40)
    held(world, 7, year=2026, headcount=20, kind="team_time")
    promise = "is shown once a half-year is over"
    while_it_may = page(client, world, name, "2026-04", on=(2026, 10, 31))
    assert promise in while_it_may
    assert NEVER.lower() not in while_it_may
    later = page(client, world, name, "2026-04", on=(2027, 4, 1))
    assert NEVER.lower() in later
    assert promise not in later


@pytest.mark.parametrize("name", ["board_report", "annual_report", "dashboard"])
@pytest.mark.parametrize(("headcount", "differs"), [(75, True), (80, False), (None, False)])
def test_where_heads_and_ticks_stand_on_a_page_and_differ_it_says_why(client, world, name, headcount, differs):
    held(world, 6, year=2026, headcount=headcount)
    release(world, "2026-04", {"acute": (80, 4000)})
    assert (TWO_COUNTS.lower() in page(client, world, name, "2026-04", on=(2026, 12, 1))) == differs
    assert TWO_COUNTS.lower() not in page(client, world, "sponsor_brief", "2026-04", on=(2026, 12, 1))


@pytest.mark.parametrize("name", ["board_report", "dashboard"])
def test_where_no_round_was_held_that_is_why(client, world, name):
    held(world, 6, year=2025, headcount=40)
    held(world, 8, year=2026, headcount=40)
    assert NO_ROUND.lower() in page(client, world, name, "2025-10", on=(2027, 3, 3))


def test_a_half_year_without_a_release_says_why_beside_the_last_one_with_figures(client, world):
    held(world, 6, year=2025, headcount=40)
    held(world, 6, year=2026, headcount=40)
    release(world, "2025-04", {"acute": (80, 4000), "council": (40, 2000)})
    shown = figure(client, world, "reach", half_year="2026-04")
    assert shown["what"].startswith("April to September 2025, the last half-year with figures.")
    assert shown["what"].endswith(f" April to September 2026: n{NEVER[1:]}")
