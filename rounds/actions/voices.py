"""How voices mix: of a panel as it stands, and what is counted of it before it is forgotten."""

from collections import Counter

from django.db.models import F, Q

from members.access import today
from members.models import Membership, System, SystemSuccession
from members.models.succession import and_after
from members.roles import CLINICAL
from rounds.models import VoiceTally
from rounds.models.voices import quarter_of
from rounds.states import RoundState, Voice

TOLD_IN = (RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED)


def mix(people, *, on):
    """{key of a person: (kind, sectors)} of what they work as on that day; `people` are keys."""
    jobs = Membership.objects.in_force(on).filter(person__in=people).order_by("starts_on", "pk")
    found = {person: [] for person in people}
    for person, group, sector in jobs.values_list("person", "staff_group", "organisation__sector"):
        found[person].append((group, sector))
    return {person: (_kind(works), [sector for _, sector in works]) for person, works in found.items()}


def _kind(jobs):
    if not jobs:
        return Voice.ELSEWHERE
    return Voice.CLINICAL if any(group in CLINICAL for group, _ in jobs) else Voice.NOT_CLINICAL


def fold(*, round):
    """Add those who told a story there to the tallies of its quarter, each once. The caller holds the Round and forgets
    its panel in the same act, so no Round is added twice."""
    if round.state not in TOLD_IN:
        return
    on = today(round.starts_at)
    people = list(round.panel.agreed().values_list("person", flat=True))
    found = Counter((kind, sectors[0] if sectors else "") for kind, sectors in mix(people, on=on).values())
    system = _counted_in(round)
    for (kind, sector), number in found.items():
        add(number, system=system, quarter=quarter_of(on), kind=kind, sector=sector)


def _counted_in(round):
    """Its system, or what that has gone on as since it was held: where it was divided, with whoever hosted it."""
    ahead = and_after([round.system_id])
    ended = SystemSuccession.objects.filter(predecessor__in=ahead).values("predecessor")
    heirs = System.objects.filter(pk__in=ahead).exclude(pk__in=ended).order_by("code")
    at_home = Q(edges__organisation__in=round.host_organisations, edges__ends_on=None)
    at_home |= Q(places__in=[round.host_place_id] if round.host_place_id else [])
    return heirs.filter(at_home).first() or heirs.first()


def move(system, heir):
    """What was counted of a system that goes on as another."""
    for tally in VoiceTally.objects.filter(system=system):
        add(tally.number, system=heir, quarter=tally.quarter, kind=tally.kind, sector=tally.sector)
        tally.delete()


def add(number, **where):
    tally, _ = VoiceTally.objects.get_or_create(**where)
    VoiceTally.objects.filter(pk=tally.pk).update(number=F("number") + number)
