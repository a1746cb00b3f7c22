"""The small world with everything in it that a page can show: Rounds in every state, a box, figures, partners."""

import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from PIL import Image

from evaluation.actions import half_year_answers, paper
from evaluation.models import FeedbackBox, Questionnaire
from evaluation.models.results import ItemCount
from evaluation.reports.half_years import HalfYear
from members.actions import audit, domains, invitations, join_requests, settings, uploads
from members.models import Delivery, JoinRequest, Organisation, Pace, Person, Place, Site, System
from members.models.audit import Act, Opened
from rounds.actions import openings, postponing
from rounds.models import AvoidedDates, Round, RoundTemplate, Storyteller
from rounds.states import Availability, BookingState, Format, RoundState, Step
from tests.factories.evaluation import FeedbackBoxFactory, RegisterFactory, RoundFigureFactory, counted
from tests.factories.members import (
    JoinLinkFactory,
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    StaffCountFactory,
)
from tests.factories.rounds import BookingFactory, RoundFactory, SeriesFactory, StorytellerFactory, VenueFactory
from tests.running import ROOT
from tests.worlds import LONDON, NOON, World, small_world

ODS_LIST = Path(__file__).parent.parent / "data" / "ods_list.csv"
ANSWERS = {number: {5: 14, 4: 12, 3: 3, 2: 2, 1: 1} for number in (1, 2, 3, 4, 5)}


@dataclass
class Scenery:
    world: World
    castlemere: Place
    hospice: Organisation
    olu: Person
    gia: Person
    coming: Round
    full: Round
    both_ways: Round
    last_minute: Round
    today: Round
    planned: Round
    called_off: Round
    closed: Round
    postponed: Round
    teller: Storyteller
    wren: Person
    asked: JoinRequest

    @property
    def maya(self):
        return self.asked.person

    @property
    def tola(self):
        return self.teller.person

    def __getattr__(self, name):
        return getattr(self.world, name)


def make_scenery() -> Scenery:
    """Ada runs every Round, Ben has a place at some and waits for one, Olu administers; it is noon on 3 March 2027."""
    world = small_world()
    world.system.code = "QXV"  # as in tests/data/ods_list.csv
    world.system.save()
    olu = PersonFactory(name="Olu Administrator", works_for=world.elmbridge)
    RoleGrantFactory(person=olu, role="administrator", system=world.system)
    gia = PersonFactory(name="Gia Governance", works_for=world.elmbridge)
    RoleGrantFactory(person=gia, role="governance_lead", system=world.system)
    castlemere = PlaceFactory(system=world.system, name="Castlemere")
    hospice = OrganisationFactory(
        code="XH1",
        name="Lantern Hospice",
        sector="hospice",
        system=world.system,
        place=castlemere,
        has_staff_list=False,
        contact_name="Noor Contact",
        contact_email="noor@lantern.example",
    )
    JoinLinkFactory(organisation=hospice)
    StaffCountFactory(organisation=world.elmbridge, number=4200)
    waiting_files(olu, world.elmbridge)
    wren, asked = newcomers(hospice, olu)
    room = VenueFactory(organisation=world.elmbridge, name="Lecture theatre", address="Elmbridge Hospital")
    arrange = arranger(world, [world.elmbridge, world.quarry_lane, hospice], room)
    coming = arrange("The first shift alone", days=14, food="Lunch from 12:15pm")
    paper.make_cards(round=coming)
    StorytellerFactory(round=coming, person=PersonFactory(name="Sunny Shy", works_for=world.quarry_lane))
    return Scenery(
        world=world,
        castlemere=castlemere,
        hospice=hospice,
        olu=olu,
        gia=gia,
        coming=coming,
        full=full_with_ben_waiting(arrange, world),
        both_ways=arrange("Between two wards", days=28, format=Format.HYBRID),
        last_minute=arrange("At the end of the corridor", days=1),
        today=begun_today(arrange, world),
        planned=planned_in_a_series(arrange, world),
        called_off=called_off(arrange, world),
        closed=closed(arrange),
        postponed=postponed(arrange, world),
        teller=StorytellerFactory(
            round=coming, person=PersonFactory(name="Tola Teller", works_for=world.elmbridge), done=[Step.AGREED]
        ),
        wren=wren,
        asked=asked,
    )


def postponed(arrange, world):
    """At which Ben has a place."""
    round = arrange("The empty chair", days=21)
    BookingFactory(round=round, person=world.ben)
    words = {"reason": "The lecture theatre is flooded.", "seen_version": round.version, "by": world.ada, "now": NOON}
    return postponing.postpone(round=round, **words)


def newcomers(hospice, olu):
    """Wren, whose address opens the hospice; and Maya, who was asked something about her request to join."""
    for domain in ("lantern.example", "nhs.net"):
        domains.approve(organisation=hospice, domain=domain, by=olu, now=NOON)
    Site.objects.create(organisation=hospice, name="The shop in Mill Lane")
    invitations.invite(organisation=hospice, email="kit.invited@elsewhere.example", by=olu, now=NOON)
    maya = PersonFactory(name="", email="maya+rounds@elsewhere.example")
    asked = join_requests.ask(
        person=maya,
        system=System.objects.get(),
        name="Maya Newcomer",
        organisation_name="Lantern shop",
        why="Sundays at the till",
        now=NOON,
    )
    asked = join_requests.ask_back(request=asked, question="In which street is the shop?", by=olu, now=NOON)
    return PersonFactory(name="", email="wren@lantern.example"), asked


def waiting_files(olu, elmbridge):
    """A list of each kind, chosen and not accepted yet, with all that a preview has to say."""
    staff = ["Name,Email,Organisation code,Staff group,Shoe size"]
    staff += [f"Person {n} Example,person.{n}@elmbridge.example,{elmbridge.code},Estates,4" for n in range(12)]
    staff += [f"Ada Plus,person.1+rounds@elmbridge.example,{elmbridge.code},Wizardry,4", ",no address,QQQ,,"]
    rounds = ["Date,Title,Format,Headcount,Forms,insight 5,Lead", "4/3/2026,The long corridor,online,43,30,12,Ada"]
    rounds += ["soon,,,,,,", "5/3/2026,A quiet room,hybrid,,,,"]
    files = {"staff": "\n".join(staff), "past_rounds": "\n".join(rounds), "organisations": ODS_LIST.read_text()}
    for kind, content in files.items():
        said = {"by": "own"} if kind == "past_rounds" else {}
        uploads.keep(by=olu, kind=kind, name=f"{kind}.csv", content=content.encode(), said=said, now=NOON)


def arranger(world, partners, room):
    def arrange(title, *, days, **options):
        starts_at = dt.datetime.combine((NOON + dt.timedelta(days=days)).date(), dt.time(12, 30), LONDON)
        options.setdefault("starts_at", starts_at)
        options.setdefault("booking_opens_at", options["starts_at"] - dt.timedelta(days=30))
        if options.get("format") != Format.ONLINE:
            options.setdefault("venue", room)
        return RoundFactory(title=title, system=world.system, partners=partners, facilitators=[world.ada], **options)

    return arrange


def planned_in_a_series(arrange, world):
    series = SeriesFactory(system=world.system, title="Round in [month]")
    arrange("Round in May", days=69, state=RoundState.PLANNED, series=series)
    RoundTemplate.objects.create(system=world.system, name="Lunchtime Round", format=Format.IN_PERSON, places=60)
    why = {"why": "The wards move to the new building", "organisation": world.elmbridge}
    AvoidedDates.objects.create(system=world.system, starts_on=dt.date(2027, 4, 6), ends_on=dt.date(2027, 4, 9), **why)
    return arrange("What the night keeps", days=35, state=RoundState.PLANNED, series=series)


def full_with_ben_waiting(arrange, world):
    round = arrange("A letter never sent", days=21, places=1, availability=Availability.FULL)
    BookingFactory(round=round, person=world.cleo)
    BookingFactory(round=round, person=world.ben, state=BookingState.WAITING)
    return round


def begun_today(arrange, world):
    """It starts in 20 minutes, so that the door and the box are open. Ben has a place."""
    round = arrange("Thrown in at the deep end", days=0, starts_at=NOON + dt.timedelta(minutes=20))
    BookingFactory(round=round, person=world.ben)
    BookingFactory(round=round, person=world.cleo)
    FeedbackBoxFactory(round=round, room_code="K7MQ3H")
    return round


def called_off(arrange, world):
    flooded = "The room is flooded."
    round = arrange("The bed by the window", days=10, state=RoundState.CANCELLED, cancelled_reason=flooded)
    BookingFactory(round=round, person=world.ben)
    return round


def closed(arrange):
    round = arrange("The patient I still think about", days=-14, state=RoundState.CLOSED)
    RegisterFactory(round=round, headcount=41, closed_at=round.ends_at)
    RoundFigureFactory(round=round, headcount=40)
    counted(round, values=ANSWERS, forms=32, comments=["I felt less alone.", "It stays with me."])
    return round


def years_of_answers(here):
    """To eight half-years that are over: in the second other words, in the fourth too few, in the fifth all were warm;
    and online to questions of their own."""
    own = Questionnaire.objects.get(code="own")
    before = Questionnaire.objects.create(code=own.code, version=0, name=own.name)
    few = Questionnaire.objects.create(code="few", version=1, name="Questions for few")
    for asked in (before, few):
        asked.items.create(number=1, construct="insight", text="What I heard opened my eyes.", scale="agreement")
    half_year = HalfYear.called("2022-10")
    for number in range(8):
        day = dt.datetime.combine(half_year.begins + dt.timedelta(days=40), dt.time(12, 30), LONDON)
        _answered(here, day, before if number < 2 else own, {5: 9, 1: 1} if number == 4 else {5: 24 + number, 2: 9})
        if number > 5:
            _answered(here, day + dt.timedelta(days=7), few, {5: 12, 1: 3})
        half_year = half_year.after()
    for system, each in half_year_answers.to_keep(NOON):
        half_year_answers.keep(system=system, half_year=each)


def _answered(here, day, questionnaire, values):
    round = RoundFactory(
        system=here.system,
        state=RoundState.CLOSED,
        starts_at=day,
        booking_opens_at=day - dt.timedelta(days=30),
        booking_closes_at=day - dt.timedelta(hours=1),
    )
    RoundFigureFactory(round=round, headcount=45)
    box = counted(round, values={})
    FeedbackBox.objects.filter(pk=box.pk).update(questionnaire=questionnaire)
    about = {"round_id": round.pk, "questionnaire_id": questionnaire.pk, "item_id": questionnaire.items.first().pk}
    ItemCount.objects.bulk_create(ItemCount(**about, value=value, n=n) for value, n in values.items())


def settings_wait(system, olu):
    """What an administrator has said and not yet saved, with a picture."""
    file = io.BytesIO()
    Image.new("RGB", (88, 88), "#ffffff").save(file, "PNG")
    said = {name: getattr(system, name) for name in settings.FIELDS}
    said |= {"colour": "#5b2a86", "quiet_from": "20:00:00", "quiet_until": "07:00:00", "logo_says": "North Vale"}
    uploads.keep(by=olu, kind="settings", name="settings", content=file.getvalue(), said=said, now=NOON)


def letters_are_uncertain(here):
    """Several invitations and one reminder; and those to many stand still."""
    said = {"system": here.system.pk, "about": here.coming.pk, "address": "rota@quarrylane.example"}
    moments = dict.fromkeys(("created_at", "due_at", "handed_at"), NOON)
    for number, kind in enumerate(["invitation"] * 4 + ["reminder"]):
        key = {"dedupe_key": f"uncertain:{number}", "message_id": f"<{number}@rounds.example>"}
        Delivery.objects.get_or_create(kind=kind, state="uncertain", **key, defaults=said | moments)
    Pace.objects.update_or_create(
        lane_rank=1, defaults={"paused_until": NOON + dt.timedelta(minutes=15), "reason": "relay"}
    )


def something_was_logged(here):
    with transaction.atomic():
        audit.record(Act.ROLE_GIVEN, by=here.olu, about=here.ada.pk, where=here.system, now=NOON, role="facilitator")
    openings.opened(Opened.REGISTER, round=here.today, by=here.ada, now=NOON)


def two_lists_wait(olu):
    """Files that an administrator has chosen and not yet accepted."""
    organisations = (ROOT / "tests" / "data" / "ods_list.csv").read_bytes()
    uploads.keep(by=olu, kind="organisations", name="ods.csv", content=organisations, now=NOON)
    staff = (
        "Name,Email,Organisation code,Staff group,Site\nWren New,wren@elmbridge.example,{code},Nursing,\n,nobody,,,\n"
    )
    code = Organisation.objects.get(name__startswith="Elmbridge").code
    uploads.keep(by=olu, kind="staff", name="staff.csv", content=staff.format(code=code).encode(), now=NOON)


def private_words():
    """What no tab and no address may say: the titles of Rounds and the names of people."""
    titles = Round.objects.order_by().values_list("title", flat=True)
    people = Person.objects.order_by().exclude(name="").values_list("name", flat=True)
    return [*titles, *people]
