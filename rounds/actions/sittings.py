"""A Round that is repeated on a day, for people on shifts: its sittings are planned together, one is added later, or
taken out. Each is a Round of its own (``Round.repeat``); what links them is that a person has a place at one."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.utils.timezone import localdate

from rounds.models import Round, TeamMember
from rounds.states import RoundState
from rounds_site.kit.acting import acting
from rounds_site.kit.formats import nhs_time
from rounds_site.kit.refusals import Refused

from . import scheduling
from .places import lock_with_sittings
from .team import refuse_unless_facilitator

MOST = 6
TAKES_MORE = (RoundState.PLANNED, RoundState.PUBLISHED)
# What a further sitting has in common with the one that it is added to.
SAME = (
    *("system", "series", "title", "about", "subject", "kind", "unit", "format", "venue"),
    *("joining_details", "joining_hours"),
    *("places", "online_places", "needs_booking", "gives_outright", "host_organisation", "host_place", "co_host"),
    *("food", "reminder_days", "affirmed", "overruled"),
)


def plan(*, again, draft, by, now, new_room=None, **fields):
    """A Round, and a further sitting of it at each of the beginnings `again`, which last as long; all or none. The
    first is returned. The rest is as in ``scheduling.plan``."""
    if not again:
        return scheduling.plan(draft=draft, by=by, now=now, new_room=new_room, **fields)
    draft = draft or uuid4()
    starts_at, ends_at = fields.pop("starts_at"), fields.pop("ends_at")
    refuse_times([starts_at, *again], ends_at - starts_at)
    who = {"by": by, "now": now, "repeat": draft}
    with transaction.atomic():
        times = {"starts_at": starts_at, "ends_at": ends_at}
        first = scheduling.plan(draft=draft, new_room=new_room, **times, **who, **fields)
        fields["venue"] = first.venue
        for start in again:
            times = {"starts_at": start, "ends_at": start + (ends_at - starts_at)}
            scheduling.plan(draft=_key(draft, start), **times, **who, **fields)
    return first


def _key(draft, starts_at) -> UUID:
    """The same for the same plan, so that a double click gives one sitting."""
    return uuid5(draft, starts_at.isoformat())


def refuse_times(starts, lasts):
    """All on one day, and one after the other: the same people run them."""
    starts = sorted(starts)
    if len(starts) > MOST:
        raise Refused(f"A Round is held at {MOST} times a day at most.")
    if len({localdate(each) for each in starts}) > 1:
        raise Refused("All times of a Round that is repeated are on the same day. Plan another Round for another day.")
    for one, next_one in pairwise(starts):
        if next_one < one + lasts:
            raise Refused(f"At {nhs_time(next_one)} the one at {nhs_time(one)} is not over yet.")


def takes_more(round, now):
    return round.state in TAKES_MORE and round.starts_at > now


@acting
def add(*, round, starts_at, by, now):
    """A further sitting of a Round that is planned or published, like it but for its time; it is planned, and whoever
    runs it publishes it. A second press gives the same one."""
    round, others = lock_with_sittings(Round.objects.get(pk=round.pk))
    refuse_unless_facilitator(round, by)
    if not takes_more(round, now):
        raise Refused("This Round has begun or does not take place, so it is not repeated any more.")
    there = [each for each in [round, *others] if each.has_a_date and each.state != RoundState.CANCELLED]
    if saved := next((each for each in there if each.starts_at == starts_at), None):
        return saved
    lasts = round.ends_at - round.starts_at
    refuse_times([*(each.starts_at for each in there), starts_at], lasts)
    if round.repeat is None:
        round.repeat = round.pk
        round.save(update_fields=["repeat"])
    return _like(round, starts_at, starts_at + lasts, by, now)


def _like(round, starts_at, ends_at, by, now):
    closes_at = round.booking_closes_at if now < round.booking_closes_at <= starts_at else starts_at
    opens_at = min(round.booking_opens_at, closes_at - timedelta(minutes=1))
    times = {"starts_at": starts_at, "ends_at": ends_at, "booking_opens_at": opens_at, "booking_closes_at": closes_at}
    people = TeamMember.objects.facilitating().filter(round=round).select_related("person")
    same = {name: getattr(round, name) for name in SAME}
    who = {"partners": round.partners.all(), "facilitators": [each.person for each in people]}
    return scheduling.plan(repeat=round.repeat, by=by, now=now, **same, **times, **who)


@acting
def take_out(*, round, by, now):
    """It is a Round alone from now on: whoever has a place keeps it, and may have one at another of them too."""
    round, others = lock_with_sittings(Round.objects.get(pk=round.pk))
    refuse_unless_facilitator(round, by)
    left_alone = others if len(others) == 1 else []
    for each in [round, *left_alone]:
        each.repeat = None
        each.save(update_fields=["repeat"])
    return round
