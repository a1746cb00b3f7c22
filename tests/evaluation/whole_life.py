"""Somebody of whom the portal holds as much as it can hold of anybody."""

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount

from evaluation.models import Attendance, DoorLink, FirstRoundCounted, Register, ReportFile
from members.actions import audit
from members.models import InvitationLink, JoinRequest, ListedJob, Training, Upload
from members.models.audit import Act, Opened
from members.models.membership import RoleProposal
from rounds.actions import registration
from rounds.models import (
    CareOwed,
    Debrief,
    DiaryFeed,
    Meeting,
    MeetingAnswer,
    Needs,
    PreparationStep,
    SteeringLine,
    SteeringMeeting,
)
from rounds.models.story import Story, StoryConsent, StoryReader
from rounds.states import RoundState, Way
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import (
    ApproachFactory,
    BookingFactory,
    OfferFactory,
    RoundFactory,
    SeriesFactory,
    StorytellerFactory,
    TeamMemberFactory,
)
from tests.worlds import NOON

NAME, EMAIL, HOME = "Quillon Zebedee", "quillon@zebedee.example", "zebedee@home.example"
DAY = dt.timedelta(days=1)


def live(world):
    """Quillon, of Elmbridge: (the person, the Round ahead with one place, the Round of a week ago)."""
    person = PersonFactory(name=NAME, email=EMAIL, works_for=world.elmbridge)
    EmailAddress.objects.create(user=person, email=HOME, verified=True)
    Authenticator.objects.create(user=person, type="totp", data={"secret": "zebedees-secret"})
    SocialAccount.objects.create(user=person, provider="abc", uid="zebedee-1", extra_data={"name": NAME})
    _trusted(world, person)
    _asking(world, person)
    coming = RoundFactory(title="Ahead", system=world.system, partners=[world.elmbridge], places=1)
    for facilitator in (person, world.ada):
        TeamMemberFactory(round=coming, person=facilitator)
    registration.book(round=coming, person=person, way=Way.IN_PERSON, now=NOON)
    registration.book(round=coming, person=world.ben, way=Way.IN_PERSON, now=NOON)
    return person, coming, _been_to(world, person)


def _trusted(world, person):
    RoleGrantFactory(person=person, role="facilitator", system=world.system, granted_by=world.ines)
    grant = RoleGrantFactory(person=world.cleo, role="mentor", system=world.system, granted_by=person)
    Training.objects.create(person=person, course="Two days", mentor=world.ada)
    Training.objects.create(person=world.cleo, mentor=person)
    audit.record(Act.ROLE_GIVEN, by=person, about=grant.pk, where=world.system, now=NOON, role="mentor")
    audit.record(Act.REQUEST_ACCEPTED, by=world.ines, about=person.pk, where=world.system, now=NOON)
    world.elmbridge.contact_name, world.elmbridge.contact_email = NAME, EMAIL
    world.elmbridge.save()


def _asking(world, person):
    asked = {"organisation_name": "Zebedee Hospice", "changed_at": NOON}
    JoinRequest.objects.create(person=person, system=world.system, **asked)
    ListedJob.objects.create(person=person, organisation=world.quarry_lane)
    InvitationLink.objects.create(organisation=world.quarry_lane, email=HOME, invited_by=world.ines, created_at=NOON)
    InvitationLink.objects.create(
        organisation=world.quarry_lane, email="new@quarry.example", invited_by=person, created_at=NOON
    )
    Upload.objects.create(person=person, kind="staff", name="zebedee.csv", content=b"", created_at=NOON)
    proposed = {"role": "ics_lead", "system": world.system, "starts_on": NOON.date()}
    RoleProposal.objects.create(person=world.ada, proposed_by=person, **proposed)


def _been_to(world, person):
    past = RoundFactory(
        title="A week ago",
        system=world.system,
        partners=[world.elmbridge],
        facilitators=[world.ada, person],
        starts_at=NOON - 7 * DAY,
        booking_opens_at=NOON - 30 * DAY,
        state=RoundState.HELD,
        planned_by=person,
        invitations_released_by=person,
    )
    SeriesFactory(system=world.system, planned_by=person)
    BookingFactory(round=past, person=person)
    DiaryFeed.objects.create(person=person, digest="0" * 64)
    for writes, reads in ((person, world.ada), (world.cleo, person)):
        OfferFactory(system=world.system, person=writes, reader=reads, about="The night shift")
        ApproachFactory(system=world.system, person=writes, by=reads)
    Needs.objects.create(round=past, person=person, diet=["vegan"], access="A seat by the door")
    told = StorytellerFactory(round=past, person=person)
    meeting = Meeting.objects.create(
        round=past, storyteller=told, times=["2027-02-22T14:00+00:00"], place="The quiet room", fixed_at=NOON - 9 * DAY
    )
    MeetingAnswer.objects.create(meeting=meeting, person=person, can=meeting.times)
    Story.objects.create(storyteller=told, version=1, sealed=b"sealed", created_at=NOON)
    StoryConsent.objects.create(storyteller=told, use="theme", given_on=NOON.date(), created_at=NOON)
    StoryReader.objects.create(storyteller=told, person=world.ada, created_at=NOON)
    teller = StorytellerFactory(round=past, person=world.cleo)
    StoryReader.objects.create(storyteller=teller, person=person, created_at=NOON)
    PreparationStep.objects.filter(storyteller=teller).update(owner=person)
    CareOwed.objects.create(round=past, owner=person, due_on=NOON.date())
    steering = SteeringMeeting.objects.create(system=world.system, on=NOON.date())
    SteeringLine.objects.create(meeting=steering, kind="action", text="Ask for a second room", owner=person)
    Debrief.objects.create(round=past, of="panel", went_well="The room was warm.")
    Register.objects.create(round=past)
    Attendance.objects.create(round=past, person=person, first_round=True)
    Attendance.objects.create(round=past, person=world.ben)
    FirstRoundCounted.objects.create(person=person)
    DoorLink.objects.create(round=past, made_by=person)
    ReportFile.objects.create(
        system=world.system, kind="board", half_year="2026-04", asked_by=person, created_at=NOON - DAY
    )
    audit.opened(Opened.REGISTER, by=person, about=past.pk, where=world.system.pk, now=NOON)
    return past
