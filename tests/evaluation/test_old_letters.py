"""What is forgotten of letters, and when: of every kind there is, as the clock goes on."""

import dataclasses
import datetime as dt
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluation import emails as after
from evaluation.states import BoxState
from members.actions import correspondence, retention
from members.models import Delivery
from members.registry import keepings, letters
from rounds import emails
from rounds.emails.progress import progress
from rounds.models import Round
from rounds.states import RoundState
from tests.factories.evaluation import FeedbackBoxFactory
from tests.factories.members import OrganisationFactory, PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory
from tests.worlds import NOON as LONDON_NOON
from tests.worlds import small_world

pytestmark = pytest.mark.django_db
# Days are counted across the change of the clocks.
NOON = LONDON_NOON.astimezone(dt.UTC)
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
ABOUT_A_ROUND = {letter.kind for letter in letters if letter.gone}


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def held(world):
    return RoundFactory(system=world.system, starts_at=NOON - DAY, state=RoundState.HELD)


def row(kind, about=None, **said):
    said = {"state": "sent", "finished_at": NOON, "person": PersonFactory(), "due_at": NOON} | said
    return Delivery.objects.create(kind=kind, dedupe_key=str(uuid.uuid4()), about=about, created_at=NOON, **said)


def sqls(queries):
    return [query["sql"] for query in queries]


def forget_at(moment):
    """What the clock rings for; the kinds that are left."""
    with time_machine.travel(moment, tick=False):
        retention.run(now=timezone.now())
    return sorted(Delivery.objects.values_list("kind", flat=True))


def test_every_kind_about_a_round_says_so():
    """Save those about hours of cover, which name no Round and outlast it, about what is offered before there is one,
    and about a word that is owed or a report, which go with it."""
    written_here = {letter.kind for letter in letters if not letter.template.startswith("members/")}
    assert written_here - {"backfill", "offered", "care_due", "report_ready"} == ABOUT_A_ROUND


@pytest.mark.parametrize("kind", sorted(ABOUT_A_ROUND - {"question", "news"}))
def test_what_names_a_round_goes_thirty_days_after_it_and_no_sooner(held, kind):
    row(kind, held.pk)
    assert forget_at(held.ends_at + 30 * DAY - SECOND) == [kind]
    assert forget_at(held.ends_at + 30 * DAY) == []


@pytest.mark.parametrize("kind", ["question", "news"])
def test_so_does_what_was_written_to_the_panel(held, world, kind):
    teller = StorytellerFactory(round=held, person=world.cleo)
    row(kind, teller.pk)
    assert forget_at(held.ends_at + 30 * DAY - SECOND) == [kind]
    assert forget_at(held.ends_at + 30 * DAY) == []


def test_a_system_may_say_sooner(held):
    held.system.days_kept = 7
    held.system.save()
    row("reminder", held.pk)
    assert forget_at(held.ends_at + 7 * DAY - SECOND) == ["reminder"]
    assert forget_at(held.ends_at + 7 * DAY) == []


@pytest.mark.parametrize("kind", [after.KIND, after.HEADCOUNT_DUE])
def test_but_not_while_they_would_be_written_anew(held, kind):
    """A system that keeps for a day, and a box that is open for three."""
    held.system.days_kept = 1
    held.system.save()
    box = FeedbackBoxFactory(round=held)
    booking = BookingFactory(round=held)
    after.write_after(held, now=held.ends_at)
    row(kind, held.pk)
    written = set(Delivery.objects.values_list("pk", flat=True))
    forget_at(held.ends_at + 2 * DAY)
    assert after.write_after(held, now=held.ends_at + 2 * DAY) == 0
    assert set(Delivery.objects.values_list("pk", flat=True)) == written
    assert Delivery.objects.filter(kind=after.KIND, person=booking.person).count() == 1
    box.state = BoxState.COUNTED
    box.save()
    assert forget_at(held.ends_at + 4 * DAY) == []


@pytest.mark.parametrize("state", [RoundState.PUBLISHED, RoundState.CANCELLED])
def test_of_a_round_that_is_still_ahead_they_stay_however_long_ago_they_went(world, state):
    ahead = RoundFactory(system=world.system, starts_at=NOON + 100 * DAY, state=state)
    row("invitation", ahead.pk)
    assert forget_at(NOON + 99 * DAY) == ["invitation"]


@pytest.mark.parametrize("kind", sorted(ABOUT_A_ROUND))
def test_and_of_one_that_may_get_another_date_the_invitations_alone(world, kind):
    """Else everybody would be invited anew; who had a place or told a story there is known no longer than promised."""
    put_off = RoundFactory(system=world.system, starts_at=NOON - DAY, state=RoundState.POSTPONED)
    row(kind, StorytellerFactory(round=put_off).pk if kind in {"question", "news"} else put_off.pk)
    assert forget_at(put_off.ends_at + 30 * DAY - SECOND) == [kind]
    assert forget_at(put_off.ends_at + 400 * DAY) == ([kind] if kind in {"invitation", "pass_on"} else [])


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled", "uncertain"])
def test_what_names_none_goes_thirty_days_after_it_was_finished(state):
    row("role_given", uuid.uuid4(), state=state)
    row("a kind of long ago", state=state)
    assert forget_at(NOON + 30 * DAY - SECOND) == ["a kind of long ago", "role_given"]
    assert forget_at(NOON + 30 * DAY) == []


def test_what_waits_for_its_day_stays():
    row("role_ended", uuid.uuid4(), state="pending", finished_at=None, due_at=NOON + 300 * DAY)
    assert forget_at(NOON + 200 * DAY) == ["role_ended"]


@pytest.mark.parametrize("state", ["claimed", "handing"])
def test_what_a_dispatcher_holds_stays_until_it_is_finished(held, state):
    kept = row("reminder", held.pk, state=state, token=uuid.uuid4(), finished_at=None)
    assert forget_at(held.ends_at + 31 * DAY) == ["reminder"]
    Delivery.objects.filter(pk=kept.pk).update(state="sent", token=None)
    assert forget_at(held.ends_at + 31 * DAY) == []


def test_the_page_of_invitations_says_the_same_numbers_afterwards(world, held):
    for state, number in [("sent", 3), ("uncertain", 1), ("failed", 2), ("cancelled", 1)]:
        for _ in range(number):
            row("invitation", held.pk, state=state)
    row("invitation", held.pk, state="cancelled", had_to_wait=True, finished_at=held.booking_closes_at)
    row("reminder", held.pk)
    other = RoundFactory(system=world.system, starts_at=NOON - DAY, state=RoundState.HELD)
    now = held.ends_at + 30 * DAY
    before = progress(held, now=now)
    assert (before["sent"], before["failed"], before["too_late"]) == (4, 2, 1)
    assert forget_at(now) == []
    for round, expected in [(held, before), (other, dict.fromkeys(before, 0))]:
        assert progress(Round.objects.get(pk=round.pk), now=now) == expected


def test_they_go_in_small_transactions(held, monkeypatch):
    monkeypatch.setitem(keepings._things, "letters", dataclasses.replace(keepings["letters"], at_once=2))
    for _ in range(5):
        row("invitation", held.pk)
    with CaptureQueriesContext(connection) as queries:
        assert retention.forget("letters", now=held.ends_at + 31 * DAY) == 5
    assert sum(query["sql"].startswith("DELETE") for query in queries) == 3
    assert Round.objects.get(pk=held.pk).invitations_sent == 5


def test_their_keys_are_read_a_few_rounds_at_a_time(world, held, monkeypatch):
    """So that a worker holds the keys of no more, after a month without one."""
    monkeypatch.setattr(correspondence.forgetting, "STRETCH", 3)
    others = [RoundFactory(system=world.system, starts_at=NOON - DAY, state=RoundState.HELD) for _ in range(2)]
    rows = [row("invitation", round.pk) for round in (held, *others) for _ in range(2)] + [row("stopped")]
    with CaptureQueriesContext(connection) as queries:
        found = list(correspondence.due(held.ends_at + 31 * DAY))
    assert sorted(found) == sorted(each.pk for each in rows)
    named = [[round for round in (held, *others) if round.pk.hex in said.replace("-", "")] for said in sqls(queries)]
    assert sorted(len(rounds) for rounds in named if rounds) == [1, 2]


def test_what_was_taken_up_again_since_it_was_looked_for_stays(held):
    """Between the look and its batch hours may lie, with sixty thousand letters in between."""
    now = held.ends_at + 31 * DAY
    taken_up, old = (row("invitation", held.pk), row("stopped"))
    keys = list(correspondence.due(now))
    assert {taken_up.pk, old.pk} <= set(keys)
    Delivery.objects.filter(pk=old.pk).update(finished_at=now)
    Round.objects.filter(pk=held.pk).update(starts_at=now, ends_at=now + DAY)
    assert correspondence.forget(keys=keys, now=now) == 0
    assert Delivery.objects.filter(pk__in=[taken_up.pk, old.pk]).count() == 2


def test_an_organisation_that_joins_a_round_that_is_over_is_not_written_to(world, held):
    """Nothing that the clock does looks for rows which are gone."""
    held.partners.add(OrganisationFactory(system=world.system))
    Round.objects.filter(pk=held.pk).update(invitations_released_at=NOON - 9 * DAY)
    row("invitation", held.pk, person=world.ben)
    forget_at(held.ends_at + 30 * DAY)
    held.refresh_from_db()
    assert emails.invite(held, now=held.ends_at + 30 * DAY) == 0
