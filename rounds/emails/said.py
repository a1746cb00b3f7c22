"""What every letter about a Round says of it, and the row of the Round that is held while one is handed over."""

from functools import lru_cache
from operator import attrgetter

from members import postbox
from members.registry import Facts
from rounds.access import ROUND
from rounds.models import Round
from rounds.states import Format, RoundState
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_range
from rounds_site.kit.links import absolute_url
from rounds_site.kit.prepared import First

# What letters say of a Round: while one of these changes between rendering and hand-over, it is rendered again.
# The words about places are not among them, or every booking would hold up every letter.
SAID_OF_A_ROUND = [
    *("state", "version", "title", "about", "kind", "unit", "format", "starts_at", "ends_at", "venue_id"),
    *("cancelled_reason", "postponed_reason"),
    "joining_hours",
    *("booking_opens_at", "booking_closes_at", "reminder_days", "invitations_released_at"),
    "invitations_stopped_at",
]


def lock_round(delivery):
    round = postbox.held_as_known(_round_to_hold(), round=delivery.about)
    return round and mark_of(round)


@lru_cache(maxsize=1)
def _round_to_hold():
    return First(postbox.to_hold(Round.objects.filter(pk=ROUND).order_by("pk")))


def mark_of(round):
    return [getattr(round, name) for name in SAID_OF_A_ROUND]


def said_together(round, sittings):
    """Those of a Round that is repeated of which one invitation tells; this one among them."""
    said = [each for each in sittings if each.repeat == round.repeat and each.state == RoundState.PUBLISHED]
    return sorted(said, key=attrgetter("starts_at", "pk")) if round.repeat else [round]


def sittings_said(round):
    rounds = Round.objects.sittings(round).select_related("venue") if round.repeat else []
    return said_together(round, list(rounds))


def round_of(delivery, rounds):
    return rounds.select_related("venue", "system").filter(pk=delivery.about).first()


def said_of(round, address, *, mark, calendar=None, part=None, stop_url="", template="", **words):
    system = round.system
    return Facts(
        address=address,
        sender=system.sender,
        context={
            "title": round.title,
            "about": round.about,
            "starts_at": round.starts_at,
            "date": nhs_date(round.starts_at),
            "short_date": nhs_date(round.starts_at, weekday=False, year=False),
            "time": nhs_range(round.starts_at, round.ends_at),
            "where": where(round),
            "for_whom": round.for_whom,
            "welcome": round.welcome,
            "for_part": round.is_for_part_of_a_partner,
            "closes": nhs_moment(round.booking_closes_at),
            "just_come": not round.needs_booking,
            "reason": round.cancelled_reason,
            "system": system.name,
            "days_kept": system.days_kept,
            "notice": system.licensor_notice,
            "colour": system.colour,
            "what_happens_url": absolute_url("what_happens"),
            **words,
        },
        mark=mark,
        version=round.version,
        calendar=calendar,
        part=part,
        stop_url=stop_url,
        template=template,
    )


def where(round):
    if round.format == Format.ONLINE or not round.venue:
        return "Online"
    return f"{round.venue}, or online" if round.format == Format.HYBRID else str(round.venue)
