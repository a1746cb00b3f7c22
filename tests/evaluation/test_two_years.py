"""Two years in the life of a portal: how old the oldest row of each table ever was, and what is left of anybody."""

import datetime as dt
import io
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Min

from evaluation.actions import clock
from evaluation.models import Attendance, CardDeck, DoorLink, Folded, Register, ReportFile
from members.actions import audit, chain, retention, suppressions
from members.models import (
    CareEntry,
    Delivery,
    InvitationLink,
    JoinRequest,
    Membership,
    RoleGrant,
    RoleProposal,
    SecurityEvent,
    Suppression,
    Training,
    Upload,
)
from members.models.audit import Act, Opened
from members.registry import keepings
from rounds.models import (
    Approach,
    Backfill,
    Booking,
    Debrief,
    DiaryEntry,
    Meeting,
    MeetingAnswer,
    Needs,
    Offer,
    PreparationStep,
    Round,
    Series,
    Storyteller,
    TeamMember,
)
from rounds.states import RoundState, TeamPart
from tests.factories.members import MembershipFactory, PersonFactory, RoleGrantFactory
from tests.factories.rounds import (
    ApproachFactory,
    BackfillFactory,
    BookingFactory,
    OfferFactory,
    RoundFactory,
    SeriesFactory,
    StorytellerFactory,
    TeamMemberFactory,
)
from tests.keeping import kept_too_long
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
MONTH, YEAR = 30, 365
# Something happens on these days of two years. The clock rings on them and on those before and after which it is to go.
EVENTS = (0, 120, 240)
STEP = 3
RINGS = sorted(
    {day + after for day in EVENTS for after in (0, 3, 6, 12, 15, 27, 30, 363, 366)} | set(range(0, 761, 95))
)
ENDS = "round__ends_at"
# {table: (rows of it that lead to a person, the moment from which their days are counted, how many there are)}
TABLES = {
    "rounds.Booking": (Booking.objects.all(), ENDS, MONTH),
    "rounds.DiaryEntry": (DiaryEntry.objects.all(), "booking__round__ends_at", MONTH),
    "rounds.Storyteller": (Storyteller.objects.all(), ENDS, MONTH),
    "rounds.PreparationStep": (PreparationStep.objects.all(), "storyteller__round__ends_at", MONTH),
    "rounds.Meeting": (Meeting.objects.all(), ENDS, MONTH),
    "rounds.MeetingAnswer": (MeetingAnswer.objects.all(), "meeting__round__ends_at", MONTH),
    "rounds.TeamMember": (TeamMember.objects.filter(part=TeamPart.HELPER), ENDS, MONTH),
    "rounds.Round": (Round.objects.exclude(planned_by=None), "ends_at", MONTH),
    "rounds.Series": (Series.objects.exclude(planned_by=None), "rounds__ends_at", MONTH),
    "rounds.Backfill": (Backfill.objects.exclude(staff_group=""), ENDS, MONTH),
    "rounds.Offer": (Offer.objects.all(), "created_at", YEAR),
    "rounds.Approach": (Approach.objects.all(), "created_at", YEAR),
    "rounds.Debrief": (Debrief.objects.all(), ENDS, YEAR),
    "rounds.Needs": (Needs.objects.all(), ENDS, 1),
    "evaluation.Attendance": (Attendance.objects.all(), ENDS, MONTH),
    "evaluation.Register": (Register.objects.all(), ENDS, MONTH),
    "evaluation.DoorLink": (DoorLink.objects.all(), ENDS, MONTH),
    "evaluation.CardDeck": (CardDeck.objects.all(), ENDS, MONTH),
    "evaluation.ReportFile": (ReportFile.objects.all(), "created_at", 7),
    "members.Delivery": (Delivery.objects.all(), "handed_at", MONTH),
    "members.JoinRequest": (JoinRequest.objects.all(), "changed_at", MONTH),
    "members.InvitationLink": (InvitationLink.objects.all(), "created_at", 14),
    "members.RoleProposal": (RoleProposal.objects.all(), "created_at", 14),
    "members.Upload": (Upload.objects.all(), "created_at", 1),
    "members.Membership": (Membership.objects.exclude(ends_on=None), "ends_on", YEAR),
    "members.RoleGrant": (RoleGrant.objects.exclude(ends_on=None), "ends_on", YEAR),
    "members.Training": (Training.objects.all(), "created_at", YEAR),
    "members.Suppression": (Suppression.objects.all(), "created_at", YEAR),
    "members.SecurityEvent": (SecurityEvent.objects.all(), "at", YEAR),
    "members.CareEntry": (CareEntry.objects.all(), "hour", YEAR),
}
# Of accounts nobody keeps when they were last used; the forms of a box are counted long before. Stories end with their
# keys, words owed after 90 days and suggestions after 24 months (test_story_ends.py and test_care.py in tests/panel,
# tests/rounds/test_suggestions.py).
ELSEWHERE = {"members.Person", "evaluation.Form", "evaluation.PaperTally"}
ELSEWHERE |= {"rounds.CareOwed", "rounds.Suggestion", "rounds.Story", "rounds.StoryConsent", "rounds.StoryReader"}


@pytest.fixture
def world(time_machine):
    time_machine.move_to(NOON, tick=False)
    if connection.vendor == "postgresql":
        # Its own clock stands still when a test travels, and by that one no row of the log has had its year.
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE members_securityevent DISABLE TRIGGER USER")
    return small_world()


def a_round_of(world, person, now, number):
    """A Round of today to which the person came, where they told a story and helped, and all that comes with one."""
    series = SeriesFactory(system=world.system, planned_by=person, first_on=now.date())
    round = RoundFactory(
        title=f"Came to {number}",
        system=world.system,
        partners=[world.elmbridge],
        facilitators=[world.ada],
        state=RoundState.HELD,
        starts_at=now - dt.timedelta(hours=2),
        booking_opens_at=now - 20 * DAY,
        planned_by=person,
        invitations_released_by=person,
        series=series,
    )
    booking = BookingFactory(round=round, person=person, in_diary=True)
    BookingFactory(round=round, person=world.cleo)
    Needs.objects.create(round=round, person=person, diet=["vegan"])
    StorytellerFactory(round=round, person=person)
    meeting = Meeting.objects.create(round=round, times=[], created_at=now)
    MeetingAnswer.objects.create(meeting=meeting, person=person, created_at=now)
    TeamMemberFactory(round=round, person=person, part=TeamPart.HELPER)
    BackfillFactory(round=round, organisation=world.elmbridge)
    Debrief.objects.create(round=round, of="committee", went_well="Nobody left early.")
    Register.objects.create(round=round, headcount=12, closed_at=now)
    Attendance.objects.create(round=round, person=person)
    DoorLink.objects.create(round=round, made_by=person, ended_at=now)
    CardDeck.objects.create(round=round)
    gone = {"state": "sent", "due_at": now, "handed_at": now, "finished_at": now, "created_at": now}
    for kind, about in (("reminder", round.pk), ("role_given", None)):
        Delivery.objects.create(kind=kind, dedupe_key=f"{kind}:{booking.pk}", person=person, about=about, **gone)
    audit.opened(Opened.REGISTER, by=world.ada, about=round.pk, where=world.system.pk, now=now)
    of_the_portal(world, now)


def of_the_portal(world, now):
    """What comes and goes beside Rounds."""
    audit.record(Act.ROLE_GIVEN, by=world.ines, about="x", where=world.system, now=now)
    suppressions.refused(f"{now:%y%m}@elmbridge.example", now=now)
    newcomer, leaver = PersonFactory(), PersonFactory()
    JoinRequest.objects.create(person=newcomer, system=world.system, organisation_name="A hospice", changed_at=now)
    InvitationLink.objects.create(organisation=world.elmbridge, email=f"{now:%y%m}@new.example", created_at=now)
    proposed = {"role": "ics_lead", "system": world.system, "starts_on": now.date(), "created_at": now}
    RoleProposal.objects.create(person=newcomer, proposed_by=world.ines, **proposed)
    Upload.objects.create(person=newcomer, kind="staff", name="list.csv", content=b"", created_at=now)
    report = {"kind": "board", "half_year": "2026-04", "created_at": now}
    ReportFile.objects.create(system=world.system, asked_by=world.ines, **report)
    MembershipFactory(person=leaver, organisation=world.elmbridge, ends_on=now.date())
    RoleGrantFactory(person=leaver, role="mentor", system=world.system, ends_on=now.date())
    Training.objects.create(person=leaver, course="Two days")
    OfferFactory(system=world.system, person=PersonFactory(works_for=world.elmbridge), reader=world.ada, created_at=now)
    ApproachFactory(system=world.system, name="Somebody", by=world.ada, created_at=now)


def ages(now):
    """{table: the days of its oldest row}, of those with any."""
    found = {}
    for table, (rows, since, _) in TABLES.items():
        first = rows.order_by().aggregate(first=Min(since))["first"]
        if first:
            found[table] = (now - first).days if isinstance(first, dt.datetime) else (now.date() - first).days
    return found


def lived(world, person, time_machine):
    """{table: the greatest age that a row of it ever had after the clock had rung}."""
    greatest = {}
    for day in RINGS:
        now = NOON + day * DAY
        time_machine.move_to(now, tick=False)
        if day in EVENTS:
            a_round_of(world, person, now, day)
        clock.follow_rounds(now=now)
        chain.seal_all()
        assert retention.run(now=now) == []
        for table, age in ages(now).items():
            greatest[table] = max(age, greatest.get(table, 0))
    return greatest


def test_every_table_of_a_class_is_measured():
    by_the_clock = {label for keeping in keepings if keeping.due for label in keeping.covers}
    assert set(TABLES) == by_the_clock - ELSEWHERE


def test_in_two_years_no_row_of_any_table_grows_older_than_its_period(world, time_machine):
    """… and each lives out its time. Afterwards nothing says of anybody at which Round they were, save facilitated."""
    person = PersonFactory(email="quillon@zebedee.example", works_for=world.elmbridge)
    facilitated = RoundFactory(
        title="Facilitated by them",
        system=world.system,
        facilitators=[person, world.ada],
        state=RoundState.HELD,
        starts_at=NOON - 2 * DAY,
        booking_opens_at=NOON - 20 * DAY,
    )
    greatest = lived(world, person, time_machine)
    periods = {table: period for table, (_, _, period) in TABLES.items()}
    too_old = {table: age for table, age in greatest.items() if age >= periods[table]}
    too_soon = {table: age for table, age in greatest.items() if age < periods[table] - STEP}
    assert (too_old, too_soon) == ({}, {})
    assert set(greatest) == set(periods)
    now = NOON + RINGS[-1] * DAY
    assert kept_too_long(now=now) == {}
    assert ages(now) == {}
    assert Folded.objects.count() == len(EVENTS)
    report = io.StringIO()
    call_command("subject_report", person.email, stdout=report)
    assert set(re.findall("“([^”]*)”", report.getvalue())) == {"Private appointment", facilitated.title}
