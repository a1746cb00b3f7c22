"""Registers are folded into tallies, and tallies released once."""

import doctest
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.actions import attendance, clock, folding, releases
from evaluation.models import Attendance, Folded, Release, ReleasedCell, ReleasedSector, Tally
from evaluation.reports.half_years import HalfYear
from evaluation.reports.reach import last_released
from evaluation.reports.workforce import workforces
from members.models import Membership, SystemEdge
from rounds.models import Round
from rounds.states import RoundState
from tests.factories.evaluation import AttendanceFactory, FeedbackBoxFactory
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    StaffCountFactory,
)
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import LONDON, NOON, small_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_noise")]

WINTER = HalfYear(date(2026, 10, 1))
SPRING = datetime(2027, 4, 2, 9, 0, tzinfo=LONDON)


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        StaffCountFactory(organisation=world.elmbridge, number=2000)
        StaffCountFactory(organisation=world.quarry_lane, number=500)
        yield world


def held(world, month, day=4, *, year=2027, **options):
    starts_at = datetime(year, month, day, 12, 30, tzinfo=LONDON)
    return RoundFactory(
        system=world.system,
        state=RoundState.HELD,
        starts_at=starts_at,
        booking_opens_at=starts_at - timedelta(days=30),
        **options,
    )


def came(round, organisation, number):
    for person in PersonFactory.create_batch(number, works_for=organisation, verified=False):
        AttendanceFactory(round=round, person=person)


def closed(round, *, headcount=None, **attendances):
    """As the team and the clock leave a Round: register closed with everybody who came, the Round closed."""
    ticked = round.attendances.count()
    with time_machine.travel(round.ends_at, tick=False):
        attendance.close_register(round=round, headcount=headcount or ticked, now=round.ends_at)
    round.state = RoundState.CLOSED
    round.save(update_fields=["state"])
    return round


def a_round(world, month, *, acute=0, care=0, headcount=None, **options):
    round = held(world, month, **options)
    came(round, world.elmbridge, acute)
    came(round, world.quarry_lane, care)
    return closed(round, headcount=headcount)


def sectors_of(round):
    return sorted(each.sector for each in folding.who_came(round))


def tallies():
    """Of the table that everybody stands in: (half-year, sector) → number."""
    found = Counter()
    for tally in Tally.objects.filter(table="work"):
        found[tally.half_year, tally.cell.partition("/")[0]] += tally.number
    return found


def cells():
    """(half-year, sector) → how many came, and the staff."""
    found = {(each.release.half_year, each.sector): [0, each.staff] for each in ReleasedSector.objects.all()}
    for cell in ReleasedCell.objects.filter(table="work"):
        found[cell.release.half_year, cell.cell.partition("/")[0]][0] += cell.number
    return {key: tuple(numbers) for key, numbers in found.items()}


def test_attendances_are_added_up_by_sector_and_half_year(world):
    a_round(world, 1, acute=12, care=3)
    a_round(world, 2, acute=9)
    a_round(world, 8, year=2026, care=4)
    releases.follow(now=NOON)
    assert tallies() == {("2026-10", "acute"): 21, ("2026-10", "social_care"): 3}
    assert cells() == {}
    assert Folded.objects.count() == 3
    assert list(Release.objects.values_list("half_year", "rounds")) == [("2026-04", 1)]


def test_a_round_is_folded_once_however_often_it_is_asked(world):
    round = a_round(world, 1, acute=12)
    assert [folding.fold(round=round) for _ in range(3)] == [True, False, False]
    releases.follow(now=NOON)
    assert tallies() == {("2026-10", "acute"): 12}


def test_only_a_closed_round_with_a_closed_register_is_folded(world):
    open_register = held(world, 1)
    came(open_register, world.elmbridge, 9)
    without_register = held(world, 2)
    without_register.state = RoundState.CLOSED
    without_register.save()
    assert [folding.fold(round=round) for round in (open_register, without_register)] == [False, False]
    assert tallies() == {}


def test_the_clock_closes_folds_and_releases_in_one_turn(world):
    for month in (1, 2):
        round = held(world, month)
        came(round, world.elmbridge, 10)
        attendance.close_register(round=round, headcount=20, now=round.ends_at)
        FeedbackBoxFactory(round=round, state="counted")
    clock.follow(now=SPRING)
    assert cells() == {("2026-10", "acute"): (20, 2000), ("2026-10", "social_care"): (0, 500)}
    assert tallies() == {}


def test_everybody_is_counted_once_for_one_sector(world):
    """Whoever works for two partners is counted for the one invited; who works for none here, not at all."""
    round = held(world, 1, partners=[world.quarry_lane])
    both = PersonFactory(works_for=world.elmbridge)
    MembershipFactory(person=both, organisation=world.quarry_lane, starts_on=date(2026, 1, 1))
    elsewhere = PersonFactory(works_for=OrganisationFactory(name="Far Away Trust"))
    former = PersonFactory(works_for=world.elmbridge)
    Membership.objects.filter(person=former).update(ends_on=date(2026, 12, 31))
    for person in (both, elsewhere, former):
        AttendanceFactory(round=round, person=person)
    Attendance.objects.create(round=round, name="Somebody", organisation=world.elmbridge)
    Attendance.objects.create(round=round, name="Somebody else")
    assert sectors_of(closed(round)) == ["acute", "social_care"]


def test_two_jobs_neither_invited_count_for_the_first(world):
    round = held(world, 1)
    both = PersonFactory(works_for=world.elmbridge)
    MembershipFactory(person=both, organisation=world.quarry_lane, starts_on=date(2026, 1, 1))
    AttendanceFactory(round=round, person=both)
    assert sectors_of(closed(round)) == ["acute"]


def test_what_is_kept_names_nobody():
    columns = {
        field.name
        for model in (Folded, Tally, Release, ReleasedSector, ReleasedCell)
        for field in model._meta.concrete_fields
    }
    assert columns & {"person", "organisation", "membership", "attendance", "name"} == set()
    related = {
        field.related_model.__name__ for model in (Tally, ReleasedSector, ReleasedCell) for field in model._meta.fields
        if field.related_model
    }  # fmt: skip
    assert related == {"System", "Release"}


def test_nothing_is_released_before_the_half_year_is_over(world):
    a_round(world, 1, acute=30)
    a_round(world, 2, acute=30)
    releases.follow(now=datetime(2027, 3, 31, 23, 59, tzinfo=LONDON))
    assert not Release.objects.exists()
    releases.follow(now=datetime(2027, 4, 1, 0, 0, tzinfo=LONDON))
    assert cells()["2026-10", "acute"] == (60, 2000)


def test_a_release_waits_for_the_last_round_but_not_for_ever(world):
    a_round(world, 1, acute=30)
    a_round(world, 2, acute=30)
    late = held(world, 3, 30)
    came(late, world.elmbridge, 40)
    releases.follow(now=SPRING)
    assert not Release.objects.exists()
    releases.follow(now=datetime(2027, 5, 1, 1, 0, tzinfo=LONDON))
    release = Release.objects.get()
    assert (release.rounds, release.left_out) == (2, 1)
    assert cells()["2026-10", "acute"] == (60, 2000)


def test_what_comes_after_the_release_changes_nothing(world):
    """A late Round, a corrected number of staff, an attendance erased, a partner that leaves."""

    def shown():
        reach = last_released(world.system, until="2026-10")
        return reach.sectors, reach.kinds_of_work, reach.first_timers, reach.partners, reach.met

    first = a_round(world, 1, acute=30, care=20)
    a_round(world, 2, acute=30)
    late = held(world, 3, 30)
    came(late, world.elmbridge, 40)
    later = datetime(2027, 5, 2, 9, 0, tzinfo=LONDON)
    releases.follow(now=later)
    before = shown(), cells()
    folding.fold(round=closed(late))
    StaffCountFactory(organisation=world.elmbridge, number=9, counted_on=date(2027, 3, 30))
    Attendance.objects.filter(round=first).delete()
    SystemEdge.objects.filter(organisation=world.quarry_lane).update(ends_on=date(2027, 1, 1))
    releases.follow(now=later)
    releases.release(system=world.system, half_year=WINTER, now=later)
    assert (shown(), cells()) == before
    assert tallies() == {}
    assert Folded.objects.filter(round=late).exists()


def test_one_round_alone_releases_no_sector(world):
    a_round(world, 1, acute=30)
    releases.follow(now=SPRING)
    released = last_released(world.system, until="2026-10")
    assert (released.rounds, released.sectors, released.too_few_rounds) == (1, [], True)
    assert tallies() == {}


def test_small_sectors_share_a_cell_and_a_sector_without_a_number_says_so(world):
    hospice = OrganisationFactory(sector="hospice", system=world.system)
    charity = OrganisationFactory(sector="charity", system=world.system)
    council = OrganisationFactory(sector="council", system=world.system)
    other_council = OrganisationFactory(sector="council", system=world.system)
    OrganisationFactory(sector="icb", system=world.system)
    StaffCountFactory(organisation=hospice, number=180)
    StaffCountFactory(organisation=charity, number=90)
    StaffCountFactory(organisation=council, number=900)
    for month in (1, 2):
        round = held(world, month)
        for partner in (hospice, charity, council, other_council):
            came(round, partner, 6)
        closed(round, headcount=40)
    releases.follow(now=SPRING)
    sectors = {sector.label: sector for sector in last_released(world.system, until="2026-10").sectors}
    assert sectors["All other sectors"].rate.came.shown == 25
    assert sectors["All other sectors"].rate.staff == 270
    council = sectors["Council"]
    assert (council.came.shown, council.rate) == (25, None)
    assert council.words == "No staff number yet from 1 of 2 partners"
    assert sectors["Integrated care board"].words == "No staff number yet"
    assert sectors["Acute hospitals"].words == "Fewer than 8"
    assert "Hospices" not in sectors


def test_too_few_staff_are_said_in_words(world):
    StaffCountFactory(organisation=world.quarry_lane, number=40, counted_on=date(2026, 12, 1))
    for month in (1, 2):
        a_round(world, month, acute=10, care=10)
    releases.follow(now=SPRING)
    sectors = {sector.label: sector for sector in last_released(world.system, until="2026-10").sectors}
    assert sectors["All other sectors"].words == "Fewer than 250 staff"
    assert sectors["Acute hospitals"].rate.came.shown == 20


def test_the_latest_number_of_each_staff_group_counts_at_the_end_of_the_half_year(world):
    for group, number, on in [
        ("nursing", 2100, date(2026, 5, 1)),
        ("nursing", 2400, date(2027, 3, 31)),
        ("medical", 300, date(2025, 4, 1)),
        ("medical", 999, date(2027, 4, 1)),
    ]:
        StaffCountFactory(organisation=world.elmbridge, staff_group=group, number=number, counted_on=on)
    assert workforces(world.system, on=WINTER.last_day)["acute"].staff == 2700


def test_rows_stand_by_what_is_shown_and_the_hidden_ones_in_their_fixed_order(world):
    hospice = OrganisationFactory(sector="hospice", system=world.system)
    StaffCountFactory(organisation=hospice, number=300)
    a_round(world, 1, acute=20, care=16, headcount=60)
    a_round(world, 2, acute=20, headcount=60)
    releases.follow(now=SPRING)
    labels = [sector.label for sector in last_released(world.system, until="2026-10").sectors]
    assert labels == ["Social care", "Acute hospitals", "Hospices"]


def test_each_system_has_its_own(world):
    other = small_world()
    for each in (world, other):
        StaffCountFactory(organisation=each.elmbridge, number=3000, counted_on=date(2026, 6, 1))
        a_round(each, 1, acute=10)
    a_round(other, 2, acute=10)
    releases.follow(now=SPRING)
    assert last_released(world.system, until="2026-10").sectors == []
    assert last_released(other.system, until="2026-10").shown[0].rate.came.shown == 20


def test_the_last_release_before_is_found(world):
    for month, year in ((5, 2026), (6, 2026)):
        a_round(world, month, year=year, acute=12)
    releases.follow(now=NOON)
    assert last_released(world.system, until="2026-10").half_year == "2026-04"
    assert last_released(world.system, until="2026-03") is None


class TestTables:
    """What a Round adds to each table of the release."""

    def cells(self, table, half_year="2026-10"):
        return dict(Tally.objects.filter(table=table, half_year=half_year).values_list("cell", "number"))

    def test_each_attendance_adds_one_to_each_table_that_counts_it(self, world):
        round = held(world, 1, format="online", places=None, online_places=40, venue=None)
        came(round, world.elmbridge, 3)
        came(round, world.quarry_lane, 2)
        ada = PersonFactory(works_for=world.elmbridge)
        AttendanceFactory(round=round, person=ada, first_round=True)
        Attendance.objects.create(round=round, name="Wim", organisation=world.quarry_lane, staff_group="social_work")
        folding.fold(round=closed(round))
        assert self.cells("time") == {"acute/afternoon": 4, "social_care/afternoon": 3}
        assert self.cells("format") == {"acute/online": 4, "social_care/online": 3}
        assert self.cells("first") == {"acute": 1, "social_care": 0}
        assert self.cells("employer") == {str(world.elmbridge.pk): 4, str(world.quarry_lane.pk): 3}
        assert self.cells("mixing") == {"": 2}
        work = self.cells("work")
        assert (work["social_care/community"], sum(work.values())) == (1, 7)

    def test_a_partner_is_there_or_not_and_employers_meet_in_each_round(self, world):
        for month in (1, 2, 3):
            a_round(world, month, acute=2, care=month - 1)
        for round in folding.rounds_to_fold():
            folding.fold(round=round)
        assert set(self.cells("partners").values()) == {1}
        assert len(self.cells("partners")) == 2
        assert self.cells("mixing") == {"": 1 + 2 + 2}

    def test_whoever_waits_when_the_round_begins_was_turned_away(self, world):
        place = PlaceFactory(system=world.system)
        round = held(world, 1, host_organisation=None, host_place=place)
        BookingFactory.create_batch(3, round=round, state="waiting")
        BookingFactory(round=round, state="place")
        folding.fold(round=closed(round, headcount=9))
        assert self.cells("waited") == {str(place.pk): 3}

    def test_a_small_employer_stands_in_no_tally_of_its_own(self, world):
        hospice = OrganisationFactory(sector="hospice", system=world.system)
        StaffCountFactory(organisation=hospice, number=249)
        round = held(world, 1)
        came(round, hospice, 9)
        folding.fold(round=closed(round))
        assert self.cells("employer") == {}
        assert self.cells("work") != {}

    def test_every_tally_is_written_by_every_folding(self, world):
        """Which grew, and when, tells nothing: on PostgreSQL all bear the number of one transaction."""
        folding.fold(round=a_round(world, 1, acute=3, care=3))
        with CaptureQueriesContext(connection) as asked:
            folding.fold(round=a_round(world, 2, acute=3))
        (written,) = [each["sql"] for each in asked if each["sql"].startswith('UPDATE "evaluation_tally"')]
        keys = [str(pk) for pk in Tally.objects.values_list("pk", flat=True)]
        assert all(key.replace("-", "") in written.replace("-", "") for key in keys)


class TestCells:
    """Which cells are released follows from partners and Rounds, and not from who came."""

    def released(self, table):
        return {cell.cell: (cell.number, cell.staff) for cell in ReleasedCell.objects.filter(table=table)}

    def test_the_same_whoever_came(self, world):
        def stand():
            return set(ReleasedCell.objects.values_list("table", "cell"))

        for month in (1, 2):
            a_round(world, month, headcount=9)
        releases.follow(now=SPRING)
        nobody = stand()
        Release.objects.all().delete()
        Folded.objects.all().delete()
        for round in Round.objects.all():
            came(round, world.elmbridge, 5)
        releases.follow(now=SPRING)
        assert stand() == nobody
        assert len(nobody) > 8

    def test_kinds_of_work_with_few_staff_share_a_cell(self, world):
        for group, number in [("nursing", 900), ("medical", 300), ("clinical_support", 30), ("estates", 60)]:
            StaffCountFactory(
                organisation=world.elmbridge, staff_group=group, number=number, counted_on=date(2026, 12, 1)
            )
        for month in (1, 2):
            a_round(world, month, acute=9)
        releases.follow(now=SPRING)
        acute = {cell.partition("/")[2]: staff for cell, (_, staff) in self.released("work").items() if "acute" in cell}
        assert acute == {"nursing": 900, "clinical": 300, "care+community+running": 90, "not_said": None}

    def test_small_sectors_are_one_in_every_table(self, world):
        for sector in ("hospice", "charity"):
            partner = OrganisationFactory(sector=sector, system=world.system)
            StaffCountFactory(organisation=partner, number=200)
            for month in (1, 2):
                came(held(world, month, day=5), partner, 6)
        for round in Round.objects.all():
            closed(round)
        releases.follow(now=SPRING)
        assert self.released("time")["small/afternoon"][0] == 24
        assert self.released("partners")["small"][0] == 2
        assert self.released("first")["small"] == (0, 400)
        assert not any("hospice" in cell for table in ("work", "time", "format") for cell in self.released(table))

    def test_a_time_at_which_no_round_was_has_no_cell(self, world):
        for month in (1, 2):
            a_round(world, month, acute=9)
        releases.follow(now=SPRING)
        assert {cell.partition("/")[2] for cell in self.released("time")} == {"afternoon"}


def test_its_examples():
    assert doctest.testmod(releases).failed == 0
