"""Leaving an organisation: one act for whoever says so, for an administrator and for a staff list.

The membership ends today. Roles in that organisation end with it and, once somebody works for no partner of a system
any more, their roles in the system and its Places. What upper apps know of (coming places, say) is let go through
``registry.leaving``. The account stays, so that its owner can still see what is held about them.
"""

from collections import defaultdict

from django.db import transaction

from members import emails
from members.access import forget_grants, today
from members.models import Membership, RoleGrant, System, SystemEdge
from members.models.audit import Act
from members.registry import leaving
from rounds_site.kit.refusals import Refused

from . import audit
from .staff_lists import chunks


@transaction.atomic
def leave(*, membership, by, now):
    """Refused where it would leave a system without an administrator: nobody could let anybody in."""
    on = today(now)
    job = (membership.person_id, membership.organisation_id)
    # Systems before anything of theirs, in the order of whoever carries out a merger.
    hold_systems(roles_that_lapse([job], on=on))
    works = Membership.objects.select_for_update().in_force(on).filter(pk=membership.pk)
    membership = works.select_related("person", "organisation").first()
    if membership is None:
        raise Refused("That had ended already.")
    lapsing = roles_that_lapse([job], on=on)
    for grant in indispensable(lapsing, on=on):
        raise Refused(f"{grant.person} is the only administrator of {grant.system}. Name another one first.")
    _end([job], lapsing, by, now)
    if by != membership.person:
        audit.record(Act.MEMBERSHIP_ENDED, by=by, about=membership.person_id, where=membership.organisation, now=now)
    return membership


@transaction.atomic
def leave_by_list(*, jobs, by, now):
    """All whom a staff list does not name any more; the roles that lapsed. A list is a file and may be wrong, so that
    it takes its last administrator from no system."""
    on = today(now)
    lapsing = roles_that_lapse(jobs, on=on)
    hold_systems(lapsing)
    kept = indispensable(lapsing, on=on)
    lapsing = [grant for grant in lapsing if grant not in kept]
    _end(jobs, lapsing, by, now)
    return lapsing


def roles_that_lapse(jobs, *, on, starting=()):
    """The roles that end when these jobs, [(key of the person, key of the organisation)], do, and those `starting`
    begin."""
    left, found = sets(jobs), []
    for people in chunks(list(left)):
        found += _roles_of(people, left, starting, on)
    return found


def _roles_of(people, left, starting, on):
    held = RoleGrant.objects.not_over(on).filter(person__in=people)
    held = list(held.select_related("person", "system", "place__system", "organisation").order_by("created_at", "pk"))
    if not held:
        return []
    jobs = Membership.objects.in_force(on).filter(person__in={grant.person_id for grant in held}).order_by()
    works = sets([*jobs.values_list("person", "organisation"), *starting])
    systems = sets(SystemEdge.objects.in_force(on).order_by().values_list("organisation", "system"))
    return [grant for grant in held if _lapses(grant, left[grant.person_id], works[grant.person_id], systems)]


def rest_in_sight(jobs, *, starting=(), by, now):
    """In sentences, what of people who leave would be closed to them, as far as `by` may read that they have it."""
    return [words for each in leaving for words in each.in_sight(jobs, list(starting), by, now)]


def sets(pairs):
    """{first: {seconds}}"""
    found = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return found


def _lapses(grant, left, works, systems):
    """`left` and `works`: keys of organisations, those left being among those worked for until now."""
    if grant.organisation_id:
        return grant.organisation_id in left
    system = grant.system_id or grant.place.system_id
    here = {organisation for organisation in works | left if system in systems[organisation]}
    return bool(here & left) and not here - left


def indispensable(lapsing, *, on):
    """Those of the roles without which a system would have no administrator."""
    wanted = _of_administrators(lapsing)
    if not wanted:
        return []
    systems = {grant.system_id for grant in wanted}
    others = RoleGrant.objects.in_force(on).filter(role="administrator", system__in=systems, person__is_active=True)
    # One whose role has a last day does not stand for the last one who has none.
    others = others.filter(ends_on=None)
    others = others.exclude(pk__in=[grant.pk for grant in wanted])
    covered = set(others.order_by().values_list("system", flat=True))
    return [grant for grant in wanted if grant.system_id not in covered]


def _of_administrators(grants):
    return [grant for grant in grants if grant.role == "administrator" and grant.system_id]


def hold_systems(lapsing):
    """Of two administrators who leave at once, the second sees that the first has gone. Their keys stay free, so that
    nobody waits who only writes that something is theirs."""
    systems = {grant.system_id for grant in _of_administrators(lapsing)}
    list(System.objects.select_for_update(no_key=True).filter(pk__in=systems).order_by("pk"))


def _end(jobs, lapsing, by, now):
    on = today(now)
    leavers = {where: list(people) for where, people in sets((where, who) for who, where in jobs).items()}
    for organisation, people in leavers.items():
        for some in chunks(people):
            works = Membership.objects.in_force(on).filter(organisation=organisation, person__in=some)
            works.update(ends_on=on)
    for grant in lapsing:
        grant.ends_on = max(on, grant.starts_on)
        grant.save(update_fields=["ends_on"])
        forget_grants(grant.person)
        emails.role_ended(grant, now=now)
        audit.record(Act.ROLE_LAPSED, by=by, about=grant.person_id, where=grant.scope, now=now, role=grant.role)
    for each in leaving:
        each.let_go(jobs, now)
