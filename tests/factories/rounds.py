"""Rounds, venues and bookings for tests, around noon of 3 March 2027 (see ``tests.worlds``)."""

import datetime as dt
from zoneinfo import ZoneInfo

import factory

from rounds.models import Booking, PreparationStep, Round, RoundPartner, Storyteller, TeamMember, Venue
from rounds.states import BookingState, Format, RoundState, Step, TeamPart, Way

from .members import Made, OrganisationFactory, PersonFactory, SystemFactory

LONDON = ZoneInfo("Europe/London")


class VenueFactory(Made):
    class Meta:
        model = Venue

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Lecture theatre {n}")
    address = "Elmbridge Hospital"
    getting_in = "Step-free from the main entrance. Hearing loop."
    room_limit = 200


class RoundFactory(Made):
    """A published Round a fortnight ahead, open for booking. `partners=[…]` invites, `facilitators=[…]` run it."""

    class Meta:
        model = Round

    system = factory.SubFactory(SystemFactory)
    title = factory.Sequence(lambda n: f"Thrown in at the deep end {n}")
    about = "The first shift alone. Colleagues tell us how it felt, and the room listens."
    format = Format.IN_PERSON
    starts_at = dt.datetime(2027, 3, 17, 12, 30, tzinfo=LONDON)
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + dt.timedelta(hours=1))
    venue = factory.Maybe("held_in_a_room", factory.SubFactory(VenueFactory), None)
    joining_details = factory.LazyAttribute(
        lambda o: "" if o.format == Format.IN_PERSON else "https://meet.northvale.example/round"
    )
    places = factory.LazyAttribute(lambda o: None if o.format == Format.ONLINE else 60)
    online_places = factory.LazyAttribute(lambda o: None if o.format == Format.IN_PERSON else 100)
    state = RoundState.PUBLISHED
    published_at = factory.LazyAttribute(
        lambda o: None if o.state == RoundState.PLANNED else dt.datetime(2027, 2, 15, 9, 0, tzinfo=LONDON)
    )
    booking_opens_at = dt.datetime(2027, 2, 20, 9, 0, tzinfo=LONDON)
    booking_closes_at = factory.LazyAttribute(lambda o: o.starts_at - dt.timedelta(hours=1))
    reminder_days = factory.LazyFunction(lambda: [7, 1])

    class Params:
        held_in_a_room = factory.LazyAttribute(lambda o: o.format != Format.ONLINE)

    @factory.post_generation
    def partners(self, create, organisations, **fields):
        for organisation in organisations or []:
            RoundPartner.objects.create(round=self, organisation=organisation)

    @factory.post_generation
    def facilitators(self, create, people, **fields):
        for person in people or []:
            TeamMember.objects.create(round=self, person=person, part=TeamPart.FACILITATOR)


class TeamMemberFactory(Made):
    class Meta:
        model = TeamMember

    round = factory.SubFactory(RoundFactory)
    person = factory.SubFactory(PersonFactory)
    part = TeamPart.FACILITATOR


class BookingFactory(Made):
    """A place; `queue_number` is the next of its Round."""

    class Meta:
        model = Booking

    round = factory.SubFactory(RoundFactory)
    person = factory.SubFactory(PersonFactory)
    way = factory.LazyAttribute(lambda o: o.round.ways[0] if o.round else Way.IN_PERSON)
    state = BookingState.PLACE
    queue_number = factory.LazyAttribute(lambda o: o.round.bookings.count() + 1)
    changed_at = dt.datetime(2027, 3, 1, 12, 0, tzinfo=LONDON)


class StorytellerFactory(Made):
    """Somebody who was asked, with all steps before them. `done=[Step.AGREED, …]` have been done on 1 March."""

    class Meta:
        model = Storyteller

    round = factory.SubFactory(RoundFactory)
    person = factory.SubFactory(PersonFactory)

    @factory.post_generation
    def done(self, create, kinds, **fields):
        behind = {Step.APPROACHED, *(kinds or [])}
        for kind in Step:
            done_on = dt.date(2027, 3, 1) if kind in behind else None
            PreparationStep.objects.create(storyteller=self, kind=kind, done_on=done_on)
