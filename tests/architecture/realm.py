"""Everything that one organisation has, and everybody who might ask for it: from nearest to farthest.

Acornfield (a hospital in the Place of Alder) holds three Rounds of its own. Birchway is a partner in the same system
and not invited; Cedarbrook belongs to another system. What is Acornfield's carries a canary: a word that stands nowhere
else.
"""

import datetime as dt
from dataclasses import dataclass, field

from allauth.mfa.models import Authenticator

from evaluation.access import DOOR
from evaluation.actions import paper
from evaluation.models import Attendance, DoorLink, Questionnaire, QuestionnaireUse, ReportFile
from evaluation.models.results import Comment
from evaluation.states import Occasion
from members import sealing
from members.actions import providers
from members.models import (
    ApprovedDomain,
    Coverage,
    Delivery,
    InvitationLink,
    JoinRequest,
    Licence,
    ListedJob,
    Logo,
    Provider,
    RoleProposal,
    Site,
)
from members.roles import ROLES, Scope
from rounds.actions import diaries, stories
from rounds.models import (
    AvoidedDates,
    CareOwed,
    Debrief,
    KeptPlaces,
    Meeting,
    NewHost,
    RoundTemplate,
    SteeringLine,
    SteeringMeeting,
    Suggestion,
)
from rounds.states import BookingState, Format, RoundState, Step, TeamPart
from rounds_site.kit.formats import half_year_of
from rounds_site.kit.links import sign
from tests.factories.evaluation import FeedbackBoxFactory, RegisterFactory, RoundFigureFactory, counted
from tests.factories.members import (
    JoinLinkFactory,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    StaffCountFactory,
    SystemFactory,
)
from tests.factories.rounds import (
    ApproachFactory,
    BackfillFactory,
    BookingFactory,
    IdeaFactory,
    OfferFactory,
    RoundFactory,
    SeriesFactory,
    StorytellerFactory,
    TeamMemberFactory,
    ThemeFactory,
    VenueFactory,
)
from tests.worlds import NOON

YESTERDAY = (NOON - dt.timedelta(days=1)).date()
ANSWERS = {number: {5: 14, 4: 12, 3: 3, 2: 2, 1: 1} for number in (1, 2, 3, 4, 5)}

# Words of Acornfield's own. HOUSE are the organisation, its Rounds and who runs them; PEOPLE name its staff.
HOUSE = ("Acornfield", "Titlecanary", "Roomcanary", "Leadcanary", "Larchcanary")
PEOPLE = ("Bookcanary", "Tellcanary", "Walkcanary", "Waitcanary", "Staffcanary", "Listcanary", "Smallcanary")
WORDS = ("Commentcanary", "Storycanary", "Debriefcanary")
# And of Cedarbrook, which nobody of this system reads.
FAR_AWAY = ("Farcanary",)

NEAR = ("same", "other", "elsewhere")


@dataclass
class Realm:
    """`askers` maps a name ("sponsor, other") to a person, or to None for somebody who is not signed in."""

    system: object = None
    place: object = None
    acornfield: object = None
    today: object = None
    coming: object = None
    idea: object = None
    approach: object = None
    theme: object = None
    closed: object = None
    online: object = None
    stranded: object = None
    teller: object = None
    own_teller: object = None
    reader: object = None
    meeting_of_all: object = None
    meeting: object = None
    helper_row: object = None
    booking: object = None
    waits: object = None
    kept: object = None
    walk_in: object = None
    comment: object = None
    link: object = None
    grant: object = None
    staff: object = None
    of_two: object = None
    stop_token: str = ""
    diary_token: str = ""
    job: object = None
    own_job: object = None
    listed_job: object = None
    passkey: object = None
    domain: object = None
    invitation: object = None
    invitation_token: str = ""
    asked: object = None
    provider: object = None
    questions: object = None
    use: object = None
    proposal: object = None
    lead: object = None
    door_link: object = None
    door_token: str = ""
    logo: object = None
    site: object = None
    avoided: object = None
    template: object = None
    letter: object = None
    coverage: object = None
    agreed: object = None
    new_host: object = None
    askers: dict = field(default_factory=dict)


def make_realm() -> Realm:
    realm = Realm()
    realm.system = SystemFactory(code="QXV", name="North Vale Integrated Care System")
    realm.place = PlaceFactory(system=realm.system, code="alder", name="Alder")
    realm.acornfield = OrganisationFactory(
        code="XAC", name="Acornfield Hospital", system=realm.system, place=realm.place, has_staff_list=False
    )
    realm.link = JoinLinkFactory(organisation=realm.acornfield)
    StaffCountFactory(organisation=realm.acornfield, number=4200)
    realm.staff = PersonFactory(name="Sam Staffcanary", works_for=realm.acornfield)
    realm.grant = RoleGrantFactory(person=realm.staff, role="sponsor", organisation=realm.acornfield)
    realm.stop_token = sign(realm.staff.pk, purpose="stop")
    realm.job = realm.staff.memberships.get()
    passkey = {"type": Authenticator.Type.WEBAUTHN, "data": {"name": "Staffcanary", "credential": {}}}
    realm.passkey = Authenticator.objects.create(user=realm.staff, **passkey)
    _rounds(realm)
    _askers(realm)
    _ways_to_acornfield(realm)
    _voices(realm)
    _reports(realm)
    return realm


def _reports(realm):
    asked = {
        "system": realm.system,
        "half_year": "2026-10",
        "asked_by": realm.askers["ics_lead, same"],
        "state": "ready",
        "content": b"%PDF Acornfield",
        "created_at": NOON,
    }
    realm.report = ReportFile.objects.create(kind="board", **asked)
    ReportFile.objects.create(kind="round", round=realm.closed, **asked)


def _voices(realm):
    """Tess was asked to tell a story, and has written to one facilitator of Acornfield that she might."""
    tess = {"system": realm.system, "person": realm.teller.person}
    realm.approach = ApproachFactory(**tess, by=realm.lead)
    OfferFactory(**tess, reader=realm.askers["facilitator, same"], about="A Storycanary of one person.")
    realm.theme = ThemeFactory(system=realm.system, title="Theme Titlecanary", rounds=[realm.closed])


def _ways_to_acornfield(realm):
    """One address that it approves, one invitation to it, one request to be let in."""
    stranger = realm.askers["staff, other"]
    realm.own_job = realm.askers["staff, same"].memberships.get()
    larchfield = OrganisationFactory(code="XLF", name="Larchcanary Practice", system=realm.system)
    realm.listed_job = ListedJob.objects.create(person=realm.askers["staff, same"], organisation=larchfield)
    realm.proposal = RoleProposal.objects.create(
        person=realm.staff,
        role="ics_lead",
        system=realm.system,
        starts_on=NOON.date(),
        proposed_by=PersonFactory(name="Pip Proposer"),
    )
    realm.letter = Delivery.objects.create(
        kind="reminder",
        dedupe_key="reminder",
        system=realm.system.pk,
        about=realm.today.pk,
        address="listcanary@acorn.example",
        state="uncertain",
        message_id="<1@acorn.example>",
        created_at=NOON,
        due_at=NOON,
        handed_at=NOON,
    )
    realm.template = RoundTemplate.objects.create(system=realm.system, name="At Acornfield", format=Format.ONLINE)
    realm.avoided = AvoidedDates.objects.create(
        system=realm.system,
        organisation=realm.acornfield,
        starts_on=NOON.date(),
        ends_on=NOON.date(),
        why="Open day at Acornfield",
    )
    licence = Licence.objects.create(system=realm.system, number="SR 104", starts_on=NOON.date())
    realm.coverage = Coverage.objects.create(licence=licence, organisation=realm.acornfield, memorandum_on=NOON.date())
    meeting = SteeringMeeting.objects.create(
        system=realm.system, on=NOON.date(), agenda="Acornfield hosts Rounds", created_at=NOON
    )
    realm.agreed = SteeringLine.objects.create(meeting=meeting, kind="action", text="Ring Acornfield")
    realm.new_host = NewHost.objects.create(
        system=realm.system, organisation=realm.acornfield, interested_on=NOON.date(), by_hand=["sponsor"]
    )
    realm.site = Site.objects.create(organisation=realm.acornfield, name="Acornfield East")
    realm.logo = Logo.objects.create(system=realm.system, content=b"", digest="0" * 64, says="A", width=1, height=1)
    realm.provider = Provider.objects.create(
        system=realm.system,
        code="acorn",
        name="Works account",
        issuer="https://127.0.0.1:9/issuer",
        client_id="rounds",
        sealed_secret=sealing.seal("secret", purpose=providers.SEALED_AS),
        state=Provider.State.ON,
    )
    realm.questions = Questionnaire.objects.create(
        system=realm.system, code="acorn-questions", version=1, name="Acorn questions", is_draft=True
    )
    realm.use = QuestionnaireUse.objects.create(
        system=realm.system, occasion=Occasion.STUDENT, starts_on=YESTERDAY + dt.timedelta(days=4000)
    )
    realm.provider.organisations.add(realm.acornfield)
    realm.domain = ApprovedDomain.objects.create(
        organisation=realm.acornfield, domain=stranger.email.rpartition("@")[2]
    )
    realm.invitation = InvitationLink.objects.create(organisation=realm.acornfield, email="listcanary@acorn.example")
    realm.invitation_token = sign(realm.invitation.pk, purpose="invited")
    realm.asked = JoinRequest.objects.create(
        person=stranger,
        system=realm.system,
        organisation_name="Smallcanary Charity",
        changed_at=realm.invitation.created_at,
    )


def _rounds(realm):
    room = VenueFactory(organisation=realm.acornfield, name="Roomcanary Hall", address="Acornfield Hospital")
    lead = realm.lead = PersonFactory(name="Lee Leadcanary", works_for=realm.acornfield)
    RoleGrantFactory(person=lead, role="facilitator", organisation=realm.acornfield)

    def held(title, facilitators=(lead,), **options):
        return RoundFactory(
            title=f"{title} Titlecanary",
            system=realm.system,
            host_organisation=realm.acornfield,
            **{"venue": room} | options,
            partners=[realm.acornfield],
            facilitators=facilitators,
        )

    realm.today = held("Today", starts_at=NOON + dt.timedelta(minutes=20))
    series = SeriesFactory(system=realm.system, title="Series Titlecanary")
    realm.coming = held("Coming", starts_at=NOON + dt.timedelta(days=14), series=series)
    realm.closed = held("Closed", starts_at=NOON - dt.timedelta(days=7), state=RoundState.CLOSED)
    online = {"format": Format.ONLINE, "starts_at": NOON + dt.timedelta(hours=3)}
    realm.online = held("Online", venue=None, joining_details="https://meet.example/Linkcanary", **online)
    realm.stranded = held("Stranded", facilitators=[], starts_at=NOON + dt.timedelta(days=21))
    realm.cover = BackfillFactory(round=realm.coming, organisation=realm.acornfield)
    _day(realm)
    paper.make_cards(round=realm.today)
    RegisterFactory(round=realm.closed, headcount=41, closed_at=realm.closed.ends_at)
    RoundFigureFactory(round=realm.closed, headcount=40)
    counted(realm.closed, values=ANSWERS, forms=32, comments=["A Commentcanary of one person."])
    realm.comment = Comment.objects.get(round_id=realm.closed.pk)


def _day(realm):
    realm.booking = BookingFactory(
        round=realm.today, person=PersonFactory(name="Bo Bookcanary", works_for=realm.acornfield)
    )
    came = PersonFactory(name="Cam Listcanary", works_for=realm.acornfield)
    BookingFactory(round=realm.today, person=came)
    Attendance.objects.create(round=realm.today, person=came)
    BookingFactory(round=realm.coming, person=PersonFactory(name="Wy Waitcanary", works_for=realm.acornfield))
    realm.kept = KeptPlaces.objects.create(
        round=realm.coming, kind="group", way="in_person", places=2, organisation=realm.acornfield
    )
    realm.waits = BookingFactory(
        round=realm.coming,
        person=PersonFactory(name="Fi Waitcanary", works_for=realm.acornfield),
        state=BookingState.WAITING,
    )
    realm.walk_in = Attendance.objects.create(round=realm.today, name="Wim Walkcanary")
    realm.teller = StorytellerFactory(
        round=realm.today,
        person=PersonFactory(name="Tess Tellcanary", works_for=realm.acornfield),
        done=[Step.AGREED],
    )
    FeedbackBoxFactory(round=realm.today, room_code="K7MQ3H")
    realm.door_link = DoorLink.objects.create(round=realm.today, made_by=realm.lead)
    realm.door_token = sign(realm.door_link.pk, purpose=DOOR)


def _askers(realm):
    birchway = OrganisationFactory(code="XBI", name="Birchway Homes", sector="social_care", system=realm.system)
    elsewhere = SystemFactory(code="QXW", name="South Fell Integrated Care System", short_name="South Fell")
    far_place = PlaceFactory(system=elsewhere, code="fell", name="Fell")
    cedarbrook = OrganisationFactory(code="XCE", name="Cedarbrook Trust", system=elsewhere, place=far_place)
    far = PersonFactory(name="Fay Farcanary", works_for=cedarbrook)
    RoleGrantFactory(person=far, role="mentor", system=elsewhere)
    other_place = PlaceFactory(system=realm.system, code="beech", name="Beech")
    where = {
        "same": (realm.acornfield, realm.place, realm.system),
        "other": (birchway, other_place, realm.system),
        "elsewhere": (cedarbrook, far_place, elsewhere),
    }
    asker = realm.askers
    asker["anonymous"] = asker["device"] = None
    asker["closed account"] = PersonFactory(name="Asker", works_for=realm.acornfield, is_active=False)
    _of_two_employers(realm, elsewhere)
    _of_the_round(realm, birchway, cedarbrook)
    for near, (organisation, place, system) in where.items():
        email = f"asker@{near}.example"
        asker[f"staff, {near}"] = PersonFactory(name="Asker", email=email, works_for=organisation)
        asker[f"ended, {near}"] = _ended(organisation, system)
        for code, role in ROLES.items():
            asker[f"{code}, {near}"] = _holding(role, organisation, place, system)
    for code, role in ROLES.items():
        if len(role.scopes) > 1 and Scope.SYSTEM in role.scopes:
            person = PersonFactory(name="Asker", works_for=birchway)
            RoleGrantFactory(person=person, role=code, system=realm.system)
            asker[f"{code}, system"] = person


def _of_two_employers(realm, elsewhere):
    """One of Acornfield's staff, with a job and a role elsewhere, now and before, of which nobody here is told."""
    practice, hospice = (OrganisationFactory(name=f"Farcanary {kind}", system=elsewhere) for kind in ("GP", "Hospice"))
    realm.of_two = PersonFactory(name="Una Twocanary", works_for=realm.acornfield)
    for where, until in ((practice, None), (hospice, YESTERDAY)):
        MembershipFactory(person=realm.of_two, organisation=where, ends_on=until)
        for role in ("facilitator", "sponsor"):
            RoleGrantFactory(person=realm.of_two, role=role, organisation=where, ends_on=until)
    BookingFactory(round=realm.today, person=realm.of_two)


def _of_the_round(realm, birchway, cedarbrook):
    """Who has a part in Acornfield's Rounds without a role there, and mostly without working there."""
    rounds = (realm.today, realm.coming, realm.closed, realm.online)
    booked, helper, runs, teller = (
        PersonFactory(name="Asker", works_for=employer)
        for employer in (realm.acornfield, birchway, birchway, cedarbrook)
    )
    BookingFactory(round=realm.today, person=booked)
    BookingFactory(round=realm.online, person=booked)
    realm.diary_token = diaries.make_feed(person=booked, now=NOON)
    for round in rounds:
        TeamMemberFactory(round=round, person=runs)
        realm.helper_row = TeamMemberFactory(round=round, person=helper, part=TeamPart.HELPER)
        StorytellerFactory(round=round, person=teller, done=[Step.AGREED])
    realm.own_teller = realm.today.panel.get(person=teller)
    for each in (realm.teller, realm.own_teller):
        stories.write(storyteller=each, text="A Storycanary of one person.", seen_version=0, now=NOON)
        stories.share(storyteller=each, people=[runs], now=NOON)
    realm.care = CareOwed.objects.create(round=realm.closed, owner=runs, due_on=NOON.date())
    after = {"of": "panel", "went_well": "A Debriefcanary of nobody."}
    realm.debrief = Debrief.objects.create(round=realm.closed, **after)
    said = {"text": "A quiet room.", "answer": "Done.", "shared": True}
    realm.suggestion = Suggestion.objects.create(
        organisation=realm.acornfield, half_year=half_year_of(NOON.date()), **said
    )
    realm.reader = realm.own_teller.readers.get()
    _meetings(realm)
    realm.idea = IdeaFactory(system=realm.system, title="Idea Titlecanary", facilitators=[runs])
    realm.askers |= {"booked": booked, "helper": helper, "runs it": runs, "storyteller": teller}


def _meetings(realm):
    """One for which a time is being found, and one that has its time."""
    proposed = {"round": realm.today, "place": "Roomcanary Hall", "times": ["2027-03-03T12:10+00:00"]}
    realm.meeting_of_all = Meeting.objects.create(**proposed)
    for each in (realm.teller, realm.own_teller):
        realm.meeting = Meeting.objects.create(**proposed, storyteller=each, fixed_at=NOON)


def _holding(role, organisation, place, system):
    """The role in the narrowest scope that it may have."""
    person = PersonFactory(name="Asker", works_for=organisation)
    scopes = {Scope.ORGANISATION: organisation, Scope.PLACE: place, Scope.SYSTEM: system}
    scope = next(each for each in scopes if each in role.scopes)
    RoleGrantFactory(person=person, role=role.code, **{scope.value: scopes[scope]})
    return person


def _ended(organisation, system):
    """Facilitated and administered until yesterday; still works there."""
    person = PersonFactory(name="Asker", works_for=organisation)
    for role in ("facilitator", "administrator", "ics_lead"):
        RoleGrantFactory(person=person, role=role, system=system, ends_on=YESTERDAY)
    return person
