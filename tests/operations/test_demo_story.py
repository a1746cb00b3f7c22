"""On whatever day and at whatever hour the demo is made, its story leaves something to try."""

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from members.models import Person
from rounds.states import Step
from rounds_site.demo import data, making, moments, story, telling
from rounds_site.demo.partnership import Partnership, new_names, staff_of

DAY = timedelta(days=1)
# Then Rounds are moved by up to two weeks.
NEAR_CHRISTMAS = date(2026, 11, 20), date(2027, 1, 6)
# Between the years no day is near a working day.
HOLIDAYS = {*((12, day) for day in range(24, 32)), *((1, day) for day in range(1, 5))}
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
        it.staff[partner["key"]] = [Person(name=each["name"]) for each in staff_of(partner, {}, names)]
    return it


def all_moments():
    return [moments.at(day, hour) for day in DAYS for hour in HOURS]


def test_there_is_always_the_same_to_try(people):
    for now in all_moments():
        told = {each.words["key"]: each for each in recent(people, now=now)}
        held = {key for key, each in told.items() if each.ends_at <= now}
        assert held == {"plan", "first", "silence", "unsaid"}, now
        assert told["unsaid"].ends_at + timedelta(hours=72) - now >= timedelta(hours=6), now
        assert timedelta(hours=1) <= told["stranger"].starts_at - now <= timedelta(hours=37), now
        for key in told.keys() - held:
            assert done_by(now, told[key], "plan"), (now, key)
        for key in told.keys() - held - {"lights"}:
            assert done_by(now, told[key], "publish"), (now, key)
        for key in ("stranger", "shift", "between", "chair", "trolley", "just-come"):
            assert done_by(now, told[key], "release"), (now, key)
        assert done_by(now, told["chair"], "postpone"), now


def test_booking_opens_when_a_round_is_published(people):
    now = all_moments()[0]
    for each in making.all_told(people, now=now):
        published = [moment for moment, step in each.steps() if step.__name__ == "publish"]
        assert published in ([], [each.opens_at()]), each.words["key"]


def recent(people, *, now):
    return story.told(people, "rounds", "comments", now=now)


def done_by(now, one, name):
    return [moment <= now for moment, step in one.steps() if step.__name__ == name] == [True]


def test_the_full_round_is_always_full_with_somebody_waiting(people):
    for now in all_moments():
        full = next(each for each in recent(people, now=now) if each.words["key"] == "shift")
        booked = sorted(moment for moment, step in full.bookings() if step.__name__ == "book")
        waiting_since = booked[-4]
        assert waiting_since <= now, now


def test_of_rounds_that_are_over_only_the_one_just_held_can_be_at_a_weekend(people):
    for now in all_moments():
        for each in making.all_told(people, now=now):
            at_a_weekend = moments.is_free(timezone.localdate(each.starts_at))
            if each.words["day"] == "door":
                assert each.about().endswith(each.words["weekend"]) == at_a_weekend, now
            elif each.words["day"] != "open":
                assert not at_a_weekend, (now, each.words["key"])


def test_the_round_just_held_was_on_a_working_day_until_its_box_would_be_closed(people):
    kept = [
        next(each for each in recent(people, now=now) if each.words["key"] == "unsaid") for now in working_mornings()
    ]
    assert {moments.is_free(timezone.localdate(each.starts_at)) for each in kept} == {False}


def working_mornings():
    return [moments.at(day, time(9)) for day in DAYS if day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS]


def test_two_years_are_told_and_a_round_is_held_in_nearly_every_month_of_them(people):
    now = all_moments()[0]
    told = making.all_told(people, now=now)
    months = {(each.starts_at.year, each.starts_at.month) for each in told if each.ends_at <= now}
    assert len(months) >= 23
    assert sum(each.is_forgotten(now) for each in told) == len(data.read("past")["rounds"]) + 1


def test_the_panels_of_the_rounds_to_come_stand_at_different_steps(people):
    for now in all_moments():
        if not NEAR_CHRISTMAS[0] <= now.date() <= NEAR_CHRISTMAS[1]:
            steps = {each.words["key"]: steps_done(each, now) for each in recent(people, now=now)}
            assert last(steps["unsaid"]) in (Step.DEBRIEFED, Step.FOLLOW_UP), now
            assert last(steps["stranger"]) == Step.GROUP, now
            assert last(steps["shift"]) in (Step.ONE_TO_ONE, Step.UNRECOGNISABLE, Step.GROUP), now
            assert last(steps["mine"]) == Step.AGREED, now
            assert steps["lights"] == set(), now


def steps_done(one, now):
    """All steps that one of its panel has behind them."""
    panel = [telling.Telling(one, number, words) for number, words in enumerate(one.words.get("panel", []))]
    agreed = [each for each in panel if "agreed" in each.words]
    done = {kind for each in agreed for kind in each.done_in_the_end() if each.moment(kind) <= now}
    said_yes = any(each.day(each.words["agreed"], telling.ANSWERED_AT) <= now for each in agreed)
    return done | ({Step.AGREED} if said_yes else set())


def last(steps):
    return max(steps, key=list(Step).index)


def test_working_days_are_found_in_either_direction():
    saturday = date(2026, 12, 26)
    assert moments.working_day(saturday, DAY) == date(2027, 1, 4)
    assert moments.working_day(saturday, -DAY) == date(2026, 12, 23)
