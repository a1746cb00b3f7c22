"""A partner's way from interest to its first three Rounds. What the portal can see ticks itself."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from members.access import today
from members.models import Licence, RoleGrant, Succession
from members.models.succession import and_before
from rounds.models import NewHost, Round
from rounds.states import BY_HAND, GOES_ON, TOOK_PLACE, StartStep
from rounds_site.kit.refusals import Refused

FIRST_ROUNDS, FACILITATORS = 3, 2


@transaction.atomic
def begin(*, system, organisation, interested_on):
    """A second press finds the first."""
    facts = {"interested_on": interested_on}
    return NewHost.objects.get_or_create(system=system, organisation=organisation, defaults=facts)[0]


@transaction.atomic
def tick(*, host, step, done):
    """By hand, of what the portal may not know; Refused for what it sees."""
    if step not in BY_HAND:
        raise Refused("The portal sees that by itself.")
    host = NewHost.objects.select_for_update().get(pk=host.pk)
    ticked = {*host.by_hand, step} if done else {*host.by_hand} - {step}
    host.by_hand = [each for each in StartStep.values if each in ticked]
    host.save(update_fields=["by_hand"])


@transaction.atomic
def take_off(*, host):
    """Off the list; nothing else of the partner changes."""
    host.delete()


@dataclass(frozen=True)
class Stepped:
    """A step of one partner: `seen` by the portal, or ticked by hand; `note` says how far it has come."""

    step: StartStep
    seen: bool
    by_hand: bool
    note: str = ""

    @property
    def done(self):
        return self.seen or self.by_hand

    @property
    def may_tick(self):
        return self.step in BY_HAND and not self.seen


def hosts_of(system):
    """Partners on their way, by name."""
    return system.new_hosts.select_related("organisation").order_by("organisation__name", "pk")


def ways_of(hosts, *, system, now):
    """[(partner on its way, its steps)] in as many queries however many there are."""
    hosts = list(hosts)
    known = _Known(system, [each.organisation_id for each in hosts], now)
    return [(host, [_stepped(host, step, known) for step in StartStep]) for host in hosts]


def _stepped(host, step, known):
    seen, note = known.of(step, host.organisation)
    return Stepped(step, seen, step in host.by_hand, note)


class _Known:
    """What the portal sees of some partners."""

    def __init__(self, system, partners, now):
        self._roles, self._trained = _roles(partners, today(now))
        self._licence = Licence.objects.prefetch_related("coverages").filter(system=system).first()
        self._planned, self._held = _rounds(system, partners, now)

    def of(self, step, partner):
        """(whether it is so, how far it has come in words). Not of training: one of two would say of whom."""
        facilitators = self._roles[partner.pk]["facilitator"]
        trained, held = len(facilitators & self._trained), self._held[partner.pk]
        return {
            StartStep.INTERESTED: (True, ""),
            StartStep.SPONSOR: (bool(self._roles[partner.pk]["sponsor"]), ""),
            StartStep.FACILITATORS: (len(facilitators) >= FACILITATORS, _of(len(facilitators), FACILITATORS)),
            StartStep.TRAINED: (trained >= FACILITATORS, ""),
            StartStep.STEERING: (bool(self._roles[partner.pk]["steering_group"]), ""),
            StartStep.LICENCE: (bool(self._licence) and self._licence.covers(partner), ""),
            StartStep.PLANNED: (self._planned[partner.pk] > 0, ""),
            StartStep.HELD: (held >= FIRST_ROUNDS, _of(held, FIRST_ROUNDS)),
        }[step]


def _of(number, wanted):
    return f"{number} of {wanted}" if 0 < number < wanted else ""


def _roles(partners, on):
    """({partner: {role: people who hold it there}}, those of them who are trained); whoever may facilitate there counts
    as a facilitator."""
    found, trained = defaultdict(lambda: defaultdict(set)), set()
    held = RoleGrant.objects.in_force(on).filter(organisation__in=partners)
    for partner, role, person, since in held.values_list("organisation", "role", "person", "person__training__held_on"):
        found[partner]["facilitator" if role == "clinical_lead" else role].add(person)
        if since and since <= on:
            trained.add(person)
    return found, trained


def _rounds(system, partners, now):
    """({partner: Rounds planned or held}, {partner: Rounds held}), as host or second host, with those of all that is
    wholly part of it today."""
    planned, held = defaultdict(int), defaultdict(int)
    before = Succession.objects.forebears()
    whose = {key: partner for partner in partners for key in (partner, *before[partner])}
    rounds = Round.objects.filter(system__in=and_before([system.pk]), state__in=GOES_ON)
    rounds = rounds.filter(Q(host_organisation__in=whose) | Q(co_host__in=whose))
    for host, co_host, state, ends_at in rounds.values_list("host_organisation", "co_host", "state", "ends_at"):
        for partner in {whose[key] for key in (host, co_host) if key in whose}:
            planned[partner] += 1
            held[partner] += ends_at <= now and state in TOOK_PLACE
    return planned, held
