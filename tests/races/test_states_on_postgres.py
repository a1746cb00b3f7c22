"""A Round that changes its state while others book, press twice or have it held: one comes first, and it is told so."""

import datetime as dt
from collections import Counter
from uuid import uuid4

import pytest

from members.models import Delivery, SecurityEvent
from rounds.actions import ideas, postponing, registration, scheduling
from rounds.models import Booking, Round
from rounds.states import RoundState, Way
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON, small_world

from .together import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def world():
    return small_world()


def said(act):
    try:
        act()
    except Refused as refusal:
        return str(refusal)
    return ""


def test_whoever_books_while_it_is_postponed_is_told_of_it_or_is_told_that_it_was(world):
    """Nobody has a place and no letter about it."""
    round = RoundFactory(system=world.system, facilitators=[world.ada], places=100)
    people = [PersonFactory() for _ in range(15)]

    def act(n):
        if n == 7:
            return said(lambda: postponing.postpone(round=round, seen_version=1, by=world.ada, now=NOON))
        person = people[n - (n > 7)]
        return said(lambda: registration.book(round=round, person=person, way=Way.IN_PERSON, now=NOON))

    answers = Counter(together(16, act))
    booked = set(Booking.objects.values_list("person", flat=True))
    told = set(Delivery.objects.filter(kind="round_postponed").values_list("person", flat=True))
    assert Round.objects.get().state == RoundState.POSTPONED
    assert booked == told
    assert answers == Counter({"": len(booked) + 1} | refused(15 - len(booked)))


def refused(number):
    return {"This Round is postponed. You can book once its new date is known.": number} if number else {}


def test_a_new_date_is_set_once_and_everybody_reads_it_once(world):
    round = RoundFactory(system=world.system, facilitators=[world.ada])
    BookingFactory.create_batch(5, round=round)
    postponing.postpone(round=round, seen_version=1, by=world.ada, now=NOON)

    def set_it(n):
        changes = {"starts_at": NOON + (20 + n) * DAY, "ends_at": NOON + (20 + n) * DAY + HOUR}
        who = {"seen_version": 2, "by": world.ada, "now": NOON}
        return said(lambda: postponing.set_new_date(round=round, changes=changes, **who))

    answers = together(8, set_it)
    assert Counter(bool(each) for each in answers) == {False: 1, True: 7}
    assert Round.objects.get().starts_at == NOON + (20 + answers.index("")) * DAY
    assert Delivery.objects.filter(kind="round_new_date").count() == 5


def test_many_clocks_hold_each_round_once(world):
    rounds = [RoundFactory(system=world.system, starts_at=NOON - DAY, booking_opens_at=NOON - 9 * DAY) for _ in "abc"]
    assert sum(together(8, lambda n: scheduling.mark_held(now=NOON))) == len(rounds)
    assert SecurityEvent.objects.filter(act="rounds.held").count() == len(rounds)


def test_an_idea_becomes_one_round_or_is_dropped(world):
    like = RoundFactory(system=world.system)
    names = "format starts_at ends_at venue places booking_opens_at booking_closes_at".split()
    fields = {name: getattr(like, name) for name in names} | {"title": "The empty chair", "system": world.system}
    who = {"partners": [world.elmbridge], "facilitators": [world.ada], "by": world.ada, "now": NOON}
    words = {"system": world.system, "title": "The empty chair"}
    for _ in range(4):
        idea = ideas.keep(key=uuid4(), **words, by=world.ada, now=NOON)

        def act(n, idea=idea):
            if n == 3:
                return said(lambda: ideas.drop(idea=idea, by=world.ada, now=NOON))
            return said(lambda: scheduling.plan(draft=idea.pk, **fields, **who))

        dropped = together(6, act)[3] == ""
        planned = SecurityEvent.objects.filter(act="rounds.planned", about=str(idea.pk)).count()
        assert Round.objects.filter(pk=idea.pk, state=RoundState.PLANNED).count() == 1 == planned or dropped
