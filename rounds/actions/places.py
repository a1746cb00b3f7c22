"""The arithmetic of places: how many of a Round are given, held or kept, and who comes next where one is free.

All of it happens under the lock of the Round, so that two people never get the same last place. A place is given once:
to a person, by an offer to a person, to a group, or as one of a reserve that nobody has taken yet.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, Max, Q

from members.access import today
from members.models import Membership
from rounds import emails
from rounds.access import ROUND, get_booking
from rounds.models import Booking, Round
from rounds.states import HOLDING, BookingState, Keeping, RoundState, Way, answer_by, availability, last_minute
from rounds_site.kit.acting import on_round
from rounds_site.kit.prepared import First, Values
from rounds_site.kit.refusals import Refused


def lock(round_pk):
    """The Round's row, held until the transaction ends; on SQLite the transaction itself holds the whole database.

    Whoever holds it sees all places, waiting people and storytellers of this Round, until its action ends. Its key
    stays free, so that the door, which writes rows that point to it, never waits.
    """
    round = _locked().run(round=round_pk)
    if round is None:
        raise Round.DoesNotExist
    on_round(round.pk)
    return round


@lru_cache(maxsize=1)
def _locked():
    return First(Round.objects.select_for_update(no_key=True).filter(pk=ROUND).order_by())


# Where a place counts as the one that somebody has of a Round that is repeated.
STANDS = (RoundState.PUBLISHED, RoundState.POSTPONED)


def lock_with_sittings(round):
    """(the Round's row, those of its other sittings), held until the transaction ends. All are taken in the order of
    their keys, so that two who change between the same two never block each other. For whoever gets a place by their
    own act: the one that they have at another sitting ends with it."""
    if round.repeat is None:
        mine = lock(round.pk)
        _refuse_other_times(round, mine)
        return mine, []
    sittings = Round.objects.filter(repeat=round.repeat).select_for_update(no_key=True)
    held = list(sittings.order_by("pk"))
    mine = next((each for each in held if each.pk == round.pk), None)
    _refuse_other_times(round, mine)
    on_round(mine.pk)
    return mine, [each for each in held if each is not mine]


def _refuse_other_times(seen, held):
    """Where a sitting was added or taken out meanwhile, what was locked is not all there is."""
    if held is None or held.repeat != seen.repeat:
        raise Refused("The times of this Round have just changed. Look again, and choose one.")


def place_elsewhere(person, round, others, now):
    """Their booking of a place at another sitting that is still to come, with its Round; or None."""
    if not others:
        return None
    found = None
    for other in others:
        if other.state in STANDS and (not other.has_a_date or now < other.starts_at):
            on_round(other.pk)
            booking = get_booking(person, other, and_what_it_leaves=True)
            if booking and booking.state == BookingState.PLACE:
                booking.round, found = other, booking
    on_round(round.pk)
    return found


def fill_free_places(*, round, now):
    """Offer free places to the first in each queue, or give them outright, until 48 hours before; the bookings that
    are offered or were given one.

    `round` must be locked by the caller. Call it whenever places may have become free: it also keeps the words.
    """
    counted = count(round)
    served = serve_the_queue(round, counted, now)
    update_words(round, counted)
    return served


COUNTED_BY_WAY = {"held": HOLDING, "waiting": [BookingState.WAITING]}


@dataclass
class Counted:
    """How many there are under the lock, {way: number}: `places` in all, those given or `held` by an offer, those of
    groups (`grouped`), and people `waiting`; how many of these would come either way (`either`); the `last` number in
    the queue; and the `reserves` that are not released, each with how many of it are `used`.
    """

    places: dict
    held: dict
    grouped: dict
    waiting: dict
    either: int
    last: int
    reserves: list

    def left(self, way):
        """That nobody has, reserved or not."""
        return self.places[way] - self.held[way] - self.grouped[way]

    def open_to_all(self, way):
        return self.left(way) - sum(unused(each) for each in self.reserves if each.way == way)

    def reserves_left(self, way):
        return [each for each in self.reserves if each.way == way and unused(each)] if self.left(way) > 0 else []

    def for_somebody_of(self, way, employers):
        """(whether there is a place for somebody who works there, the reserve that it is taken from or None).

        A place that is open to all comes first: a reserve is for those who would otherwise not get in.
        """
        if self.open_to_all(way) > 0:
            return True, None
        theirs = (each for each in self.reserves_left(way) if is_for(each, employers))
        reserve = next(theirs, None)
        return reserve is not None, reserve

    def hold(self, way, reserve):
        self.held[way] += 1
        if reserve:
            reserve.used += 1


def unused(reserve):
    return max(reserve.places - reserve.used, 0)


def is_for(reserve, employers):
    """`employers`: [(key, sector)]"""
    return any(reserve.organisation_id == key or (reserve.sector and reserve.sector == s) for key, s in employers)


def count(round):
    """In one statement, or two where places are kept. Who gives places afterwards keeps it right (``Counted.hold``)."""
    found = defaultdict(int, _counted().run(round=round.pk) or {})
    by_way = {name: {way: found[f"{name}_{way.value}"] for way in Way} for name in COUNTED_BY_WAY}
    kept = list(round.kept_places.open().with_used()) if round.keeps_places else []
    grouped = dict.fromkeys(Way, 0)
    for each in kept:
        if each.kind == Keeping.GROUP:
            grouped[Way(each.way)] += each.places
    return Counted(
        places={way: round.places_for(way) for way in Way},
        grouped=grouped,
        either=found["either"],
        last=found["last"],
        reserves=[each for each in kept if each.kind == Keeping.RESERVE],
        **by_way,
    )


@lru_cache(maxsize=1)
def _counted():
    """Gives nothing for a Round without bookings."""
    by_way = {
        f"{name}_{way.value}": Count("pk", filter=Q(way=way, state__in=states))
        for name, states in COUNTED_BY_WAY.items()
        for way in Way
    }
    either = Count("pk", filter=Q(either=True, state=BookingState.WAITING))
    bookings = Booking.objects.filter(round=ROUND).values("round").order_by()
    return Values(bookings.annotate(last=Max("queue_number"), either=either, **by_way))


def place_for(round, person, way, either, counted, now):
    """(the way in which there is a place for them or None, the reserve that it is taken from or None): as they would
    like to come, else the other way if they would take `either`. Where they work is asked only where something is
    reserved."""
    for wanted in [way, *(other for other in round.ways if either and other != way)]:
        employers = employers_of([person.pk], now)[person.pk] if counted.reserves_left(wanted) else []
        has_place, reserve = counted.for_somebody_of(wanted, employers)
        if has_place:
            return wanted, reserve
    return None, None


def employers_of(people, now):
    found = defaultdict(list)
    jobs = Membership.objects.in_force(today(now)).filter(person__in=people).order_by()
    for person, key, sector in jobs.values_list("person", "organisation", "organisation__sector"):
        found[person].append((key, sector))
    return found


def serve_the_queue(round, counted, now):
    """Nobody comes before those who joined earlier, save with a reason: a jump (``Booking.jump_reason``), or a reserved
    place, which those before them could not have."""
    if round.state != RoundState.PUBLISHED or last_minute(round.starts_at, now):
        return []
    return [booking for way in round.ways for booking in _serve_way(round, way, counted, now)]


def _serve_way(round, way, counted, now):
    reserves, free = counted.reserves_left(way), counted.open_to_all(way)
    if not (counted.waiting[way] or counted.either) or (free <= 0 and not reserves):
        return []
    line = round.bookings.waiting().in_line_for(way)
    line = list(line if reserves else line[:free])
    employers = employers_of([each.person_id for each in line], now) if reserves else {}
    served = []
    for booking in line:
        has_place, reserve = counted.for_somebody_of(way, employers.get(booking.person_id, []))
        if has_place:
            counted.waiting[Way(booking.way)] -= 1
            counted.either -= booking.either
            counted.hold(way, reserve)
            booking.way, booking.reserve = way, reserve
            _serve(booking, now)
            served.append(booking)
    return served


def _serve(booking, now):
    """Of a Round that is repeated a place is always offered: whoever has one at another sitting says which they
    want."""
    changed = ["state", "changed_at", "way", "reserve"]
    booking.changed_at = now
    if booking.round.gives_outright and not booking.round.repeat:
        booking.state = BookingState.PLACE
        booking.save(update_fields=changed)
        emails.place_freed(booking, now=now)
    else:
        booking.state, booking.offer_ends_at = BookingState.OFFERED, answer_by(booking.round.starts_at, now)
        booking.save(update_fields=[*changed, "offer_ends_at"])
        emails.place_offered(booking, now=now)


def update_words(round, counted):
    """What people outside the team read about places: a word per way, and for those of a reserve whether any of it is
    left; written only when it changes. What is reserved reads as taken, for everybody else."""
    fields = {Way.IN_PERSON: "availability", Way.ONLINE: "online_availability"}
    words = {fields[way]: _word(round, way, counted) for way in round.ways}
    changed = [name for name, word in words.items() if getattr(round, name) != word]
    for name in changed:
        setattr(round, name, words[name])
    if changed:
        round.save(update_fields=changed)
    for reserve in counted.reserves:
        is_used_up = reserve not in counted.reserves_left(reserve.way)
        if reserve.is_used_up != is_used_up:
            reserve.is_used_up = is_used_up
            reserve.save(update_fields=["is_used_up"])


def _word(round, way, counted):
    taken = round.places_for(way) - counted.open_to_all(way)
    return availability(round.availability_for(way), places=round.places_for(way), taken=taken)
