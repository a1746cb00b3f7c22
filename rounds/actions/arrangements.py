"""What the arrangements of a Round must fulfil that the database cannot check: each is refused with a sentence."""

from datetime import UTC

from django.utils import timezone

from members.models import Organisation
from rounds.days import FURTHEST_AHEAD, LONGEST
from rounds.states import WAYS, Format, Way
from rounds_site.kit.formats import nhs_time, thousands
from rounds_site.kit.refusals import Refused

MOST_PLACES = 5000
IN_WORDS = {Format.IN_PERSON: "in person", Format.ONLINE: "online", Format.HYBRID: "in person and online"}

# By whether people book. Where they do not, these are the times between which they are invited.
BOOKING_SAYS = {
    True: (
        "Booking must close before the Round starts.",
        "Booking must close in the future, or nobody can book.",
        "Booking must open before it closes.",
    ),
    False: (
        "Invitations must end before the Round starts.",
        "Invitations must end in the future, or nobody is invited.",
        "Invitations must begin before they end.",
    ),
}


def refuse_times(round, *, now):
    for moment in (round.starts_at, round.ends_at, round.booking_opens_at, round.booking_closes_at):
        _refuse_skipped(moment)
    _refuse_first(
        (round.starts_at <= now, "The Round must start in the future."),
        (round.starts_at > now + FURTHEST_AHEAD, "The Round must start within the next 3 years."),
        (round.ends_at <= round.starts_at, "The Round must end after it starts."),
        (round.ends_at - round.starts_at > LONGEST, "The Round must end within 8 hours of its start."),
        *zip(_wrong_with_booking(round, now), BOOKING_SAYS[round.needs_booking], strict=True),
    )


def _wrong_with_booking(round, now):
    opens, closes = round.booking_opens_at, round.booking_closes_at
    return closes > round.starts_at, closes <= now, opens >= closes


def _refuse_first(*wrongs):
    for wrong, sentence in wrongs:
        if wrong:
            raise Refused(sentence)


def _refuse_skipped(moment):
    """Clock times that the change to summer time leaves out exist on paper only."""
    zone = moment.tzinfo
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise Refused(f"The clocks go forward that night, so there is no {nhs_time(moment.timetz())}.")


def refuse_places(round):
    """Places must fit the format, and the room must hold the people."""
    for way in Way:
        _refuse_places_for(way, round)
    in_a_room = Way.IN_PERSON in round.ways
    limit = round.venue.room_limit if round.venue else 0
    _refuse_first(
        (in_a_room and not round.venue, "Choose the room where people meet."),
        (round.venue and not in_a_room, "A Round online has no room."),
        (in_a_room and round.is_over_room_limit, f"{takes_no_more(limit)}."),
        (not round.needs_booking and round.format != Format.IN_PERSON, "People book a Round that has a link."),
    )


def takes_no_more(limit):
    return f"The room takes {thousands(limit or 0)}. Enter that many places or fewer, or choose another room"


def _refuse_places_for(way, round):
    places = round.places if way == Way.IN_PERSON else round.online_places
    foreign = way not in WAYS[Format(round.format)]
    how_many = f"Enter how many places there are {IN_WORDS[way]}, from 1 to {thousands(MOST_PLACES)}."
    _refuse_first(
        (foreign and places is not None, f"A Round {IN_WORDS[round.format]} has no places {IN_WORDS[way]}."),
        (not foreign and not 1 <= (places or 0) <= MOST_PLACES, how_many),
    )


ALONE = "A Round of the whole system has no second host. Choose a Place or a partner first."


def refuse_people(round, partners, facilitators, *, now):
    """Partners, host and facilitators, who must be of the Round's system or be able to sign in."""
    asked = {*partners, *(each for each in (round.host_organisation, round.co_host) if each)}
    members = set(Organisation.objects.in_system(round.system, on=timezone.localdate(now)))
    elsewhere = round.host_place and round.host_place.system_id != round.system_id
    _refuse_first(
        (round.host_organisation and round.host_place, "Choose one host."),
        (round.co_host and not (round.host_organisation or round.host_place), ALONE),
        (round.co_host and round.co_host == round.host_organisation, "Choose another partner as the second host."),
        (not asked <= members, f"Every partner must belong to {round.system}."),
        (elsewhere, f"The Place must belong to {round.system}."),
        (not partners, "Choose at least one partner to invite."),
        (not any(each.is_active for each in facilitators), "Name at least one facilitator."),
    )
