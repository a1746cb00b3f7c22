"""Doors to people and organisations, and the one question about rights: may this person do that here?

Doors take the person who asks and the time. Outsiders get 404, so that nothing is learnt; insiders without the right
get 403.
"""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from .models import (
    JoinLink,
    Membership,
    Organisation,
    Person,
    Place,
    PlaceEdge,
    RoleGrant,
    System,
    SystemEdge,
    Upload,
)
from .roles import ROLES, May, Scope


def today(now):
    """The day in the portal's time zone on which `now` falls."""
    return timezone.localdate(now)


def grants_of(person, *, now):
    """The roles that a person holds on that day; read once per request and person."""
    on = today(now)
    kept = getattr(person, "_grants_on", None)
    if kept is None or kept[0] != on:
        held = RoleGrant.objects.in_force(on).filter(person=person).order_by("starts_on", "created_at")
        kept = (on, list(held.select_related("system", "place", "organisation")))
        person._grants_on = kept
    return kept[1]


def forget_grants(person):
    """Call after giving or ending a role, for a person object that lives on."""
    person._grants_on = None


def may_anywhere(person, what: May, *, now) -> bool:
    return any(what in ROLES[grant.role].may for grant in grants_of(person, now=now))


def may(person, what: May, where, *, now) -> bool:
    """Whether a role gives `what` in a scope that covers `where`: a system, a Place or an organisation.

    A system covers its Places and their organisations; a Place covers the organisations that serve it.
    """
    return any(
        what in ROLES[grant.role].may and _covers(grant, where, today(now)) for grant in grants_of(person, now=now)
    )


def _covers(grant, where, on):
    if isinstance(where, System):
        return grant.system_id == where.pk
    if isinstance(where, Place):
        return where.pk == grant.place_id or (grant.system_id is not None and grant.system_id == where.system_id)
    if grant.organisation_id:
        return grant.organisation_id == where.pk
    if grant.place_id:
        return PlaceEdge.objects.in_force(on).filter(place=grant.place_id, organisation=where).exists()
    return SystemEdge.objects.in_force(on).filter(system=grant.system_id, organisation=where).exists()


def may_give(person, role, where, *, now) -> bool:
    """Whether the person may give or end `role` (a code) in that scope: a role of theirs that covers it says so."""
    wanted, on = ROLES[role], today(now)
    if SCOPES[type(where)] not in wanted.scopes:
        return False
    return any(grant.role in wanted.given_by and _covers(grant, where, on) for grant in grants_of(person, now=now))


SCOPES = {System: Scope.SYSTEM, Place: Scope.PLACE, Organisation: Scope.ORGANISATION}


def systems_where(person, what: May, *, now):
    """The systems in which some role of the person gives `what`, whatever the role's scope."""
    on = today(now)
    systems = set()
    for grant in grants_of(person, now=now):
        if what not in ROLES[grant.role].may:
            continue
        if grant.system_id:
            systems.add(grant.system_id)
        elif grant.place_id:
            systems.add(grant.place.system_id)
        else:
            edges = SystemEdge.objects.in_force(on).filter(organisation=grant.organisation_id)
            systems.update(edges.values_list("system", flat=True))
    return System.objects.filter(pk__in=systems).order_by("name")


def organisations_to_manage(person, *, now):
    """The organisations whose details the person keeps."""
    on = today(now)
    found = Organisation.objects.none()
    for grant in grants_of(person, now=now):
        if May.MANAGE_ORGANISATIONS not in ROLES[grant.role].may:
            continue
        if grant.system_id:
            found = found | Organisation.objects.in_system(grant.system, on=on)
        elif grant.organisation_id:
            found = found | Organisation.objects.filter(pk=grant.organisation_id)
    return found


def get_organisation_to_manage(person, code, *, now):
    organisation = organisations_to_manage(person, now=now).filter(code=code).first()
    if organisation:
        return organisation
    if may_anywhere(person, May.MANAGE_ORGANISATIONS, now=now) or not _works_for(person, code, now):
        raise Http404
    raise PermissionDenied


def _works_for(person, code, now):
    return Membership.objects.in_force(today(now)).filter(person=person, organisation__code=code).exists()


def get_system_to_manage(person, what: May, *, now):
    """The system in which the person may do `what` for the whole system."""
    for grant in grants_of(person, now=now):
        if grant.system_id and what in ROLES[grant.role].may:
            return grant.system
    raise PermissionDenied


def get_scope_to_look_after(person, *, now):
    """The widest scope in which a role opens Manage to the person: a system before an organisation."""
    scopes = [
        grant.scope
        for grant in grants_of(person, now=now)
        if ROLES[grant.role].may & OPENS_MANAGE and not grant.place_id
    ]
    if not scopes:
        raise PermissionDenied
    return next((scope for scope in scopes if isinstance(scope, System)), scopes[0])


OPENS_MANAGE = frozenset({May.MANAGE_ORGANISATIONS, May.MANAGE_PEOPLE, May.SEE_ROLES})


def people_to_manage(person, *, now):
    """Anyone who works in an organisation that the person manages, and whoever holds a role in a system they manage
    (the first administrators have no employer here); 403 where that is not theirs to do."""
    if not may_anywhere(person, May.MANAGE_PEOPLE, now=now):
        raise PermissionDenied
    organisations = organisations_to_manage(person, now=now)
    employed = Membership.objects.in_force(today(now)).filter(organisation__in=organisations).values("person")
    trusted = RoleGrant.objects.filter(system__in=_managed_systems(person, now)).values("person")
    return Person.objects.filter(Q(pk__in=employed) | Q(pk__in=trusted))


def staff_lists_to_import(person, *, now):
    """The organisations whose staff lists the person may import; 403 where there is none."""
    if not may_anywhere(person, May.MANAGE_PEOPLE, now=now):
        raise PermissionDenied
    return organisations_to_manage(person, now=now)


def get_upload(person, kind, *, now):
    """The person's own file of that kind that waits to be accepted; None where there is none any more."""
    return Upload.objects.waiting(now).filter(person=person, kind=kind).first()


def get_person_to_manage(person, pk, *, now):
    """Someone whom the person may give a role."""
    managed = people_to_manage(person, now=now).filter(pk=pk).first()
    if managed is None:
        raise Http404
    return managed


def _managed_systems(person, now):
    grants = grants_of(person, now=now)
    return [grant.system_id for grant in grants if grant.system_id and May.MANAGE_PEOPLE in ROLES[grant.role].may]


def get_join_link(token):
    """The open join link with that token; an ended one is not here any more."""
    link = JoinLink.objects.filter(token=token, ended_at=None).select_related("organisation").first()
    if link is None:
        raise Http404
    return link


def navigation_of(person, *, now) -> str:
    """Which of the navigation bars of the site a person sees: the widest that one of their roles gives."""
    held = {grant.role for grant in grants_of(person, now=now)}
    for bar, roles in NAVIGATION_BARS:
        if held & roles:
            return bar
    return "staff"


NAVIGATION_BARS = [
    ("lead", {"ics_lead"}),
    ("administrator", {"administrator"}),
    ("organiser", {"facilitator", "clinical_lead", "steering_group", "sponsor", "place_lead"}),
    ("governance", {"governance_lead"}),
]
