"""Keeping places for a partner or a sector: reserving and releasing them, and places for groups.

Only facilitators of the Round do it, because what fits says how many have booked; whoever plans one says beforehand
what is reserved. Never so many that somebody would lose a place, and nothing is given twice: all of it is counted under
the lock of the Round.
"""

from django.utils.timezone import localtime

from rounds.models import KeptPlaces
from rounds.states import Keeping, RoundState
from rounds_site.kit.acting import acting, counting, on_round
from rounds_site.kit.formats import thousands
from rounds_site.kit.refusals import Refused

from .places import count, fill_free_places, is_for, lock, unused
from .team import refuse_unless_facilitator

AHEAD = [RoundState.IDEA, RoundState.PLANNED, RoundState.PUBLISHED, RoundState.POSTPONED]
SHORTEST, LONGEST = 2, 60
TOO_LATE = (
    "It is too late to reserve places for this Round: what is reserved is open to everybody again "
    f"{SHORTEST} days before it, at the latest."
)


def begin_with(round, reserves, *, now):
    """What is reserved of a Round that is just being planned, to be saved after it; `reserves` as ``reserve`` takes
    them. Nobody has booked, so all of its places are there to reserve."""
    kept = [KeptPlaces(round=round, kind=Keeping.RESERVE, **each) for each in reserves]
    if kept and is_too_late_to_reserve(round, now=now):
        raise Refused(TOO_LATE)
    latest = most_days_before(round, now=now)
    for each in kept:
        if each.way not in round.ways or not SHORTEST <= each.days_before <= latest:
            raise Refused(f"Reserved places of this Round are released {days_said(latest)} before it.")
        _refuse_more_than(round.places_for(each.way), sum(one.places for one in kept if one.way == each.way))
    round.keeps_places = bool(kept)
    return kept


@acting
def reserve(*, round, way, places, days_before, organisation=None, sector="", by, now):
    """So many for the people of a partner or a sector from now on, whatever was reserved for them before. Places that
    this sets free are offered on."""
    round = _locked(round, by, now)
    if bool(organisation) == bool(sector):
        raise ValueError("A reserve is for a partner or for a sector.")
    if way not in round.ways:
        raise Refused("Choose how they come.")
    if is_too_late_to_reserve(round, now=now):
        raise Refused(TOO_LATE)
    latest = most_days_before(round, now=now)
    if not SHORTEST <= days_before <= latest:
        raise Refused(f"Reserved places of this Round are released {days_said(latest)} before it.")
    kept = KeptPlaces(round=round, kind=Keeping.RESERVE, way=way, organisation=organisation, sector=sector)
    free, same = _free_to_reserve(round, kept)
    _refuse_more_than(free, places)
    kept = same or kept
    kept.places, kept.days_before = places, days_before
    kept.save()
    _say_that_places_are_kept(round)
    fill_free_places(round=round, now=now)
    return kept


def most_days_before(round, *, now):
    """The furthest release that is still ahead; below ``SHORTEST`` where none is."""
    if not round.has_a_date:
        return LONGEST
    days = (localtime(round.starts_at).date() - localtime(now).date()).days
    ahead = KeptPlaces(round=round, days_before=days).release_moment > now
    return min(days if ahead else days - 1, LONGEST)


def is_too_late_to_reserve(round, *, now):
    return most_days_before(round, now=now) < SHORTEST


def days_said(latest):
    return f"{SHORTEST} days" if latest == SHORTEST else f"{SHORTEST} to {latest} days"


@counting
def too_many(*, round, way, places, organisation=None, sector=""):
    """Why so many cannot be reserved, or ""; for a form that says all that is wrong at once. Only ``reserve``, which
    holds the lock, decides."""
    on_round(round.pk)
    free, _ = _free_to_reserve(
        round, KeptPlaces(round=round, kind=Keeping.RESERVE, way=way, organisation=organisation, sector=sector)
    )
    return _more_than(free, places)


def _free_to_reserve(round, kept):
    """(how many can be reserved for those of `kept`, what is reserved for them already or None)"""
    counted = count(round)
    same = next((each for each in counted.reserves if _is_for_the_same(each, kept)), None)
    return max(counted.open_to_all(kept.way), 0) + (max(same.places, same.used) if same else 0), same


def _is_for_the_same(one, other):
    return all(getattr(one, name) == getattr(other, name) for name in ("way", "organisation_id", "sector"))


@acting
def release(*, kept_id, round, by, now):
    """A reserve before its day, or the places of a group that are taken back; None where it is done already. What is
    booked stays booked, and the others are offered on."""
    round = _locked(round, by, now)
    kept = round.kept_places.open().filter(pk=kept_id).first()
    if kept is None:
        return None
    if kept.kind == Keeping.GROUP:
        kept.delete()
    else:
        _release(kept, now)
    fill_free_places(round=round, now=now)
    return kept


@acting
def give_to_group(*, round, way, places, organisation, by, now):
    """So many places for people of a partner who are not named, whatever it had before. Out of those open to all, and
    then out of what is reserved for that partner or its sector, which is so much less from then on."""
    round = _locked(round, by, now)
    if way not in round.ways:
        raise Refused("Choose how they come.")
    before = round.kept_places.groups().filter(way=way, organisation=organisation).first()
    counted = count(round)
    had = before.places if before else 0
    theirs = [each for each in counted.reserves_left(way) if is_for(each, [(organisation.pk, organisation.sector)])]
    free = max(counted.open_to_all(way), 0) + had
    _refuse_more_than(min(free + sum(map(unused, theirs)), counted.left(way) + had), places)
    _shrink(theirs, places - free)
    given = before or KeptPlaces(round=round, kind=Keeping.GROUP, way=way, organisation=organisation)
    given.places = places
    given.save()
    _say_that_places_are_kept(round)
    fill_free_places(round=round, now=now)
    return given


def _say_that_places_are_kept(round):
    if not round.keeps_places:
        round.keeps_places = True
        round.save(update_fields=["keeps_places"])


def _shrink(reserves, number):
    """By so many places that nobody has taken."""
    for each in reserves:
        less = min(unused(each), max(number, 0))
        number -= less
        each.places -= less
        if each.places:
            each.save(update_fields=["places"])
        else:
            each.delete()


def release_due(*, now):
    """For the clock: reserves whose day has come. Returns how many. A Round at a time, and looked at anew under its
    lock, so that it may be killed anywhere and run twice."""
    ahead = KeptPlaces.objects.reserves().filter(round__state__in=AHEAD, round__starts_at__gt=now)
    due = {each.round_id for each in ahead.select_related("round") if each.release_moment <= now}
    return sum(_release_in(key, now) for key in sorted(due))


@acting
def _release_in(key, now):
    round = lock(key)
    due = [each for each in round.kept_places.reserves() if round.has_a_date and each.release_moment <= now]
    for each in due:
        _release(each, now)
    if due:
        fill_free_places(round=round, now=now)
    return len(due)


def _release(kept, now):
    kept.released_at = now
    kept.save(update_fields=["released_at"])


def can_be_kept(round, *, now):
    return round.needs_booking and round.state in AHEAD and not (round.has_a_date and round.starts_at <= now)


def _locked(round, by, now):
    round = lock(round.pk)
    refuse_unless_facilitator(round, by)
    if not can_be_kept(round, now=now):
        raise Refused("This Round has begun or does not take place, so no places are kept any more.")
    return round


def _refuse_more_than(free, places):
    if why := _more_than(free, places):
        raise Refused(why)


def _more_than(free, places):
    if places < 1:
        return "Enter a number of places, 1 or more."
    if places <= free:
        return ""
    are = "1 place is" if free == 1 else f"{thousands(free) if free else 'No'} places are"
    return f"{are} free, so no more can be kept. Whoever has a place keeps it."
