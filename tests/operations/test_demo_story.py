"""On whatever day and at whatever hour the demo is made, its story leaves something to try."""

from datetime import date, time, timedelta

import pytest

from members.models import Person
from rounds_site.demo import data, story
from rounds_site.demo.partnership import Partnership, crowd, new_names

DAY = timedelta(days=1)
HOURS = [time(0, 10), time(8, 59), time(12, 29), time(13, 31), time(18), time(23, 50)]
# With both changes of the clocks and the turn of the year.
DAYS = [date(2026, 10, 19) + n * DAY for n in range(200)]


@pytest.fixture(scope="module")
def people():
    """The partnership as far as the story needs it, in no database."""
    words, cast = data.read("partners")["partners"], data.cast()
    names = new_names(set())
    it = Partnership(system=None, cast={key: Person(name=each["name"]) for key, each in cast.items()})
    for partner in words:
        it.staff[partner["key"]] = [Person(name=each["name"]) for each in crowd(partner, [], names)]
    return it


def moments():
    return [story.at(day, hour) for day in DAYS for hour in HOURS]


def test_there_is_always_the_same_to_try(people):
    for now in moments():
        told = {each.words["key"]: each for each in story.all_told(people, now=now)}
        held = {key for key, each in told.items() if each.ends_at <= now}
        assert held == {"call", "home", "waiting", "plan", "first", "unsaid"}, now
        assert told["unsaid"].ends_at + timedelta(hours=72) - now >= DAY, now
        assert timedelta(hours=1) <= told["stranger"].starts_at - now <= timedelta(hours=37), now
        for key in told.keys() - held:
            assert done_by(now, told[key], "plan"), (now, key)
        for key in told.keys() - held - {"lights"}:
            assert done_by(now, told[key], "publish"), (now, key)
        for key in ("stranger", "shift", "between"):
            assert done_by(now, told[key], "release"), (now, key)


def done_by(now, one, name):
    return [moment <= now for moment, step in one.steps() if step.__name__ == name] == [True]


def test_the_full_round_is_always_full_with_somebody_waiting(people):
    for now in moments():
        full = next(each for each in story.all_told(people, now=now) if each.words["key"] == "shift")
        booked = sorted(moment for moment, step in full.bookings() if step.__name__ == "book")
        waiting_since = booked[-4]
        assert waiting_since <= now, now


def test_working_days_are_found_in_either_direction():
    saturday = date(2026, 12, 26)
    assert story.working_day(saturday, DAY) == date(2027, 1, 4)
    assert story.working_day(saturday, -DAY) == date(2026, 12, 23)
