"""What is somebody's own: their bookings, and what a diary of theirs shows."""

from dataclasses import dataclass

from rounds.models import Booking, Meeting, PreparationStep, Storyteller
from rounds.models.keeping import still_kept
from rounds.reports.standing import Seen, Standing, seen
from rounds.states import GOES_ON, TOOK_PLACE, BookingState, Step

MEETINGS = [Step.ONE_TO_ONE, Step.GROUP]


@dataclass(frozen=True)
class OwnRounds:
    offers: list[Seen]
    places: list[Seen]
    waiting: list[Seen]
    called_off: list[Seen]
    past: list[Seen]


def own_rounds(person, *, now) -> OwnRounds:
    """A person's bookings that stand or lapsed, of Rounds ahead and of those whose names are still kept; nothing
    older."""
    bookings = Booking.objects.latest_of_each(person).filter(still_kept(now, "round__"))
    bookings = bookings.select_related("round", "round__venue").prefetch_related("diary_entries")
    bookings = bookings.order_by("round__starts_at", "round_id")
    own = [seen(booking.round, booking, now=now) for booking in bookings]

    def standing(*these):
        return [each for each in own if each.standing in these]

    held = [each for each in standing(Standing.HELD) if each.booking.state == BookingState.PLACE]
    return OwnRounds(
        offers=standing(Standing.OFFERED),
        places=standing(Standing.PLACE),
        waiting=standing(Standing.WAITING, Standing.PLACE_FREE, Standing.LAPSED),
        called_off=standing(Standing.POSTPONED) + [each for each in standing(Standing.CANCELLED) if each.ends_at > now],
        past=held[::-1],
    )


def for_the_diary(person, *, now):
    """(bookings, meetings, steps): what a diary of theirs shows that fetches it. Places at Rounds that take place,
    until these are forgotten, the meetings to prepare, and the days on which they prepare without a time yet; all in an
    order that stays."""
    places = Booking.objects.with_a_place().filter(still_kept(now, "round__"), person=person)
    places = places.filter(round__state__in=TOOK_PLACE).order_by("round__starts_at", "pk")
    meetings = Meeting.objects.to_go_to(person).filter(still_kept(now, "round__"), round__state__in=GOES_ON)
    meetings = list(meetings.order_by("fixed_at", "pk"))
    tells = Storyteller.objects.agreed().shown(now).filter(person=person, round__state__in=GOES_ON)
    days = PreparationStep.objects.filter(storyteller__in=tells, kind__in=MEETINGS, due_on__isnull=False)
    days = days.select_related("storyteller").order_by("due_on", "pk")
    at_a_time = {(each.round_id, each.kind) for each in meetings}
    without = [each for each in days if (each.storyteller.round_id, each.kind) not in at_a_time]
    return list(places.select_related("round__venue")), meetings, without
