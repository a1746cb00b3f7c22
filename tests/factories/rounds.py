"""Rounds for tests, in any state and at any time: the actions would refuse one that is over."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import factory

from rounds.models import Booking, Round, RoundPartner, TeamMember, Venue
from rounds.states import BookingState, Format, RoundState, TeamPart, Way

from .members import Made, OrganisationFactory, PersonFactory, SystemFactory

LONDON = ZoneInfo("Europe/London")
WEDNESDAY = datetime(2027, 8, 4, 12, 30, tzinfo=LONDON)


class VenueFactory(Made):
    class Meta:
        model = Venue

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Lecture theatre {n}")
    address = "Elmbridge Hospital, Elm Road"
    getting_in = "Step-free from the main entrance. Hearing loop. Quiet room next door."
    room_limit = 80


class RoundFactory(Made):
    """Published, in person, 12:30pm to 1:30pm on Wednesday 4 August 2027, with 60 places.

    `partners=[…]` are invited, `facilitators=[…]` run it, `helpers=[…]` stand at the door.
    """

    class Meta:
        model = Round

    system = factory.SubFactory(SystemFactory)
    title = "Thrown in at the deep end"
    about = "The first shift alone, the first hard call, the first time nobody senior was there."
    format = Format.IN_PERSON
    starts_at = WEDNESDAY
    ends_at = factory.LazyAttribute(lambda made: made.starts_at + timedelta(hours=1))
    venue = factory.Maybe("in_a_room", factory.SubFactory(VenueFactory), None)
    places = factory.LazyAttribute(lambda made: 60 if made.in_a_room else None)
    online_places = factory.LazyAttribute(lambda made: 100 if made.format != Format.IN_PERSON else None)
    state = RoundState.PUBLISHED
    booking_opens_at = factory.LazyAttribute(lambda made: made.starts_at - timedelta(days=60))
    booking_closes_at = factory.LazyAttribute(lambda made: made.starts_at - timedelta(hours=1))
    reminder_days = factory.LazyFunction(lambda: [7, 1])
    published_at = factory.LazyAttribute(
        lambda made: None if made.state in (RoundState.IDEA, RoundState.PLANNED) else made.booking_opens_at
    )

    class Params:
        in_a_room = factory.LazyAttribute(lambda made: made.format != Format.ONLINE)
        planned = factory.Trait(state=RoundState.PLANNED)
        online = factory.Trait(format=Format.ONLINE)
        hybrid = factory.Trait(format=Format.HYBRID)

    @factory.post_generation
    def partners(self, create, partners, **fields):
        for organisation in partners or []:
            RoundPartner.objects.create(round=self, organisation=organisation)

    @factory.post_generation
    def facilitators(self, create, people, **fields):
        for person in people or []:
            TeamMember.objects.create(round=self, person=person, part=TeamPart.FACILITATOR)

    @factory.post_generation
    def helpers(self, create, people, **fields):
        for person in people or []:
            TeamMember.objects.create(round=self, person=person, part=TeamPart.HELPER)


class BookingFactory(Made):
    """A place; `state="waiting"` a turn in the queue, in the order of making."""

    class Meta:
        model = Booking

    round = factory.SubFactory(RoundFactory)
    person = factory.SubFactory(PersonFactory)
    way = Way.IN_PERSON
    state = BookingState.PLACE
    queue_number = factory.LazyAttribute(lambda made: made.round.bookings.count() + 1)
    changed_at = factory.LazyAttribute(lambda made: made.round.booking_opens_at)
