"""Reach by sector on the dashboard."""

import pytest

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
        "For each 1,000 staff, people from acute hospitals came about four times as often as council staff."
    )
    assert shown["table"]["rows"] == [
        ["Acute hospitals", "80", "4,000", "20", "18 to 22"],
        ["Council", "10", "2,000", "5", "2 to 8"],
        ["Hospices", None],
        ["Housing", None],
    ]
    assert shown["what"].endswith("1 more Round was held, and closed too late to be counted in.")
    assert table(client, world, "reach", half_year="2026-04")[1:] == [
        ["April to September 2026", "Acute hospitals", "80", "4000", "20", "18", "22", ""],
        ["April to September 2026", "Council", "10", "2000", "5", "2", "8", ""],
        [
            *["April to September 2026", "Hospices", "fewer than 8", "", "", "", ""],
            "Fewer than 8 people, so we show no number.",
        ],
        ["April to September 2026", "Housing", "", "", "", "", "", "No staff number yet"],
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
    waits = " October 2026 to March 2027 follows once it is over and its last Round is closed."
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
