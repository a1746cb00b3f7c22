"""Letters about a role: that it was given or its dates changed, and that it has ended."""

from datetime import datetime, time

from django.utils import timezone

from members import postbox
from members.access import today
from members.models import RoleGrant, System
from members.registry import Facts, Letter, letters
from members.roles import ROLES
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.links import absolute_url

from .composing import said_of
from .told import TOLD

GIVEN, ENDED = "role_given", "role_ended"
IN_THE_MORNING = time(8)


def register_role_letters():
    for kind, read in [(GIVEN, read_role_given), (ENDED, read_role_ended)]:
        letters.register(Letter(kind=kind, told=TOLD[kind], template=f"members/{kind}", read=read, lock=lock_grant))


def role_given(grant, *, now):
    """One for the dates it has now. Where it has a last day, the letter of its end is written with it."""
    key = f"{GIVEN}:{grant.pk}:{grant.starts_on}:{grant.ends_on}"
    postbox.post(GIVEN, dedupe_key=key, now=now, **_whose(grant))
    if grant.ends_on:
        role_ended(grant, now=now)


def role_ended(grant, *, now):
    key, due_at = f"{ENDED}:{grant.pk}:{grant.ends_on}", max(now, _goes_at(grant))
    postbox.post(ENDED, dedupe_key=key, due_at=due_at, now=now, **_whose(grant))


def _whose(grant):
    return {"person": grant.person_id, "system": _system_of(grant), "about": grant.pk}


def _goes_at(grant):
    """On the first morning without the role; at once where it was taken back before it began."""
    if grant.ends_on == grant.starts_on:
        return grant.created_at
    return timezone.make_aware(datetime.combine(grant.ends_on, IN_THE_MORNING))


def lock_grant(delivery):
    grant = postbox.held(RoleGrant.objects.filter(pk=delivery.about))
    return grant and _mark(grant)


def _mark(grant):
    return [grant.starts_on, grant.ends_on]


def read_role_given(delivery, now):
    """Not once it is over, or its dates are others: then another letter says so."""
    grant = _grant(delivery)
    stands = grant and RoleGrant.objects.not_over(today(now)).filter(pk=grant.pk).exists()
    if not stands or delivery.dedupe_key != f"{GIVEN}:{grant.pk}:{grant.starts_on}:{grant.ends_on}":
        return None
    last = nhs_date(grant.last_day) if grant.ends_on else ""
    giver = grant.granted_by.name if grant.granted_by else ""
    return _facts(grant, first_day=nhs_date(grant.starts_on), last_day=last, giver=giver)


def read_role_ended(delivery, now):
    """Not where it goes on after all, by other dates or a further grant."""
    grant = _grant(delivery)
    if not grant or delivery.dedupe_key != f"{ENDED}:{grant.pk}:{grant.ends_on}" or _goes_on(grant, now):
        return None
    return _facts(grant) if _goes_at(grant) <= now else _goes_at(grant)


def _goes_on(grant, now):
    held = RoleGrant.objects.in_force(max(today(now), grant.ends_on)).filter(person=grant.person_id, role=grant.role)
    return held.filter(system=grant.system_id, place=grant.place_id, organisation=grant.organisation_id).exists()


def _grant(delivery):
    grants = RoleGrant.objects.filter(pk=delivery.about, person__is_active=True)
    return grants.select_related("person", "granted_by", "system", "place__system", "organisation").first()


def _facts(grant, **words):
    system = _system_of(grant)
    said = said_of(system) | {"contact": system.contact}
    said |= {"role": ROLES[grant.role].name, "scope": str(grant.scope), "button_url": absolute_url("home")}
    return Facts(address=grant.person.email, sender=system.sender, context=said | words, mark=_mark(grant))


def _system_of(grant):
    """Where the role holds; the portal's own for a partner that stands in none any more."""
    if grant.system or grant.place:
        return grant.system or grant.place.system
    systems = System.objects.standing().order_by("created_at")
    return systems.filter(edges__organisation=grant.organisation_id).first() or systems.first()
