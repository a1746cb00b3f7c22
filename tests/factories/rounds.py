"""Rounds, venues and bookings for tests, around noon of 3 March 2027 (see ``tests.worlds``)."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import factory

from members.models import Delivery
from rounds.models import (
    Approach,
    Backfill,
    Booking,
    DiaryEntry,
    Offer,
    PreparationStep,
    Round,
    RoundPartner,
    Series,
    Storyteller,
    TeamMember,
    Theme,
    ThemeUse,
    Venue,
)
from rounds.states import BookingState, Format, RoundState, Step, TeamPart, Way

from .members import Made, OrganisationFactory, PersonFactory, SystemFactory

LONDON = ZoneInfo("Europe/London")


class VenueFactory(Made):
    class Meta:
        model = Venue

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Lecture theatre {n}")
    address = "Elmbridge Hospital"
    getting_in = "Through the main entrance."
    room_limit = 200
    step_free = hearing_loop = quiet_space = "yes"


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


class SeriesFactory(Made):
    """Every second Tuesday from March 2027 on; its Rounds are made apart."""

    class Meta:
        model = Series

    system = factory.SubFactory(SystemFactory)
    title = "Schwartz Round in [month]"
    week = 2
    weekday = 1
    first_on = dt.date(2027, 3, 9)
    number = 10
    starts = dt.time(12, 30)
    ends = dt.time(13, 30)


class IdeaFactory(RoundFactory):
    """An idea, kept by its `facilitators`."""

    state = RoundState.IDEA
    format = ""
    starts_at = ends_at = venue = places = online_places = published_at = None
    joining_details = ""
    booking_opens_at = booking_closes_at = None
    reminder_days = factory.LazyFunction(list)


class TeamMemberFactory(Made):
    class Meta:
        model = TeamMember

    round = factory.SubFactory(RoundFactory)
    person = factory.SubFactory(PersonFactory)
    part = TeamPart.FACILITATOR


class BookingFactory(Made):
    """A place; `queue_number` is the next of its Round. `in_diary=True`: and its entry, without the letter."""

    class Meta:
        model = Booking

    round = factory.SubFactory(RoundFactory)
    person = factory.SubFactory(PersonFactory)
    way = factory.LazyAttribute(lambda o: o.round.ways[0] if o.round else Way.IN_PERSON)
    state = BookingState.PLACE
    queue_number = factory.LazyAttribute(lambda o: o.round.bookings.count() + 1)
    changed_at = dt.datetime(2027, 3, 1, 12, 0, tzinfo=LONDON)

    @factory.post_generation
    def in_diary(self, create, wanted, **fields):
        if wanted:
            DiaryEntryFactory(booking=self, **fields)


class DiaryEntryFactory(Made):
    """The first of its booking, in the diary of the person's own address; `gone=True`: by a letter that left."""

    class Meta:
        model = DiaryEntry

    id = factory.SelfAttribute("booking.id")
    created_at = factory.SelfAttribute("booking.changed_at")
    booking = factory.SubFactory(BookingFactory)
    address = factory.SelfAttribute("booking.person.email")
    style = factory.SelfAttribute("booking.person.diary_style")
    sequence = factory.SelfAttribute("booking.round.version")

    @factory.post_generation
    def gone(self, create, wanted, **fields):
        if wanted:
            Delivery.objects.create(
                **dict.fromkeys(["created_at", "due_at", "handed_at"], self.created_at),
                kind="diary_entry",
                dedupe_key=f"diary:{self.pk}:{self.sequence}",
                person=self.booking.person,
                about=self.booking.round_id,
                part=self.pk,
                state="sent",
            )


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


class BackfillFactory(Made):
    class Meta:
        model = Backfill

    round = factory.SubFactory(RoundFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    staff_group = "social_care"
    hours = Decimal("6")
    rate = Decimal("14.50")
    changed_at = factory.LazyAttribute(lambda o: o.round.booking_opens_at)


class OfferFactory(Made):
    class Meta:
        model = Offer

    system = factory.SubFactory(SystemFactory)
    person = factory.SubFactory(PersonFactory)
    reader = factory.SubFactory(PersonFactory)
    created_at = dt.datetime(2027, 3, 1, 12, 0, tzinfo=LONDON)


class ApproachFactory(Made):
    """Of `person`, or of a typed `name`."""

    class Meta:
        model = Approach

    system = factory.SubFactory(SystemFactory)
    person = factory.Maybe("name", yes_declaration=None, no_declaration=factory.SubFactory(PersonFactory))
    name = ""
    by = factory.SubFactory(PersonFactory)
    created_at = dt.datetime(2027, 3, 1, 12, 0, tzinfo=LONDON)


class ThemeFactory(Made):
    """`rounds=[…]` were held under it."""

    class Meta:
        model = Theme

    system = factory.SubFactory(SystemFactory)
    title = "Thrown in at the deep end"

    @factory.post_generation
    def rounds(self, create, held, **fields):
        for round in held or []:
            ThemeUse.objects.create(theme=self, round=round)
