"""What was offered to each sector, by time of day and by format, beside how often its people came."""

import datetime as dt
import doctest

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.views.figure import equity
from rounds.states import Format, RoundState
from tests.factories.rounds import RoundFactory
from tests.rounds.pages import words_of
from tests.worlds import LONDON

from .reading import release, table

pytestmark = pytest.mark.django_db(databases=["default", "box"])


def offered(world, *partners, month=2, day=4, hour=12, state=RoundState.CLOSED, **facts):
    starts_at = dt.datetime(2027, month, day, hour, 30, tzinfo=LONDON)
    return RoundFactory(
        system=world.system,
        state=state,
        starts_at=starts_at,
        booking_opens_at=starts_at - dt.timedelta(days=30),
        booking_closes_at=starts_at - dt.timedelta(hours=1),
        partners=partners,
        **facts,
    )


def page(client, world, **query):
    client.force_login(world.ines)
    return client.get(reverse("equity", args=[f"ics-{world.system.code.lower()}"]), query)


def numbers(answer, key):
    grid = next(each for each in answer.context["grids"] if each["key"] == key)
    return {row["label"]: [cell.number for cell in row["cells"]] for row in grid["rows"]}


def to_try(answer):
    return {each.label: " ".join(each.to_try) for each in answer.context["to_try"]}


def test_each_round_counts_once_for_each_sector_that_it_invited(client, world):
    offered(world, world.elmbridge, world.quarry_lane)
    offered(world, world.elmbridge, day=5, hour=7)
    offered(world, world.elmbridge, day=6, hour=18, format=Format.ONLINE)
    offered(world, world.elmbridge, month=3, day=20, state=RoundState.PUBLISHED, format=Format.HYBRID)
    offered(world, world.elmbridge, day=7, state=RoundState.CANCELLED)
    offered(world, world.quarry_lane, month=5, day=7)
    answer = page(client, world, half_year="2026-10")
    assert numbers(answer, "time") == {"Acute hospitals": [1, 0, 2, 1], "Social care": [0, 0, 1, 0]}
    assert numbers(answer, "format") == {"Acute hospitals": [2, 1, 1], "Social care": [1, 0, 0]}
    assert "No Round begins from 9am to midday." in words_of(answer)


def test_a_sector_that_was_left_out_stands_first(client, world):
    offered(world, world.elmbridge)
    answer = page(client, world, half_year="2026-10")
    assert answer.context["sentence"] == "Social care: invited to none of the one Round."
    assert to_try(answer)["Social care"].startswith("Choose its partners")


def test_what_to_try_follows_from_what_is_missing(client, world):
    for day in (4, 5, 6):
        offered(world, world.elmbridge, world.quarry_lane, day=day)
    tries = to_try(page(client, world, half_year="2026-10"))
    assert "each shift" in tries["Social care"]
    assert "All were in a room" in tries["Social care"]
    offered(world, world.elmbridge, world.quarry_lane, day=7, hour=7, format=Format.ONLINE)
    assert to_try(page(client, world, half_year="2026-10")) == {}


def test_who_came_is_read_from_the_release_alone(client, world):
    for day in (4, 5, 6):
        offered(world, world.elmbridge, world.quarry_lane, day=day, hour=7, format=Format.ONLINE)
    assert "Who was reached is shown once a half-year is over" in words_of(page(client, world))
    release(world, "2026-10", {"acute": (100, 2000), "social_care": (20, 2000)})
    answer = page(client, world, half_year="2026-10")
    assert [row["reach"].rate.range for row in answer.context["grids"][0]["rows"]] == ["47 to 53", "7 to 13"]
    assert "came least for their number" in to_try(answer)["Social care"]
    assert "Acute hospitals" not in to_try(answer)


def test_who_came_stands_beside_no_single_round(client, world):
    """It would be the list of that Round."""
    for day in (4, 5):
        offered(world, world.elmbridge, day=day)
    offered(world, world.quarry_lane, day=6)
    release(world, "2026-10", {"acute": (100, 2000), "social_care": (20, 2000)})
    rows = page(client, world, half_year="2026-10").context["grids"][0]["rows"]
    assert {row["label"]: bool(row["reach"]) for row in rows} == {"Acute hospitals": True, "Social care": False}


def test_where_the_ranges_touch_nobody_came_least(client, world):
    for day in (4, 5, 6):
        offered(world, world.elmbridge, world.quarry_lane, day=day, hour=7, format=Format.ONLINE)
    release(world, "2026-10", {"acute": (25, 2000), "social_care": (20, 2000)})
    assert to_try(page(client, world, half_year="2026-10")) == {}


def test_the_file_says_the_same(client, world):
    for day in (4, 5):
        offered(world, world.elmbridge, hour=7, day=day)
    release(world, "2026-10", {"acute": (100, 2000)})
    rows = table(client, world, "equity", half_year="2026-10")
    own = dict(zip(rows[0], rows[1], strict=True))
    assert (own["Sector"], own["Rounds"], own["Before 9am"], own["In person"]) == ("Acute hospitals", "2", "2", "2")
    assert (own["Came for each 1,000 staff"], own["From"], own["To"]) == ("50", "47", "53")
    assert own["Of the half-year"] == "October 2026 to March 2027"


def test_its_examples():
    assert doctest.testmod(equity) == (0, 1)


def test_the_rings_fill_by_the_largest_number():
    assert [equity._cell(number, 20).filled for number in (0, 1, 9, 10, 15, 19, 20)] == [0, 1, 1, 2, 3, 3, 4]


def test_more_rounds_ask_no_more_of_the_database(client, world):
    def queries():
        with CaptureQueriesContext(connections["default"]) as asked:
            page(client, world, half_year="2026-10")
        return len(asked)

    offered(world, world.elmbridge, world.quarry_lane)
    queries()
    one = queries()
    for day in (5, 6):
        offered(world, world.elmbridge, world.quarry_lane, day=day)
    assert queries() == one
