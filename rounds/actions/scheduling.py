"""Planning a Round, publishing it, inviting to it, moving and cancelling it, and what the clock makes of it.

Whoever calls has come through a door (``rounds.access``). Every change of a Round that exists locks its row first, as
booking does, so that neither works on what the other has just changed.
"""

from datetime import UTC
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from members import postbox
from members.actions import guests
from rounds import emails
from rounds.models import Booking, Round, RoundPartner, TeamMember, Venue
from rounds.states import MOVES, RoundState, TeamPart, Way
from rounds_site.kit.formats import thousands
from rounds_site.kit.refusals import Refused

from . import registration
from .arrangements import refuse_people, refuse_places, refuse_times
from .team import free_steps, is_facilitator, refuse_unless_facilitator

TIMES = {"starts_at", "ends_at", "booking_opens_at", "booking_closes_at"}
NUMBERS_OF_PLACES = {"places", "online_places"}
MOVABLE = TIMES | {"venue", "joining_details"} | NUMBERS_OF_PLACES
NUMBERS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]


class Stale(Refused):
    """The Round is no longer the one that the person decided about; they may look again and decide anew."""


class MoreThanSeen(Stale):
    """More people would get the letter now than the person agreed to."""


class TooSmall(Refused):
    """More people have a place than the change would leave; `field` says of which way."""

    def __init__(self, sentence, field):
        super().__init__(sentence)
        self.field = field


def plan(*, by, now, partners, facilitators, draft=None, new_room=None, **fields):
    """Save a Round as planned; nobody is told.

    `draft` is a random id that becomes the Round's: saving the same draft twice, as a double click does, gives the one
    Round. `new_room` holds the fields of a Venue that is made with it. All times are moments: whoever reads a clock
    time from a form has settled which moment it means.
    """
    draft = draft or uuid4()
    if saved := Round.objects.filter(pk=draft).first():
        return _own(saved, by)
    round = Round(id=draft, state=RoundState.PLANNED, planned_by=by, **fields)
    if new_room:
        round.venue = Venue(**new_room)
    partners, facilitators = list(partners), list(facilitators)
    if not round.title.strip():
        raise Refused("Enter a title.")
    refuse_times(round, now=now)
    refuse_places(round)
    refuse_people(round, partners, facilitators, now=now)
    try:
        _save(round, partners, facilitators)
    except IntegrityError:
        if saved := Round.objects.filter(pk=draft).first():
            # The other half of a double click was faster.
            return _own(saved, by)
        raise
    return round


@transaction.atomic
def _save(round, partners, facilitators):
    _save_room(round)
    round.save(force_insert=True)
    RoundPartner.objects.bulk_create(RoundPartner(round=round, organisation=each) for each in partners)
    TeamMember.objects.bulk_create(
        TeamMember(round=round, person=each, part=TeamPart.FACILITATOR) for each in facilitators
    )


def _save_room(round):
    """A room that was made with the Round, or with its move, is saved with it."""
    if round.venue and round.venue._state.adding:
        try:
            with transaction.atomic():
                round.venue.save(force_insert=True)
        except IntegrityError:
            raise Refused("There is a room of that name by now. Choose it from the list.") from None
        round.venue_id = round.venue.pk


def _own(saved, by):
    if saved.planned_by_id != by.pk:
        raise Refused("Someone else has saved this Round. Start a new one.")
    return saved


@transaction.atomic
def publish(*, round, by, now):
    """From now on those invited can find it; booking opens at its time. A second click changes nothing."""
    round = registration.lock(round.pk)
    if round.state == RoundState.PUBLISHED:
        return round
    _enter(round, RoundState.PUBLISHED)
    refuse_times(round, now=now)
    round.published_at = now
    round.save(update_fields=["state", "published_at"])
    return round


@transaction.atomic
def release_invitations(*, round, expected, by, now):
    """Let the letters go. `expected` is the number the person saw: never are more people written to than that."""
    round = registration.lock(round.pk)
    if round.invitations_released_at:
        return round
    if round.state != RoundState.PUBLISHED:
        raise Refused("Publish the Round first: the letter leads to its page.")
    if round.booking_closes_at <= now:
        raise Refused("Booking has closed, so there is nothing to invite people to.")
    number = emails.invitation_audience(round, now=now).count()
    if number > expected:
        more = thousands(number - expected)
        raise MoreThanSeen(
            f"{thousands(number)} people would get the letter now, {more} more than you saw. Look again."
        )
    round.invitations_released_at, round.invitations_released_by = now, by
    round.save(update_fields=["invitations_released_at", "invitations_released_by"])
    emails.pass_on_letters(round, now=now)
    postbox.ring("rounds.tasks.fan_out", str(round.pk))
    return round


@transaction.atomic
def move(*, round, changes, seen_version, by, now):
    """Another time, another room, more or fewer places: all of it and everyone told, or none.

    `changes`: {name of a field in MOVABLE: value}; `new_room` as in ``plan``. A start without booking times takes these
    along. Of more or fewer places alone nobody is told: nothing that they were told has changed.
    """
    round = registration.lock(round.pk)
    _refuse_stale(round, seen_version)
    before = Round.objects.get(pk=round.pk)
    apply_changes(round, changes, by=by, now=now)
    changed = what_changes(before, round)
    if not changed:
        raise Refused("Nothing would change. Choose another time or place, or leave the Round as it is.")
    told = is_told(changed)
    if told:
        round.version += 1
        round.moved_at = now if round.published_at else None
    _save_room(round)
    round.save()
    registration.fill_free_places(round=round, now=now)
    if told:
        emails.round_moved(round, now=now)
        emails.reschedule_reminders(round, now=now)
    return round


def is_told(changed):
    """Whether people are written to when these fields change."""
    return bool(set(changed) - NUMBERS_OF_PLACES)


def apply_changes(round, changes, *, by, now):
    """Set the changes on the Round in hand and refuse what cannot be; saves nothing, so a preview may ask too."""
    changes = dict(changes)
    if new_room := changes.pop("new_room", None):
        changes["venue"] = Venue(**new_room)
    if unknown := set(changes) - MOVABLE:
        raise ValueError(f"not moved here: {sorted(unknown)}")
    _refuse_over(round, now)
    old_start, old_places = round.starts_at, {way: round.places_for(way) for way in round.ways}
    for name, value in changes.items():
        setattr(round, name, value)
    if "starts_at" in changes and "booking_closes_at" not in changes:
        _take_booking_along(round, old_start, now)
    if TIMES & set(changes):
        refuse_times(round, now=now)
    _refuse_too_small(round, old_places, by)
    refuse_places(round)


@transaction.atomic
def reword(*, round, title, about, food, by, now):
    """Put right what people read. Nobody is written to: letters still to go say it by themselves."""
    round = registration.lock(round.pk)
    _refuse_over(round, now)
    if not title.strip():
        raise Refused("Enter a title.")
    round.title, round.about, round.food = title, about, food
    round.save(update_fields=["title", "about", "food"])
    return round


@transaction.atomic
def name_facilitators(*, round, facilitators, by, now):
    """From now on these and nobody else run the Round. Only for its facilitators: the team sees who has booked, so
    nobody else may put themself into it."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    if not any(each.is_active for each in facilitators):
        raise Refused("Name at least one facilitator.")
    team = TeamMember.objects.filter(round=round, part=TeamPart.FACILITATOR)
    leaving = [member.person for member in team.exclude(person__in=facilitators).select_related("person")]
    team.filter(person__in=leaving).delete()
    named = set(team.values_list("person", flat=True))
    TeamMember.objects.bulk_create(
        TeamMember(round=round, person=each, part=TeamPart.FACILITATOR) for each in facilitators if each.pk not in named
    )
    free_steps(round)
    for person in leaving:
        guests.forget_if_unused(person=person)
    return round


def _refuse_over(round, now):
    if RoundState.CANCELLED not in MOVES[round.state] or round.starts_at <= now:
        raise Refused("This Round has begun or was called off, so it can no longer be changed.")


def what_changes(before, after):
    return {name for name in MOVABLE if getattr(before, name) != getattr(after, name)}


def _take_booking_along(round, old_start, now):
    """Booking closes as long before the new start as before the old one, by the clock on the wall; and never without
    having been open."""
    shift = localtime(round.starts_at) - localtime(old_start)
    closes_at = (localtime(round.booking_closes_at) + shift).astimezone(UTC)
    round.booking_closes_at = closes_at if closes_at > now else round.starts_at
    if round.booking_opens_at >= round.booking_closes_at:
        round.booking_opens_at = now


@transaction.atomic
def cancel_round(*, round, reason="", seen_version, by, now):
    """Call it off and tell everyone. Bookings stay as they are, since the Round itself says that it is cancelled."""
    round = registration.lock(round.pk)
    _refuse_stale(round, seen_version)
    refuse_cancelling(round, now=now)
    _enter(round, RoundState.CANCELLED)
    round.cancelled_reason = reason
    round.version += 1
    round.save(update_fields=["state", "cancelled_reason", "version"])
    emails.round_cancelled(round, now=now)
    return round


def refuse_cancelling(round, *, now):
    if RoundState.CANCELLED not in MOVES[round.state] or round.ends_at <= now:
        raise Refused("This Round is over or was called off already, so it can no longer be cancelled.")


def mark_held(*, now):
    """Published Rounds that are over have been held. Returns how many; each is changed once, whoever calls."""
    over = Round.objects.in_state(*_leading_to(RoundState.HELD)).filter(ends_at__lte=now)
    return over.update(state=RoundState.HELD)


@transaction.atomic
def close(*, round, now):
    """All that follows a Round is done."""
    round = registration.lock(round.pk)
    if round.state != RoundState.CLOSED:
        _enter(round, RoundState.CLOSED)
        round.save(update_fields=["state"])
    return round


def _refuse_too_small(round, old_places, by):
    """Never fewer places than people who have one. Only facilitators learn that number: whoever may not see bookings
    may change a published Round's number of places neither way, or they could find it by trying until the word for
    what is left changes."""
    for way in round.ways:
        if round.places_for(way) == old_places[way] or round.state == RoundState.PLANNED:
            continue
        if not is_facilitator(round, by):
            raise Refused(
                "Only its facilitators can change how many places this Round has, because they see who has booked."
            )
        taken = Booking.objects.filter(round=round, way=way).with_a_place().count()
        if taken > round.places_for(way):
            raise _too_small(round, way, taken)


def _too_small(round, way, taken):
    where, field = ("the room takes", "places") if way == Way.IN_PERSON else ("online it takes", "online_places")
    sentence = f"{thousands(taken)} people have a place, {where} {thousands(round.places_for(way))}."
    return TooSmall(f"{sentence} Choose another room, another sitting or more places online.", field)


def _refuse_stale(round, seen_version):
    changed = round.version - seen_version
    if changed:
        number = NUMBERS[changed] if 0 < changed < len(NUMBERS) else "Several"
        things = "thing" if changed == 1 else "things"
        raise Stale(f"{number} {things} changed since you looked.")


def _enter(round, state):
    """The only way to another state: the table says which there are."""
    if state not in MOVES[round.state]:
        raise Refused(f"This Round is {round.get_state_display().lower()}, so it cannot become {state.label.lower()}.")
    round.state = state


def _leading_to(state):
    return [each for each, onward in MOVES.items() if state in onward]
