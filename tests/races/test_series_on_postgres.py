"""A series that is saved by several presses at once, and one that changes while one of its Rounds is published."""

import datetime as dt
import uuid

import pytest

from rounds.actions import scheduling, series
from rounds.actions.series import Booking
from rounds.days import Rule
from rounds.models import Round, Series
from rounds.states import Format, RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import VenueFactory
from tests.worlds import LONDON, NOON, small_world

from .together import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

RULE = Rule(
    week=2,
    weekday=1,
    every=1,
    first_on=dt.date(2027, 7, 1),
    number=4,
    starts=dt.time(12, 30),
    ends=dt.time(13, 30),
)


@pytest.fixture
def world():
    world = small_world()
    world.room = VenueFactory(organisation=world.elmbridge)
    return world


def plan(world, draft):
    return series.plan(
        draft=draft,
        system=world.system,
        rule=RULE,
        days=[each.day for each in RULE.considered(until=dt.date(2028, 3, 1))],
        booking=Booking(opens_days=42, closes="day"),
        reminder_days=[7],
        title="Round in [month]",
        format=Format.IN_PERSON,
        venue=world.room,
        places=60,
        partners=[world.elmbridge],
        facilitators=[world.ada],
        by=world.ada,
        now=NOON,
    )


def test_many_presses_at_once_save_one_series(world):
    draft = uuid.uuid4()
    saved = together(8, lambda n: plan(world, draft).pk)
    assert saved == [draft] * 8
    assert (Series.objects.count(), Round.objects.count()) == (1, 4)


def test_what_is_published_at_that_moment_is_never_changed(world):
    """Whichever comes first: either all four have the new time, and one of them is published after that; or none."""
    plan(world, uuid.uuid4())
    rounds = list(Round.objects.order_by("starts_at"))
    change = series.Times(dt.time(17), dt.time(18))

    def press(n):
        try:
            if n % 2:
                return scheduling.publish(round=rounds[2], by=world.ada, now=NOON).starts_at
            return series.change_rest(rounds=rounds, change=change, by=world.ada, now=NOON)
        except Refused:
            return None

    answers = together(2, press)
    times = {each.starts_at.astimezone(LONDON).hour for each in Round.objects.all()}
    published = Round.objects.get(state=RoundState.PUBLISHED)
    assert times in ({12}, {17})
    assert published.starts_at == answers[1]
