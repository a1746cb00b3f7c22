"""The small world with everything in it that a page can show: Rounds in every state, a box, figures, partners."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from evaluation.actions import paper
from members.actions import uploads
from members.models import Organisation, Person, Place
from rounds.models import Round, Storyteller
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
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory, VenueFactory
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
    coming: Round
    full: Round
    both_ways: Round
    last_minute: Round
    today: Round
    planned: Round
    called_off: Round
    closed: Round
    teller: Storyteller

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
        coming=coming,
        full=full_with_ben_waiting(arrange, world),
        both_ways=arrange("Between two wards", days=28, format=Format.HYBRID),
        last_minute=arrange("At the end of the corridor", days=1),
        today=begun_today(arrange, world),
        planned=arrange("What the night keeps", days=35, state=RoundState.PLANNED),
        called_off=called_off(arrange, world),
        closed=closed(arrange),
        teller=StorytellerFactory(
            round=coming, person=PersonFactory(name="Tola Teller", works_for=world.elmbridge), done=[Step.AGREED]
        ),
    )


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
