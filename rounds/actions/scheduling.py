"""Planning a Round, publishing it, moving and cancelling it, and what the clock makes of it.

Whoever calls has come through a door (``rounds.access``). Every change of a Round that exists locks its row first, as
booking does, so that neither works on what the other has just changed.
"""

from dataclasses import dataclass
from datetime import UTC
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from members.actions import guests
from rounds import emails
from rounds.access import ideas_to_keep
from rounds.models import Booking, KeptPlaces, Round, RoundPartner, TeamMember, Venue
from rounds.states import MAY_STILL_BE, MOVES, RoundState, TeamPart, Way, move_to
from rounds_site.kit.acting import acting
from rounds_site.kit.formats import NUMBERS, thousands
from rounds_site.kit.refusals import Refused

from . import entries, fidelity, keeping, moves, registration, short_notice, waiting
from .arrangements import refuse_people, refuse_places, refuse_times
from .places import count
from .team import free_steps, goes_on, is_facilitator, refuse_unless_facilitator

TIMES = {"starts_at", "ends_at", "booking_opens_at", "booking_closes_at"}
NUMBERS_OF_PLACES = {"places", "online_places"}
PLACED = NUMBERS_OF_PLACES | {"venue"}
MOVABLE = TIMES | PLACED | {"joining_details", "joining_hours", "gives_outright"}
# Nothing that anybody was told of changes with these.
UNTOLD = NUMBERS_OF_PLACES | {"joining_hours", "gives_outright"}


@dataclass(frozen=True)
class Rows:
    """What is saved with a Round that is planned: organisations, people, and what is reserved."""

    partners: list
    facilitators: list
    kept: list


class Stale(Refused):
    """The Round is no longer the one that the person decided about; they may look again and decide anew."""


class TooSmall(Refused):
    """More people have a place than the change would leave; `field` says of which way, and `needed` how many it must
    be."""

    def __init__(self, sentence, field, needed):
        super().__init__(sentence)
        self.field, self.needed = field, needed


def plan(*, by, now, partners, facilitators, draft=None, new_room=None, reserves=(), **fields):
    """Save a Round as planned; nobody is told.

    `draft` is a random id that becomes the Round's: saving the same draft twice, as a double click does, gives the one
    Round. `new_room` holds the fields of a Venue that is made with it; `reserves` are as ``keeping.reserve`` takes
    them. All times are moments: whoever reads a clock time from a form has settled which moment it means. The key of
    an idea makes the Round of that idea.
    """
    draft = draft or uuid4()
    saved = Round.objects.filter(pk=draft).first()
    if saved and saved.state != RoundState.IDEA:
        return _own(saved, by)
    round = Round(id=draft, created_at=now, state=RoundState.PLANNED, planned_by=by, **fields)
    if new_room:
        round.venue = Venue(**new_room)
    round.affirmed, round.overruled = fidelity.fitting(round, round.affirmed, round.overruled)
    partners, facilitators = list(partners), list(facilitators)
    if not round.title.strip():
        raise Refused("Enter a title.")
    refuse_times(round, now=now)
    refuse_places(round)
    refuse_people(round, partners, facilitators, now=now)
    rows = Rows(partners, facilitators, keeping.begin_with(round, reserves, now=now))
    try:
        if saved:
            return _make_of_idea(round, rows, by, now)
        _save(round, rows, now)
    except IntegrityError:
        if saved := Round.objects.filter(pk=draft).first():
            # The other half of a double click was faster.
            return _own(saved, by)
        raise
    return round


@acting
def _make_of_idea(round, rows, by, now):
    """Whoever was faster has made the Round; what the idea said is what was typed meanwhile."""
    try:
        idea = registration.lock(round.pk)
    except Round.DoesNotExist:
        raise Refused("The idea was dropped meanwhile. Save again to plan the Round all the same.") from None
    if idea.state != RoundState.IDEA:
        return _own(idea, by)
    if not ideas_to_keep(by, now=now).filter(pk=idea.pk).exists():
        raise Refused("Only those who keep this idea, and administrators of its system, make a Round of it.")
    idea.team.all().delete()
    round.state, round._state.adding = idea.state, False
    moves.enter(round, RoundState.PLANNED, by=by, now=now)
    _save_whole(round, rows, now, force_update=True)
    return round


@transaction.atomic
def _save(round, rows, now):
    moves.record(move_to(None, RoundState.PLANNED), round, by=round.planned_by, now=now)
    _save_whole(round, rows, now, force_insert=True)


def _save_whole(round, rows, now, **how):
    save_room(round)
    round.save(**how)
    fidelity.record(round, by=round.planned_by, now=now)
    RoundPartner.objects.bulk_create(RoundPartner(round=round, organisation=each) for each in rows.partners)
    TeamMember.objects.bulk_create(
        TeamMember(round=round, person=each, part=TeamPart.FACILITATOR) for each in rows.facilitators
    )
    KeptPlaces.objects.bulk_create(rows.kept)


def save_room(round):
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


@acting
def publish(*, round, by, now):
    """From now on those invited can find it; booking opens at its time. A second click changes nothing."""
    round = registration.lock(round.pk)
    if round.state == RoundState.PUBLISHED:
        return round
    moves.enter(round, RoundState.PUBLISHED, by=by, now=now)
    refuse_times(round, now=now)
    round.published_at = now
    round.save(update_fields=["state", "published_at"])
    return round


@acting
def unpublish(*, round, by, now):
    """Back to planned: those invited find it no more. Only while nobody was told of it by anything but its page, so
    only its facilitators may: whoever may not see bookings would learn from a refusal that there is one."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    if round.state == RoundState.PLANNED:
        return round
    if round.starts_at <= now or Booking.objects.filter(round=round).exists() or emails.any_written(round):
        raise Refused(
            "Somebody has been written to about this Round or has booked, so it cannot go back to planned. Postpone it "
            "or cancel it: then everyone who was told of it is told."
        )
    moves.enter(round, RoundState.PLANNED, by=by, now=now)
    round.published_at = round.invitations_released_at = round.invitations_stopped_at = None
    round.save(update_fields=["state", "published_at", "invitations_released_at", "invitations_stopped_at"])
    return round


@acting
def move(*, round, changes, seen_version, seen=None, by, now):
    """Another time, another room, more or fewer places: all of it and everyone told, or none.

    `changes`: {name of a field in MOVABLE: value}; `new_room` as in ``plan``. A start without booking times takes these
    along. Of more or fewer places alone nobody is told: nothing that they were told has changed. Of a Round that is
    postponed neither: the letter that says its new date says the rest (``postponing``).
    """
    round = registration.lock(round.pk)
    refuse_stale(round, seen_version, seen)
    if round.state == RoundState.POSTPONED and TIMES & set(changes):
        raise ValueError("a postponed Round gets a new date in postponing")
    before = Round.objects.get(pk=round.pk)
    apply_changes(round, changes, by=by, now=now)
    changed = what_changes(before, round)
    if not changed:
        raise Refused("Nothing would change. Choose another time or place, or leave the Round as it is.")
    told = is_told(round, changed)
    if told:
        round.version += 1
        round.moved_at, round.start_before = (now, emails.start_told(before)) if round.published_at else (None, None)
        short_notice.note(round, before, changed, now=now)
    save_room(round)
    round.save()
    if told:
        # Before any offer ends with it: whoever held one is told of the move too.
        entries.of_round(round).raised()
        entries.take_out_by_letters(entries.not_yet_taken_out(round), now=now)
        emails.round_moved(round, now=now)
    if "starts_at" in changed:
        waiting.renew_offers(round, now=now)
    registration.fill_free_places(round=round, now=now)
    if told:
        emails.reschedule_reminders(round, now=now)
    return round


def is_told(round, changed):
    """Whether people are written to when these fields change."""
    return round.state != RoundState.POSTPONED and bool(set(changed) - UNTOLD)


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
    if PLACED & set(changes):
        refuse_places(round)


@acting
def reword(*, round, title, unit, about, food, by, now):
    """Put right what people read. Nobody is written to: letters still to go say it by themselves. Only entries in
    diaries that show the title are kept right."""
    round = registration.lock(round.pk)
    _refuse_over(round, now)
    if not title.strip():
        raise Refused("Enter a title.")
    has_another_title = round.title != title
    round.title, round.unit, round.about, round.food = title, unit, about, food
    round.save(update_fields=["title", "unit", "about", "food"])
    if has_another_title:
        entries.retitle(round, now=now)
    return round


@acting
def name_facilitators(*, round, facilitators, by, now):
    """From now on these and nobody else run the Round. Only for its facilitators: the team sees who has booked, so
    nobody else may put themself into it. Who is named goes on, whatever was asked about them; who is not named and
    about whom it is still asked is left to that question."""
    round = registration.lock(round.pk)
    refuse_unless_facilitator(round, by)
    if not any(each.is_active for each in facilitators):
        raise Refused("Name at least one facilitator.")
    team = TeamMember.objects.filter(round=round, part=TeamPart.FACILITATOR)
    others = team.standing().exclude(person__in=facilitators).select_related("person")
    leaving = [member.person for member in others]
    team.filter(person__in=leaving).delete()
    goes_on(team.filter(person__in=facilitators))
    named = set(team.values_list("person", flat=True))
    TeamMember.objects.bulk_create(
        TeamMember(round=round, person=each, part=TeamPart.FACILITATOR) for each in facilitators if each.pk not in named
    )
    free_steps(round)
    for person in leaving:
        guests.forget_if_unused(person=person)
    return round


def is_changeable(round, now):
    return round.state in MAY_STILL_BE and (not round.has_a_date or round.starts_at > now)


def _refuse_over(round, now):
    if not is_changeable(round, now):
        raise Refused("This Round has begun or was called off, so it can no longer be changed.")


def what_changes(before, after):
    return {name for name in MOVABLE if getattr(before, name) != getattr(after, name)}


def _take_booking_along(round, old_start, now):
    """Booking closes as many days before the new start as before the old one, at the same time of day; on the day
    itself as long before it, by the clock on the wall. And never without having been open."""
    old, new, closes = localtime(old_start), localtime(round.starts_at), localtime(round.booking_closes_at)
    shift = new - old if closes.date() == old.date() else new.date() - old.date()
    closes_at = (closes + shift).astimezone(UTC)
    round.booking_closes_at = closes_at if closes_at > now else round.starts_at
    if round.booking_opens_at >= round.booking_closes_at:
        round.booking_opens_at = now


@acting
def cancel_round(*, round, reason="", seen_version, seen=None, by, now):
    """Call it off and tell everyone. Bookings stay as they are, since the Round itself says that it is cancelled."""
    round = registration.lock(round.pk)
    refuse_stale(round, seen_version, seen)
    refuse_cancelling(round, now=now)
    if round.has_a_date:
        short_notice.note(round, round, {"starts_at"}, now=now)
    moves.enter(round, RoundState.CANCELLED, by=by, now=now)
    round.cancelled_reason = reason
    round.version += 1
    round.save(update_fields=["state", "cancelled_reason", "version", "urgent_start", "urgent_until", "room_before"])
    entries.end_with_news(round, now=now)
    emails.round_cancelled(round, now=now)
    return round


def refuse_cancelling(round, *, now):
    if round.state not in MAY_STILL_BE or (round.has_a_date and round.ends_at <= now):
        raise Refused("This Round is over or was called off already, so it can no longer be cancelled.")


@acting
def mark_held(*, now):
    """Published Rounds that are over have been held; one that is postponed never is. Returns how many; each is changed
    once, whoever calls."""
    over = Round.objects.in_state(*_leading_to(RoundState.HELD)).filter(ends_at__lte=now)
    held = list(over.select_for_update(no_key=True).order_by("pk"))
    for round in held:
        moves.enter(round, RoundState.HELD, by=None, now=now)
        round.save(update_fields=["state"])
    return len(held)


@acting
def close(*, round, now):
    """All that follows a Round is done."""
    round = registration.lock(round.pk)
    if round.state != RoundState.CLOSED:
        moves.enter(round, RoundState.CLOSED, by=None, now=now)
        round.save(update_fields=["state"])
    return round


def _refuse_too_small(round, old_places, by):
    """Never fewer places than people who have one. Only facilitators learn that number: whoever may not see bookings
    may change a published Round's number of places neither way, or they could find it by trying until the word for
    what is left changes. While it is planned nobody has one, but some may be kept for groups already."""
    for way in round.ways:
        if round.places_for(way) == old_places[way]:
            continue
        if round.state != RoundState.PLANNED and not is_facilitator(round, by):
            raise Refused(
                "Only its facilitators can change how many places this Round has, because they see who has booked."
            )
        if refusal := too_small(round, way, round.places_for(way)):
            raise refusal


def too_small(round, way, places):
    """What is to be said where so many places are fewer than are promised; None where they do."""
    given = count(round)
    held, grouped = given.held[way], given.grouped[way]
    needed = held + grouped
    if needed <= places:
        return None
    where, field = ("in the room", "places") if way == Way.IN_PERSON else ("online", "online_places")
    is_offered = round.bookings.offered().filter(way=way).exists()
    have = "have a place or are offered one" if is_offered else "have a place"
    people = f"{thousands(held)} people {have}" if held else ""
    groups = f"{thousands(grouped)} places are kept for groups" if grouped else ""
    sentence = f"{' and '.join(filter(None, [people, groups]))}, and there would be {thousands(places)} {where}."
    return TooSmall(f"{sentence} Keep at least {thousands(needed)}, or find another room or way.", field, needed)


def counted(round):
    """What a preview says of a Round to those who may know, and what must still be so when it is confirmed."""
    return {
        "places": round.bookings.with_a_place().count(),
        "offered": round.bookings.offered().count(),
        "waiting": round.bookings.waiting().count(),
        "entries": entries.number(round),
    }


def refuse_stale(round, seen_version, seen=None):
    """`seen` is what ``counted`` said then; nothing of it for whoever may not know, since a refusal would tell."""
    changed = round.version - seen_version
    if seen:
        changed += sum(number != seen.get(name) for name, number in counted(round).items())
    if changed:
        number = NUMBERS[changed] if 0 < changed < len(NUMBERS) else "Several"
        things = "thing" if changed == 1 else "things"
        raise Stale(f"{number} {things} changed since you looked.")


def _leading_to(state):
    return [each for each, onward in MOVES.items() if state in onward]
