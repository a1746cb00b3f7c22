"""What has had its time goes: by the clock, a batch at a time, from every table; what was counted stays."""

import datetime as dt
import re

import pytest
from django.db import connection

from evaluation.actions import clock, folding
from evaluation.models import Attendance, DoorLink, FirstRoundCounted, Folded, Register, RoundFigure, Tally
from evaluation.states import BoxState
from members import tasks
from members.actions import audit, chain, correspondence, retention
from members.models import (
    CareEntry,
    Delivery,
    Destruction,
    Membership,
    Person,
    RetentionPass,
    RoleGrant,
    SecurityEvent,
    Training,
)
from members.models.audit import Act, Opened
from members.registry import keepings
from members.reports.retention import by_the_clock, is_whole, passed_at
from rounds.models import Booking, Needs, Round, Series, Storyteller, TeamMember
from rounds.states import RoundState, TeamPart
from rounds_site import health
from tests.evaluation.whole_life import live
from tests.factories.evaluation import AttendanceFactory, FeedbackBoxFactory, RegisterFactory
from tests.factories.members import MembershipFactory, PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory, SeriesFactory, StorytellerFactory, TeamMemberFactory
from tests.keeping import kept_too_long
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
DAY, YEAR = dt.timedelta(days=1), dt.timedelta(days=365)


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def years_pass():
    """PostgreSQL reckons by its own clock which rows of the security log are of this year, and lets none of them go.
    That clock stands still when a test travels."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE members_securityevent DISABLE TRIGGER USER")


@pytest.fixture
def world(years_pass):
    return small_world()


@pytest.fixture
def held(world):
    """A Round of a week ago to which Ben and a walk-in came; its register is closed, its box waits."""
    round = a_round(
        world, 7, partners=[world.elmbridge], facilitators=[world.ada], state=RoundState.HELD, planned_by=world.ada
    )
    BookingFactory(round=round, person=world.ben)
    Register.objects.create(round=round, headcount=12, closed_at=round.ends_at)
    Attendance.objects.create(round=round, person=world.ben)
    Attendance.objects.create(round=round, organisation=world.quarry_lane)
    RoundFigure.objects.create(round=round, headcount=10, headcount_entered_at=round.ends_at)
    return round


def a_round(world, days, **options):
    """That began so many days ago."""
    starts_at = NOON - days * DAY
    return RoundFactory(system=world.system, starts_at=starts_at, booking_opens_at=starts_at - 20 * DAY, **options)


def keeps(world, days):
    world.system.days_kept = days
    world.system.save()


def ran(now):
    """A pass that came to its end, every class of it."""
    assert retention.run(now=now) == []


class TestAWholeLife:
    def test_nothing_of_it_is_older_than_its_period(self, world):
        person, *_ = live(world)
        chain.seal_all()
        for days in (0, 1, 8, 23, 24, 32, 60, 200, 365, 366, 396, 800):
            ran(NOON + days * DAY)
            assert kept_too_long(now=NOON + days * DAY) == {}, days
        assert Person.objects.filter(pk=person.pk).exists()

    def test_a_minute_before_its_end_everything_of_a_round_is_there(self, world, held):
        last = held.kept_until - dt.timedelta(seconds=1)
        ran(last)
        assert (Booking.objects.count(), Attendance.objects.count(), Register.objects.count()) == (1, 2, 1)
        ran(held.kept_until)
        assert not Booking.objects.exists()
        assert not Attendance.objects.exists()
        assert not Register.objects.exists()

    def test_who_facilitated_it_stays_and_who_only_helped_does_not(self, held):
        helper = TeamMemberFactory(round=held, part=TeamPart.HELPER, person=PersonFactory(email="helper@away.example"))
        ran(held.kept_until)
        assert [each.part for each in TeamMember.objects.all()] == [TeamPart.FACILITATOR]
        assert not Person.objects.filter(pk=helper.person_id).exists()
        assert Round.objects.values("planned_by", "invitations_released_by").get() == {
            "planned_by": None,
            "invitations_released_by": None,
        }

    def test_a_panel_goes_with_its_letters_and_the_accounts_made_for_it(self, world, held):
        guest = StorytellerFactory(round=held, person=PersonFactory(email="guest@away.example"))
        ben = StorytellerFactory(round=held, person=world.ben)
        for number, each in enumerate((guest, ben)):
            said = {"kind": "question", "dedupe_key": f"{number}", "due_at": NOON, "created_at": NOON}
            Delivery.objects.create(person=each.person, about=each.pk, **said)
        ran(held.kept_until)
        assert (Storyteller.objects.count(), Delivery.objects.count()) == (0, 0)
        assert list(Person.objects.filter(pk__in=[guest.person_id, world.ben.pk])) == [world.ben]

    def test_of_a_postponed_round_names_go_and_it_can_still_have_a_new_date(self, world, held):
        Round.objects.update(state=RoundState.POSTPONED, postponed_at=NOON)
        ran(held.kept_until)
        assert not Booking.objects.exists()

    def test_whoever_planned_a_series_is_named_until_its_last_round_is_forgotten(self, world):
        series = SeriesFactory(system=world.system, planned_by=world.ada, first_on=(NOON - 60 * DAY).date())
        last = Round.objects.get(pk=RoundFactory(system=world.system, series=series).pk)
        a_round(world, 60, series=series)
        ran(last.kept_until - dt.timedelta(seconds=1))
        assert Series.objects.get().planned_by == world.ada
        ran(last.kept_until)
        assert Series.objects.get().planned_by is None


def attendances():
    return dict(Tally.objects.filter(table="work").values_list("cell", "number"))


class TestRegister:
    def test_is_folded_before_it_goes_and_the_tallies_know_no_one(self, held):
        Round.objects.update(state=RoundState.CLOSED)
        ran(held.kept_until)
        assert Folded.objects.filter(round=held).exists()
        assert attendances() == {"acute/nursing": 1, "social_care/not_said": 1}
        assert {field.name for field in Tally._meta.fields} == {"id", "system", "half_year", "table", "cell", "number"}

    def test_is_not_folded_twice(self, held):
        Round.objects.update(state=RoundState.CLOSED)
        clock.follow_rounds(now=NOON)
        ran(held.kept_until)
        ran(held.kept_until + DAY)
        assert sum(attendances().values()) == 2

    def test_where_names_are_kept_for_a_day_it_is_folded_though_the_box_waits(self, world, held):
        keeps(world, 1)
        box = FeedbackBoxFactory(round=held, opens_at=held.starts_at, closes_at=held.ends_at + 3 * DAY)
        now = held.ends_at + DAY
        ran(now)
        assert (Attendance.objects.count(), Booking.objects.count()) == (0, 0)
        assert sum(attendances().values()) == 2
        # The box is opened beside it, and the Round closed; then the exact headcount goes too.
        assert Register.objects.get().headcount == 12
        box.state = BoxState.COUNTED
        box.save()
        clock.follow_rounds(now=now)
        ran(now)
        assert Round.objects.get().state == RoundState.CLOSED
        assert not Register.objects.exists()

    def test_one_that_nobody_closed_leaves_the_number_of_its_ticks_for_the_box(self, world, held):
        keeps(world, 1)
        FeedbackBoxFactory(round=held, opens_at=held.starts_at, closes_at=held.ends_at + 3 * DAY)
        Register.objects.update(headcount=None, closed_at=None)
        ran(held.ends_at + DAY)
        assert Register.objects.values("headcount", "closed_at").get() == {"headcount": 2, "closed_at": None}

    def test_a_round_that_nobody_closed_is_closed_by_the_clock_once_its_names_have_gone(self, held):
        Register.objects.update(headcount=None, closed_at=None)
        ran(held.kept_until)
        clock.follow_rounds(now=held.kept_until)
        assert Round.objects.get().state == RoundState.CLOSED
        assert not Folded.objects.exists()


class TestYears:
    def test_work_and_roles_go_a_year_after_they_ended_and_then_the_account(self, world):
        left = NOON.date()
        gone = PersonFactory(email="gone@elmbridge.example")
        MembershipFactory(person=gone, organisation=world.elmbridge, ends_on=left)
        RoleGrantFactory(person=gone, role="mentor", system=world.system, ends_on=left)
        given = RoleGrantFactory(person=world.ben, role="mentor", system=world.system, granted_by=gone)
        Training.objects.create(person=gone, course="Two days")
        FirstRoundCounted.objects.create(person=gone)
        ran(NOON + YEAR - DAY)
        assert (Membership.objects.filter(person=gone).count(), RoleGrant.objects.filter(person=gone).count()) == (1, 1)
        ran(NOON + YEAR)
        assert not Person.objects.filter(pk=gone.pk).exists()
        assert not Training.objects.exists()
        given.refresh_from_db()
        assert (given.person, given.granted_by) == (world.ben, None)
        assert Membership.objects.filter(ends_on=None).count() == 4

    def test_whoever_facilitated_keeps_an_account_for_that(self, held):
        abroad = PersonFactory(email="facilitator@away.example")
        TeamMemberFactory(round=held, person=abroad)
        ran(NOON + 3 * YEAR)
        assert Person.objects.filter(pk=abroad.pk).exists()

    def test_the_two_logs(self, world, held):
        audit.record(Act.ROLE_GIVEN, by=world.ada, about="x", where=world.system, now=NOON)
        audit.opened(Opened.REGISTER, by=world.ada, about=held.pk, where=world.system.pk, now=NOON)
        SecurityEvent.objects.update(number=1, digest="0" * 64)
        ran(held.kept_until)
        assert CareEntry.objects.get().about is None
        ran(NOON + YEAR)
        assert SecurityEvent.objects.exists()
        ran(NOON + YEAR + DAY)
        assert (CareEntry.objects.count(), SecurityEvent.objects.count()) == (0, 0)

    def test_whom_a_round_holds_is_not_looked_at_each_hour(self, world):
        """Its facilitators stand with it for good, long after they left."""
        facilitated, gone = (PersonFactory(name=name) for name in ("Fay", "Gil"))
        a_round(world, 400, facilitators=[facilitated])
        Person.objects.filter(pk__in=[facilitated.pk, gone.pk]).update(created_at=NOON - YEAR)
        due = list(keepings["accounts"].due(NOON))
        assert gone.pk in due
        assert facilitated.pk not in due


class TestEngine:
    def test_a_second_pass_finds_nothing(self, world):
        live(world)
        now = NOON + 60 * DAY
        ran(now)
        before = list(Destruction.objects.order_by("name").values_list("name", "month"))
        ran(now)
        assert list(Destruction.objects.order_by("name").values_list("name", "month")) == before
        assert {name: retention.forget(name, now=now) for name in DUE} == dict.fromkeys(DUE, 0)

    def test_stopped_after_a_batch_it_goes_on_with_the_rest(self, world):
        for number in range(3):
            BookingFactory(round=a_round(world, 40 + number))
        asked = iter([False, True])
        assert retention.forget("places", now=NOON, stopping=lambda: next(asked)) is None
        assert Booking.objects.count() == 2
        assert RetentionPass.objects.get(name="places").done_at is None
        assert retention.forget("places", now=NOON) == 2
        assert RetentionPass.objects.get(name="places").done_at == NOON

    def test_one_class_that_fails_keeps_no_other_waiting(self, held, caplog):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE evaluation_carddeck RENAME TO not_here")
            assert retention.run(now=held.kept_until) == [keepings["boxes"].title]
            cursor.execute("ALTER TABLE not_here RENAME TO evaluation_carddeck")
        assert not Booking.objects.exists()
        [said] = [each.getMessage() for each in caplog.records if each.name == retention.__name__]
        assert re.fullmatch(r"What is due of the class boxes could not be destroyed: \w+Error", said)
        ran(held.kept_until)
        assert passed_at() == held.kept_until

    def test_one_round_that_fails_keeps_neither_the_others_waiting_nor_the_portal_shut(
        self, world, caplog, monkeypatch
    ):
        """The oldest is the first of every pass."""
        first, second = a_round(world, 41), a_round(world, 40)
        for round in (first, second):
            AttendanceFactory(round=round)
            RegisterFactory(round=round, closed_at=round.ends_at, headcount=20)
        fold = folding.fold

        def break_at_the_first(*, round, early):
            if round.pk == first.pk:
                raise ValueError
            return fold(round=round, early=early)

        with monkeypatch.context() as broken:
            broken.setattr(folding, "fold", break_at_the_first)
            assert retention.run(now=NOON) == [keepings["register"].title]
        assert set(Attendance.objects.values_list("round", flat=True)) == {first.pk}
        assert set(Register.objects.values_list("round", flat=True)) == {first.pk}
        assert RetentionPass.objects.get(name="register").left == 1
        assert (passed_at(), is_whole()) == (NOON, False)
        assert "Some of what has had its time could not be destroyed." in " ".join(health.notes(NOON))
        ran(NOON)
        assert (Attendance.objects.exists(), Register.objects.exists(), is_whole()) == (False, False, True)
        assert Folded.objects.filter(round__in=[first, second]).count() == 2

    def test_what_was_destroyed_is_noted_without_saying_how_much(self, held):
        for _ in range(60):
            BookingFactory(round=held)
        ran(held.kept_until)
        noted = list(Destruction.objects.order_by("name").values_list("name", "month"))
        month = held.kept_until.date().replace(day=1)
        assert noted == [(name, month) for name in ("headcount", "places", "planners", "register")]

    def test_nothing_goes_while_the_clock_of_the_host_cannot_be_trusted(self, held, time_machine, caplog, monkeypatch):
        monkeypatch.setattr(tasks, "retention_watch", correspondence.Watch())
        monkeypatch.setattr(tasks, "differs_from_the_database", lambda: False)
        tasks.forget()
        time_machine.move_to(held.kept_until + YEAR)
        tasks.forget()
        assert Booking.objects.exists()
        assert "nothing is destroyed" in caplog.text
        tasks.forget()
        assert not Booking.objects.exists()

    def test_a_host_with_another_time_than_the_database_destroys_nothing(self, held, time_machine, monkeypatch):
        monkeypatch.setattr(tasks, "retention_watch", correspondence.Watch())
        monkeypatch.setattr(tasks, "differs_from_the_database", lambda: True)
        time_machine.move_to(held.kept_until)
        tasks.forget()
        assert Booking.objects.exists()


class TestFoldingBefore:
    @pytest.mark.parametrize("state", [RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED])
    def test_whatever_the_clock_has_come_to(self, held, state):
        """After an outage names may have to go before anything else of the Round was seen to."""
        Round.objects.filter(pk=held.pk).update(state=state)
        ran(held.kept_until)
        assert Folded.objects.filter(round=held).exists()
        assert Tally.objects.exists()

    def test_a_register_that_is_closed_after_the_names_went_is_in_no_tally(self, world):
        """It would stand there as a Round to which nobody came."""
        world.system.days_kept = 1
        world.system.save()
        round = a_round(world, 2, state=RoundState.CLOSED)
        RegisterFactory(round=round, closed_at=NOON, headcount=20)
        assert not folding.fold(round=round)
        Register.objects.filter(round=round).update(closed_at=round.ends_at)
        assert folding.fold(round=round)


class TestRights:
    @pytest.mark.postgres
    def test_the_worker_may_and_the_web_server_may_not(self, world, held, as_web_role, as_worker_role):
        with as_web_role():
            assert len(retention.run(now=held.kept_until)) == len(DUE)
        assert Booking.objects.exists()
        with as_worker_role():
            assert retention.run(now=held.kept_until) == []
        assert not Booking.objects.exists()
        assert not DoorLink.objects.exists()
        assert not Needs.objects.exists()


DUE = [each.name for each in by_the_clock()]
