"""Several Rounds planned by one rule, and a change of one Round and all later ones of its series.

Each Round is planned, moved and reworded as any other (``rounds.actions.scheduling``): a series decides nothing about
them. What people have been told of is never changed from here.
"""

from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, timedelta
from uuid import uuid5

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from rounds.days import moments
from rounds.models import Round, Series, TeamMember
from rounds.states import RoundState
from rounds_site.kit.acting import acting
from rounds_site.kit.formats import MONTHS, nhs_date, nhs_range
from rounds_site.kit.refusals import Refused

from . import registration, scheduling

OPENS_AT = 9
LONGEST_TITLE = Round._meta.get_field("title").max_length


@dataclass(frozen=True)
class Booking:
    """When booking of each opens (days before, at 9am) and closes: "day" (5pm the day before), "hour" or "start"."""

    opens_days: int
    closes: str

    def times(self, starts_at, now):
        """By the clock on the wall; booking that would have closed by now closes when the Round starts."""
        local = timezone.localtime(starts_at)
        opens_at = (local - timedelta(days=self.opens_days)).replace(hour=OPENS_AT, minute=0)
        closes_at = {
            "day": (local - timedelta(days=1)).replace(hour=17, minute=0),
            "hour": starts_at - timedelta(hours=1),
            "start": starts_at,
        }[self.closes].astimezone(UTC)
        return {
            "booking_opens_at": opens_at.astimezone(UTC),
            "booking_closes_at": closes_at if closes_at > now else starts_at,
        }


# Of Rounds that nobody books: from when their staff may be invited.
JUST_COME = Booking(opens_days=42, closes="start")


def title_of(pattern, day):
    return pattern.replace("[month]", MONTHS[day.month - 1])[:LONGEST_TITLE]


def plan(*, by, now, draft, rule, days, booking, title, new_room=None, **fields):
    """Save a Round as planned on each of these days, or none; nobody is told. Returns the series.

    `draft` becomes its key, so that a double click gives one series; `fields` as ``scheduling.plan`` takes them.
    """
    if saved := Series.objects.filter(pk=draft).first():
        return _own(saved, by)
    if not days:
        raise Refused("Choose at least one day.")
    try:
        return _save(by, now, draft, rule, sorted(days), booking, title, new_room, fields)
    except IntegrityError:
        if saved := Series.objects.filter(pk=draft).first():
            return _own(saved, by)
        raise


def _own(saved, by):
    if saved.planned_by_id != by.pk:
        raise Refused("Someone else has saved this series. Start a new one.")
    return saved


@transaction.atomic
def _save(by, now, draft, rule, days, booking, title, new_room, fields):
    host = {name: fields.get(name) for name in ("host_organisation", "host_place")}
    words = vars(rule) | {"months_off": list(rule.months_off)}
    series = Series(id=draft, system=fields["system"], title=title, planned_by=by, **host, **words)
    series.save(force_insert=True)
    for day in days:
        starts_at, ends_at = _moments(day, rule)
        with _saying(day):
            round = scheduling.plan(
                draft=uuid5(draft, day.isoformat()),
                series=series,
                title=title_of(title, day),
                starts_at=starts_at,
                ends_at=ends_at,
                new_room=new_room,
                by=by,
                now=now,
                **booking.times(starts_at, now),
                **fields,
            )
        if new_room:
            # The others meet in the room that was made with the first.
            new_room, fields = None, fields | {"venue": round.venue}
    return series


def _moments(day, clock):
    try:
        return moments(day, clock.starts, clock.ends)
    except ValidationError as skipped:
        raise Refused(f"{nhs_date(day)}: {skipped.message}.") from None


@contextmanager
def _saying(day):
    """A refusal says of which day it speaks."""
    try:
        yield
    except Refused as refusal:
        raise Refused(f"{nhs_date(day)}: {refusal}") from None


# --- This Round and all later ones ---------------------------------------------------------------


@dataclass(frozen=True)
class Times:
    """Other times of day; every Round stays on its day, also one that was moved to another by itself."""

    starts: object
    ends: object

    def before(self, round):
        return nhs_range(round.starts_at, round.ends_at)

    def make(self, round, *, by, now):
        starts_at, ends_at = _moments(timezone.localdate(round.starts_at), self)
        if (starts_at, ends_at) != (round.starts_at, round.ends_at):
            changes = {"starts_at": starts_at, "ends_at": ends_at}
            scheduling.move(round=round, changes=changes, seen_version=round.version, by=by, now=now)

    def differs(self, round, *, by, now):
        starts_at, ends_at = _moments(timezone.localdate(round.starts_at), self)
        after = copy(round)
        scheduling.apply_changes(after, {"starts_at": starts_at, "ends_at": ends_at}, by=by, now=now)
        return bool(scheduling.what_changes(round, after))


class Where:
    """Another room, way to join or number of places."""

    def __init__(self, changes):
        self.changes = changes

    def before(self, round):
        numbers = " and ".join(str(round.places_for(way)) for way in round.ways)
        return f"{round.venue.name if round.venue else 'online'}, {numbers} places"

    def make(self, round, *, by, now):
        if not self.differs(round, by=by, now=now):
            return
        moved = scheduling.move(round=round, changes=self.changes, seen_version=round.version, by=by, now=now)
        if self.changes.pop("new_room", None):
            self.changes["venue"] = moved.venue

    def differs(self, round, *, by, now):
        after = copy(round)
        scheduling.apply_changes(after, self.changes, by=by, now=now)
        return bool(scheduling.what_changes(round, after))


@dataclass(frozen=True)
class Titles:
    pattern: str

    def before(self, round):
        return ""

    def make(self, round, *, by, now):
        title = title_of(self.pattern, timezone.localtime(round.starts_at))
        said = {name: getattr(round, name) for name in ("unit", "about", "food")}
        scheduling.reword(round=round, title=title, **said, by=by, now=now)

    def differs(self, round, *, by, now):
        return round.title != title_of(self.pattern, timezone.localtime(round.starts_at))


@dataclass(frozen=True)
class Team:
    """Other facilitators; only of Rounds that whoever asks facilitates, as everywhere."""

    facilitators: list

    def before(self, round):
        return ", ".join(str(member.person) for member in _team(round))

    def make(self, round, *, by, now):
        scheduling.name_facilitators(round=round, facilitators=self.facilitators, by=by, now=now)

    def differs(self, round, *, by, now):
        team = {member.person_id for member in _team(round)}
        if by.pk not in team:
            raise Refused("You do not facilitate it.")
        return team != {person.pk for person in self.facilitators}


def _team(round):
    team = TeamMember.objects.facilitating().filter(round=round).select_related("person")
    return team.order_by("person__name", "person_id")


@dataclass(frozen=True)
class Line:
    """One of the later Rounds in a preview: what it is like now, and why it stays so, or "" where it changes."""

    round: Round
    before: str
    why_not: str

    @property
    def key(self):
        return f"{self.round.pk}:{self.round.version}"


TOLD = "It is published, and people may have been told. Change it by itself, so that they hear of it."


def preview(rounds, change, *, by, now):
    """What becomes of each of these Rounds; changes nothing."""
    return [Line(round, change.before(round), _why_not(round, change, by, now)) for round in rounds]


def _why_not(round, change, by, now):
    if round.state != RoundState.PLANNED:
        return TOLD if round.state == RoundState.PUBLISHED else f"It is {round.get_state_display().lower()}."
    try:
        return "" if change.differs(round, by=by, now=now) else "It is like that already."
    except Refused as refusal:
        return str(refusal)


@acting
def change_rest(*, rounds, change, by, now):
    """All of these Rounds, or none. They are locked in the order of their keys, as everywhere.

    `rounds` as they were when the preview was drawn: one that was published or changed since is refused, and with it
    the whole change.
    """
    for seen in sorted(rounds, key=lambda each: each.pk):
        with _saying(timezone.localdate(seen.starts_at)):
            held = registration.lock(seen.pk)
            if held.state != RoundState.PLANNED or held.version != seen.version:
                raise Refused("It has changed since you looked.")
            change.make(held, by=by, now=now)
    if isinstance(change, Titles):
        Series.objects.filter(pk=rounds[0].series_id).update(title=change.pattern)
