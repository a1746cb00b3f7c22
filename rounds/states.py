"""The states of a Round and the moves between them, as a table; what places and bookings may be."""

from dataclasses import dataclass
from datetime import UTC, timedelta

from django.db import models
from django.utils.timezone import localtime

# What is kept of whoever comes to a Round that nobody books, as facilitators and guests read it alike.
AT_THE_DOOR_OF_ONE_NOBODY_BOOKS = (
    "Nobody books. At the door everyone is counted; a name is noted only where somebody gives it, and is kept until "
    "30 days after the Round."
)


class RoundState(models.TextChoices):
    IDEA = "idea", "Idea"
    PLANNED = "planned", "Planned"
    PUBLISHED = "published", "Published"
    HELD = "held", "Held"
    CLOSED = "closed", "Closed"
    POSTPONED = "postponed", "Postponed"
    CANCELLED = "cancelled", "Cancelled"


TOOK_PLACE = {RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED}
GOES_ON = TOOK_PLACE | {RoundState.PLANNED}
CALLED_OFF = {RoundState.CANCELLED, RoundState.POSTPONED}


class Who(models.TextChoices):
    """Who makes a Round what it becomes."""

    PLANS = "plans", "Whoever may plan Rounds there"
    KEEPS = (
        "keeps",
        "Those who keep it, whoever may plan there once nobody does, and administrators of its system",
    )
    ARRANGES = "arranges", "Its facilitators, and administrators of its system or host"
    FACILITATES = "facilitates", "Its facilitators"
    CLOCK = "clock", "The clock"


@dataclass(frozen=True)
class Move:
    """From one state to another (None: from nothing, or to nothing): who may, the view that does it, the kinds of
    letters that tell of it, and how it stands in the security log (``members.models.audit.Act``)."""

    before: RoundState | None
    after: RoundState | None
    who: Who
    view: str
    letters: tuple[str, ...]
    act: str


# The only ways there are; ``actions.moves`` lets nothing else through, and docs/states.md shows the same.
TABLE = [
    Move(None, RoundState.IDEA, Who.PLANS, "keep_idea", (), "rounds.idea_kept"),
    # Nobody was told of it, so nothing is left of one that is dropped.
    Move(RoundState.IDEA, None, Who.KEEPS, "drop_idea", (), "rounds.idea_dropped"),
    Move(None, RoundState.PLANNED, Who.PLANS, "plan_round", (), "rounds.planned"),
    Move(RoundState.IDEA, RoundState.PLANNED, Who.PLANS, "plan_round", (), "rounds.planned"),
    Move(RoundState.PLANNED, RoundState.PUBLISHED, Who.ARRANGES, "publish_round", (), "rounds.published"),
    # Only while nobody was written to, or has booked: so only those who may know whether somebody has.
    Move(RoundState.PUBLISHED, RoundState.PLANNED, Who.FACILITATES, "unpublish_round", (), "rounds.unpublished"),
    *(
        Move(
            before,
            RoundState.POSTPONED,
            Who.ARRANGES,
            "confirm_change",
            ("round_postponed", "news"),
            "rounds.postponed",
        )
        for before in (RoundState.PLANNED, RoundState.PUBLISHED)
    ),
    # To where it was: published again if it had been, else planned.
    *(
        Move(RoundState.POSTPONED, after, Who.ARRANGES, "confirm_change", ("round_new_date", "news"), "rounds.new_date")
        for after in (RoundState.PUBLISHED, RoundState.PLANNED)
    ),
    *(
        Move(
            before,
            RoundState.CANCELLED,
            Who.ARRANGES,
            "confirm_change",
            ("round_cancelled", "news"),
            "rounds.cancelled",
        )
        for before in (RoundState.PLANNED, RoundState.PUBLISHED, RoundState.POSTPONED)
    ),
    Move(RoundState.PUBLISHED, RoundState.HELD, Who.CLOCK, "", (), "rounds.held"),
    Move(RoundState.HELD, RoundState.CLOSED, Who.CLOCK, "", (), "rounds.closed"),
]
MOVES = {state: {move.after for move in TABLE if move.before == state and move.after} for state in RoundState}
# What can be cancelled is neither over nor called off already.
MAY_STILL_BE = {state for state, onward in MOVES.items() if RoundState.CANCELLED in onward}


def move_to(before, after):
    """The line of the table; None where there is none."""
    return next((move for move in TABLE if (move.before, move.after) == (before, after)), None)


class Kind(models.TextChoices):
    """What a Round is for. Each has rules of its own (``actions.fidelity``)."""

    ORDINARY = "ordinary", "An ordinary Round"
    UNIT = "unit", "A unit-based Round"
    RESPONSIVE = "responsive", "A responsive Round"
    TEAM_TIME = "team_time", "Team Time"
    STUDENT = "student", "A Round for students"


KINDS_IN_SHORT = {
    Kind.ORDINARY: "For everyone whom it invites, from any team",
    Kind.UNIT: "For the people of one ward, clinic or service",
    Kind.RESPONSIVE: "After a hard event, at short notice",
    Kind.TEAM_TIME: "One team of 8 to 30 people, for 30 to 45 minutes",
    Kind.STUDENT: "A university or college hosts it",
}
# All who come know each other, so no figure tells how many these were.
OF_ONE_TEAM = (Kind.UNIT, Kind.TEAM_TIME, Kind.STUDENT)
# Letters go to whole partners, and so further than to those whom these are for.
FOR_PART_OF_A_PARTNER = (Kind.UNIT, Kind.TEAM_TIME)


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


class Access(models.TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"


class Diet(models.TextChoices):
    """What a caterer cooks for; whatever else somebody eats or may not eat they say in their own words."""

    VEGETARIAN = "vegetarian", "Vegetarian"
    VEGAN = "vegan", "Vegan"
    HALAL = "halal", "Halal"
    KOSHER = "kosher", "Kosher"
    GLUTEN = "gluten", "No gluten"
    DAIRY = "dairy", "No dairy"
    NUTS = "nuts", "No nuts"


class BookingState(models.TextChoices):
    PLACE = "place", "You have a place"
    WAITING = "waiting", "You are on the waiting list"
    OFFERED = "offered", "A place is yours if you want it"
    LAPSED = "lapsed", "The time to answer has passed"
    CANCELLED = "cancelled", "Your place is cancelled"


class Keeping(models.TextChoices):
    """For whom places are kept: for people who book them by name, or for a group that is a number."""

    RESERVE = "reserve", "Reserved"
    GROUP = "group", "For a group"


# Nobody else can have these: a place that is offered is not taken yet, but it is held.
HOLDING = [BookingState.PLACE, BookingState.OFFERED]
# What has ended: the person may book again, and that is another booking.
ENDED = [BookingState.LAPSED, BookingState.CANCELLED]


class Jump(models.TextChoices):
    """Why somebody comes before those who joined earlier, as those read it."""

    SMALL_PARTNER = "small_partner", "a place was kept for a smaller partner"
    SELDOM = "seldom", "a place was kept for somebody whose shifts seldom let them come"
    MISTAKE = "mistake", "a mistake of ours was put right"
    ASKED = "asked", "the team of the Round asked somebody to come"


# Why somebody with a reserved place comes before those who joined earlier, as these read it.
RESERVED = "a place was reserved for the people of a partner"


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
IN_ORDER_UNTIL = timedelta(hours=48)


def last_minute(starts_at, now) -> bool:
    """Whether a freed place is open to whoever takes it first, instead of going to the first in the queue.

    Neither offered nor given outright then: a place that waits for an answer, or belongs to somebody who does not know
    it yet, would stand empty, while anyone who looks can come, and walk-ins are never refused.
    """
    return now >= starts_at - IN_ORDER_UNTIL


# How long an offer stands at least, the longer the further ahead the Round is; and when nobody could still set out.
TIME_TO_ANSWER = [(timedelta(days=14), timedelta(days=2)), (timedelta(days=7), timedelta(days=1))]
SHORTEST_TO_ANSWER = timedelta(hours=6)
ANSWERED_BEFORE = timedelta(hours=24)
HOUR_OF_ANSWERS = 17
SATURDAY = 5


def answer_by(starts_at, now):
    """Until when a place that is offered now is held: 5pm of a working day, and at the latest a day before the Round.
    None in the last 48 hours, when none is offered any more."""
    if last_minute(starts_at, now):
        return None
    ahead = starts_at - now
    least = now + next((time for days, time in TIME_TO_ANSWER if ahead >= days), SHORTEST_TO_ANSWER)
    evening = localtime(least).replace(hour=HOUR_OF_ANSWERS, minute=0, second=0, microsecond=0)
    while evening < least or evening.weekday() >= SATURDAY:
        evening += timedelta(days=1)
    return min(evening.astimezone(UTC), starts_at - ANSWERED_BEFORE)


def renewed_answer_by(starts_at, ends_at, now):
    """Until when an offer holds that was made before its Round moved: as one that is made now. In the last 48 hours,
    when none is made any more, it ends when it would have, but leaves six hours to answer, and never later than a day
    before the Round. None where there are no six hours until then: it ends at once."""
    if not last_minute(starts_at, now):
        return answer_by(starts_at, now)
    soonest, latest = now + SHORTEST_TO_ANSWER, starts_at - ANSWERED_BEFORE
    return min(max(ends_at, soonest), latest) if soonest <= latest else None


# Whoever hears of a change so late may be on their way: it has words, a banner and telephone calls of its own.
SHORT_NOTICE = timedelta(hours=24)


def at_short_notice(*starts, now):
    """Those of these beginnings that are so near."""
    return [start for start in starts if start <= now + SHORT_NOTICE]


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
# And whoever has these was not left alone with it.
LOOKED_AFTER_BY = [Step.DEBRIEFED, Step.FOLLOW_UP, Step.THANKED]
# Whoever has all but these is ready for the day.
FROM_THE_DAY = [Step.THERE, *LOOKED_AFTER_BY]
READY = "Ready for the day"
# By when a step is best done, in days before the Round (after it, where negative). The rest is done by asking, by the
# storyteller, or by setting the order.
DAYS_BEFORE = {
    Step.ONE_TO_ONE: 14,
    Step.UNRECOGNISABLE: 10,
    Step.GROUP: 7,
    Step.THERE: 0,
    Step.DEBRIEFED: 0,
    Step.FOLLOW_UP: -3,
    Step.THANKED: -7,
}


class Voice(models.TextChoices):
    """What somebody who tells a story works as, for the mix of voices."""

    CLINICAL = "clinical", "Clinical"
    NOT_CLINICAL = "not_clinical", "Not clinical"
    ELSEWHERE = "elsewhere", "From elsewhere"


class StartStep(models.TextChoices):
    """How a partner comes to host Rounds, in this order."""

    INTERESTED = "interested", "Interested"
    SPONSOR = "sponsor", "Sponsor found"
    FACILITATORS = "facilitators", "Two facilitators named"
    TRAINED = "trained", "Both trained"
    STEERING = "steering", "Steering group formed"
    LICENCE = "licence", "Covered by the licence"
    PLANNED = "planned", "First Round planned"
    HELD = "held", "First three Rounds held"


# What was agreed or done outside the portal.
BY_HAND = frozenset(
    {StartStep.SPONSOR, StartStep.FACILITATORS, StartStep.TRAINED, StartStep.STEERING, StartStep.LICENCE}
)


class LineKind(models.TextChoices):
    """What came of a meeting of the steering group."""

    DECISION = "decision", "Decision"
    ACTION = "action", "Action"


class DebriefOf(models.TextChoices):
    """Who talks a Round through afterwards."""

    COMMITTEE = "committee", "The committee"
    PANEL = "panel", "The panel"


class Use(models.TextChoices):
    """What a storyteller may allow with what they tell, each by itself. All of it is done by people: the portal has a
    bank of themes, and keeps no story for any of it."""

    THEME = "theme", "A facilitator may keep the theme for later Rounds, without my words and without me"
    TRAINING = (
        "training",
        "Facilitators may tell what it was about when they train others, so that nobody is recognised",
    )


class BackfillState(models.TextChoices):
    """Of hours of cover that were asked for."""

    ASKED = "asked", "Asked for"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    INVOICED = "invoiced", "Invoiced"
    PAID = "paid", "Paid"


# {state: {next state: whether it is for those who pay, else for the partner that asked}}
BACKFILL = {
    BackfillState.ASKED: {
        BackfillState.APPROVED: True,
        BackfillState.DECLINED: True,
        BackfillState.WITHDRAWN: False,
    },
    BackfillState.APPROVED: {BackfillState.INVOICED: False, BackfillState.WITHDRAWN: False},
    BackfillState.INVOICED: {BackfillState.PAID: True},
    BackfillState.DECLINED: {},
    BackfillState.WITHDRAWN: {},
    BackfillState.PAID: {},
}
