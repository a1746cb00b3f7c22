"""The states of a Round and the moves between them, as a table; what places and bookings may be."""

from datetime import timedelta

from django.db import models


class RoundState(models.TextChoices):
    IDEA = "idea", "Idea"
    PLANNED = "planned", "Planned"
    PUBLISHED = "published", "Published"
    HELD = "held", "Held"
    CLOSED = "closed", "Closed"
    POSTPONED = "postponed", "Postponed"
    CANCELLED = "cancelled", "Cancelled"


MOVES = {
    RoundState.IDEA: {RoundState.PLANNED, RoundState.CANCELLED},
    RoundState.PLANNED: {RoundState.PUBLISHED, RoundState.POSTPONED, RoundState.CANCELLED},
    RoundState.PUBLISHED: {RoundState.HELD, RoundState.POSTPONED, RoundState.CANCELLED},
    RoundState.POSTPONED: {RoundState.PLANNED, RoundState.PUBLISHED, RoundState.CANCELLED},
    RoundState.HELD: {RoundState.CLOSED},
    RoundState.CLOSED: set(),
    RoundState.CANCELLED: set(),
}


class Format(models.TextChoices):
    IN_PERSON = "in_person", "In person"
    ONLINE = "online", "Online"
    HYBRID = "hybrid", "In person and online"


class Way(models.TextChoices):
    """How one person comes to a Round."""

    IN_PERSON = "in_person", "In person"
    ONLINE = "online", "Online"


WAYS = {
    Format.IN_PERSON: [Way.IN_PERSON],
    Format.ONLINE: [Way.ONLINE],
    Format.HYBRID: [Way.IN_PERSON, Way.ONLINE],
}


class BookingState(models.TextChoices):
    PLACE = "place", "You have a place"
    WAITING = "waiting", "You are on the waiting list"
    CANCELLED = "cancelled", "Your place is cancelled"


class Availability(models.TextChoices):
    """All that anyone outside the team learns about places: never a number, since a falling one betrays a booking."""

    AVAILABLE = "available", "Places available"
    SOME = "some", "Some places left"
    FULL = "full", "Full: join the waiting list"


def availability(previous: str, *, places: int, taken: int) -> Availability:
    """The word for what is left, with hysteresis, so that one cancellation near the edge does not show.

    "Some places left" begins at a fifth left and ends only when three tenths are free again.
    """
    free = max(places - taken, 0)
    if free == 0:
        return Availability.FULL
    edge = 0.2 if previous == Availability.AVAILABLE else 0.3
    return Availability.AVAILABLE if free > places * edge else Availability.SOME


# From then on nobody can be relied on to read a letter in time: a freed place waits for whoever looks.
GIVEN_OUTRIGHT_UNTIL = timedelta(hours=48)


def last_minute(starts_at, now) -> bool:
    """Whether a freed place is open to whoever takes it first, instead of going to the first in the queue."""
    return now >= starts_at - GIVEN_OUTRIGHT_UNTIL


class TeamPart(models.TextChoices):
    FACILITATOR = "facilitator", "Facilitator"
    HELPER = "helper", "Helps at the door"


class Step(models.TextChoices):
    """From the first question to the last word of thanks, in the order in which a facilitator sees to them."""

    APPROACHED = "approached", "Approached"
    AGREED = "agreed", "Agreed"
    ONE_TO_ONE = "one_to_one", "One-to-one held"
    UNRECOGNISABLE = "unrecognisable", "The patient cannot be recognised"
    GROUP = "group", "Group preparation"
    ORDER = "order", "Order set"
    THERE = "there", "There on the day"
    DEBRIEFED = "debriefed", "Debriefed"
    FOLLOW_UP = "follow_up", "Follow-up offered"
    THANKED = "thanked", "Thanked"


# Whoever has these behind them is ready to speak.
PREPARED_BY = [Step.ONE_TO_ONE, Step.UNRECOGNISABLE, Step.GROUP]
