"""Doors to people and organisations, and the one question about rights: may this person do that here?

Doors take the person who asks and the time. Outsiders get 404, so that nothing is learnt; insiders without the right
get 403.
"""

from functools import lru_cache

from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.db.models import (
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    FilteredRelation,
    OuterRef,
    Q,
    UUIDField,
)
from django.db.models.functions import TruncDate
from django.http import Http404
from django.utils import timezone

from rounds_site.kit.links import NotOurs, unsign
from rounds_site.kit.prepared import Rows, Slot

from .models import (
    ApprovedDomain,
    Delivery,
    InvitationLink,
    JoinLink,
    JoinRequest,
    ListedJob,
    Membership,
    Organisation,
    Person,
    Place,
    PlaceEdge,
    Provider,
    RoleGrant,
    RoleProposal,
    Succession,
    System,
    SystemEdge,
    Training,
    Upload,
)
from .models.organisation import in_force
from .models.succession import and_before
from .roles import ROLES, May, Scope


def today(now):
    """The day in the portal's time zone on which `now` falls."""
    return timezone.localdate(now)


def signed_in(pk, *, now):
    """Whose session it is, or None. With them come the roles that they hold, since every request asks."""
    on = today(now)
    rows = _person_with_their_roles().run(person=pk, day=on)
    if not rows:
        return None
    person = rows[0]
    person._grants_on = (on, [row.held for row in rows if hasattr(row, "held")])
    for grant in person._grants_on[1]:
        grant.person = person
    return person


@lru_cache(maxsize=1)
def _person_with_their_roles():
    """A row for each role, or one without any."""
    held = FilteredRelation("role_grants", condition=in_force(Slot("day", DateField()), "role_grants__"))
    person = Person.objects.filter(pk=Slot("person", UUIDField())).annotate(held=held)
    return Rows(
        person.select_related("held__system", "held__place", "held__organisation").order_by(
            "held__starts_on", "held__created_at"
        )
    )


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


def needs_second_factor(person, *, now) -> bool:
    """Whoever holds any role, a mentor too. Being in the team of one Round is no role."""
    return bool(grants_of(person, now=now))


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


def systems_where(person, *rights: May, now):
    """The systems in which some role of the person gives one of these rights, whatever the role's scope."""
    return System.objects.filter(pk__in=keys_of_systems_where(person, *rights, now=now)).order_by("name")


def keys_of_systems_where(person, *rights: May, now):
    """The same as keys, of which only those of an organisation are asked for."""
    on = today(now)
    systems = set()
    for grant in grants_of(person, now=now):
        if not ROLES[grant.role].may & set(rights):
            continue
        if grant.system_id:
            systems.add(grant.system_id)
        elif grant.place_id:
            systems.add(grant.place.system_id)
        else:
            edges = SystemEdge.objects.in_force(on).filter(organisation=grant.organisation_id)
            systems.update(edges.values_list("system", flat=True))
    return systems


def organisations_where(person, *rights: May, now):
    """The organisations in which some role of the person gives one of these rights: put together once per request,
    person and rights, since every door of Manage asks for them."""
    on, grants = today(now), grants_of(person, now=now)
    kept = person.__dict__.setdefault("_organisations", {})
    key = (rights, on, tuple(grant.pk for grant in grants))
    if key not in kept:
        kept[key] = _organisations_of([grant for grant in grants if ROLES[grant.role].may & set(rights)], on)
    return kept[key].all()


def _organisations_of(grants, on):
    found = Organisation.objects.none()
    for grant in grants:
        if grant.system_id:
            found = found | Organisation.objects.in_system(grant.system, on=on)
        elif grant.place_id:
            found = found | Organisation.objects.in_place(grant.place, on=on)
        else:
            found = found | Organisation.objects.filter(pk=grant.organisation_id)
    return found


def organisations_to_manage(person, *, now):
    """The organisations whose details the person keeps."""
    return organisations_where(person, May.MANAGE_ORGANISATIONS, now=now)


def systems_of_others(organisations, person, *, now):
    """{key of an organisation: the systems it belongs to, or will, which the person does not look after}. What concerns
    all of its systems takes somebody who looks after all of them; the service itself (None) does."""
    edges = SystemEdge.objects.not_over(today(now)).filter(organisation__in=organisations).select_related("system")
    found = {}
    for edge in edges.order_by("system__name", "pk") if person else []:
        if not may(person, May.MANAGE_ORGANISATIONS, edge.system, now=now):
            found.setdefault(edge.organisation_id, {})[edge.system_id] = edge.system
    return {organisation: list(systems.values()) for organisation, systems in found.items()}


def get_organisation_to_manage(person, code, *, now):
    organisation = organisations_to_manage(person, now=now).filter(code=code).first()
    if organisation:
        return organisation
    if may_anywhere(person, May.MANAGE_ORGANISATIONS, now=now) or not _works_for(person, code, now):
        raise Http404
    raise PermissionDenied


def organisations_to_read(person, *, now):
    """Those that the person looks after, and those that once belonged to a system they look after: what became of
    these can be read, and nothing of them can be changed."""
    found = organisations_to_manage(person, now=now)
    for grant in grants_of(person, now=now):
        if grant.system_id and May.MANAGE_ORGANISATIONS in ROLES[grant.role].may:
            found = found | Organisation.objects.left(grant.system, on=today(now))
    return found


def get_organisation_to_read(person, code, *, now):
    organisation = organisations_to_read(person, now=now).filter(code=code).first()
    return organisation or get_organisation_to_manage(person, code, now=now)


def _works_for(person, code, now):
    return Membership.objects.in_force(today(now)).filter(person=person, organisation__code=code).exists()


def get_system_to_manage(person, what: May, *, now):
    """The system in which the person may do `what` for the whole system."""
    for grant in grants_of(person, now=now):
        if grant.system_id and what in ROLES[grant.role].may:
            return grant.system
    raise PermissionDenied


def get_system_to_license(person, code, *, now):
    """A system whose partners the person looks after; 403 for whoever looks after none."""
    get_system_to_manage(person, May.MANAGE_ORGANISATIONS, now=now)
    grants = [each for each in grants_of(person, now=now) if May.MANAGE_ORGANISATIONS in ROLES[each.role].may]
    return _or_404(System.objects.filter(code=code, pk__in=[each.system_id for each in grants if each.system_id]))


def letters_of(system, systems=None):
    """Those of the system and of the ones that became it, for whoever looks after its letters; with the system whose
    portal this is go the portal's own. `systems`: all of them ``with_successors``, where they were read already."""
    systems = list(System.objects.with_successors()) if systems is None else systems
    became = {system.pk}
    while more := {each.pk for each in systems if each.successor in became} - became:
        became |= more
    theirs, of_this_portal = Q(system__in=became), next((each for each in systems if not each.successor), None)
    return Delivery.objects.filter(theirs | Q(system=None) if system == of_this_portal else theirs)


def get_provider_to_manage(person, code, *, now):
    """A sign-in provider of the system whose partners the person looks after; 403 for whoever looks after none."""
    system = get_system_to_manage(person, May.MANAGE_ORGANISATIONS, now=now)
    return _or_404(Provider.objects.filter(system=system, code=code))


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


OPENS_MANAGE = frozenset({May.MANAGE_ORGANISATIONS, May.MANAGE_PEOPLE, May.READ_LOGS})


def people_to_manage(person, *, now):
    """Anyone who works in an organisation that the person manages, and whoever holds a role in a system they manage
    (the first administrators have no employer here); 403 where that is not theirs to do."""
    if not may_anywhere(person, May.MANAGE_PEOPLE, now=now):
        raise PermissionDenied
    organisations = organisations_to_manage(person, now=now)
    # Asked of each that is found, and not of everybody beforehand.
    theirs = {"person": OuterRef("pk")}
    employed = Membership.objects.in_force(today(now)).filter(organisation__in=organisations, **theirs)
    trusted = RoleGrant.objects.filter(system__in=_managed_systems(person, now), **theirs)
    return Person.objects.filter(Exists(employed) | Exists(trusted))


def jobs_to_read(person, *, now):
    """Where the person may know that others work or worked: at organisations that they look after, and at those that
    were theirs to look after when the job ended. Who a second employer is, is no business of the first."""
    return Membership.objects.filter(_at_own_organisations(person, now))


def roles_to_read(person, *, now):
    """The same of roles: those within what the person looks after, held, past and to come."""
    return RoleGrant.objects.filter(_within_systems(person, now) | _at_own_organisations(person, now))


def jobs_of_today(person, *, now):
    """Those of ``jobs_to_read`` that are in force, as a long list asks for them: none of these has ended."""
    return Membership.objects.in_force(today(now)).filter(organisation__in=organisations_to_manage(person, now=now))


def roles_of_today(person, *, now):
    """The same of ``roles_to_read``."""
    ours = Q(organisation__in=organisations_to_manage(person, now=now))
    return RoleGrant.objects.in_force(today(now)).filter(_within_systems(person, now) | ours)


def _within_systems(person, now):
    systems = _systems_over_time(person, now)
    return Q(system__in=systems) | Q(place__system__in=systems)


def _at_own_organisations(person, now):
    """A condition on dated rows of an organisation."""
    then = SystemEdge.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=OuterRef("ends_on")),
        system__in=_systems_over_time(person, now),
        organisation=OuterRef("organisation"),
        starts_on__lte=OuterRef("ends_on"),
    )
    today_ours = Q(organisation__in=organisations_to_manage(person, now=now))
    return today_ours | (Q(ends_on__lte=today(now)) & Q(Exists(then)))


def _systems_over_time(person, now):
    """Read once per request and person, as their roles are."""
    managed = _managed_systems(person, now)
    kept = getattr(person, "_over_time", None)
    if kept is None or kept[0] != managed:
        kept = person._over_time = (managed, and_before(managed))
    return kept[1]


def staff_lists_to_import(person, *, now):
    """The organisations whose staff lists the person may import; 403 where there is none."""
    if not may_anywhere(person, May.MANAGE_PEOPLE, now=now):
        raise PermissionDenied
    return organisations_to_manage(person, now=now)


def logs_to_read(person, *, moment, now):
    """A condition on the rows of a log whose time stands in the field `moment`: those of the systems and organisations
    whose information-governance lead the person is. A whole system's lead reads what happened at its partners while
    they were some, what happened in the systems that became it, and what happened nowhere in particular, as the
    portal's own acts."""
    grants = [grant for grant in grants_of(person, now=now) if May.READ_LOGS in ROLES[grant.role].may]
    if not grants:
        raise PermissionDenied
    seen = Q(where__in=[grant.organisation_id for grant in grants if grant.organisation_id])
    systems = and_before([grant.system_id for grant in grants if grant.system_id])
    if systems:
        places = Place.objects.filter(system__in=systems).values("pk")
        seen |= Q(where=None) | Q(where__in=systems) | Q(where__in=places) | Q(Exists(_partners_then(systems, moment)))
    return seen


def _partners_then(systems, moment):
    """Edges of the organisation in `where` to one of the systems: on the day of the row, or the last that it had, as
    what happens to one that has ended is still told where it was."""
    day = TruncDate(ExpressionWrapper(OuterRef(moment), output_field=DateTimeField()))
    later = SystemEdge.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=OuterRef("ends_on")), organisation=OuterRef("organisation")
    )
    return SystemEdge.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=day) | ~Exists(later),
        system__in=systems,
        organisation=OuterRef("where"),
        starts_on__lte=day,
    )


def widest_scope(person, *, now):
    """Where a holder of a role belongs in a log: their system if they have one, else the first of their scopes."""
    scopes = [grant.scope for grant in grants_of(person, now=now)]
    return next((scope for scope in scopes if isinstance(scope, System)), scopes[0] if scopes else None)


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
    """The open join link with that token; an ended one is not here any more, unless it was open on the day when its
    partner became another: then it leads to that one's, as it stands on posters and in letters that are out."""
    link = JoinLink.objects.filter(token=token).select_related("organisation").first()
    while link and link.ended_at:
        link = _link_of_successor(link)
    if link is None:
        raise Http404
    return link


def _link_of_successor(link):
    followed = Succession.objects.whole().filter(predecessor=link.organisation_id, created_at=link.ended_at).first()
    if followed is None:
        return None
    links = JoinLink.objects.filter(organisation=followed.successor_id).select_related("organisation")
    ended_by_act = Succession.objects.filter(predecessor=followed.successor_id).values("created_at")
    return links.filter(Q(ended_at=None) | Q(ended_at__in=ended_by_act)).order_by("-created_at").first()


def proven_addresses(person):
    """Those of which they entered a code, or for which an administrator or a staff list vouched."""
    return list(EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True))


def organisations_to_join(person, *, now):
    """Partners of a system that approve the domain of an address which the person has proven, or by whose sign-in they
    came; none where they work already, or have left: an address outlives a job, so that somebody there lets them in
    anew, or its staff list does. Only their owner learns what an address opens."""
    on = today(now)
    approving = Q(pk__in=ApprovedDomain.objects.of_addresses(proven_addresses(person)).values("organisation"))
    approving |= Q(pk__in=Organisation.objects.filter(providers__in=Provider.objects.that_brought(person)))
    worked = Membership.objects.filter(person=person).values("organisation")
    return Organisation.objects.filter(
        approving, Exists(SystemEdge.objects.in_force(on).filter(organisation=OuterRef("pk")))
    ).exclude(pk__in=worked)


def get_organisation_to_join(person, code, *, now):
    return _or_404(organisations_to_join(person, now=now).filter(code=code))


def jobs_to_confirm(person, *, now):
    """What staff lists say of the person, who has not said so themself; of partners that are some today, and where
    they do not work already."""
    on = today(now)
    works = Membership.objects.in_force(on).filter(person=person).values("organisation")
    asked = ListedJob.objects.filter(
        Exists(SystemEdge.objects.in_force(on).filter(organisation=OuterRef("organisation"))),
        person=person,
        declined=False,
    )
    return asked.exclude(organisation__in=works).select_related("organisation").order_by("organisation__name", "pk")


def get_job_to_confirm(person, pk, *, now):
    return _or_404(jobs_to_confirm(person, now=now).filter(pk=pk))


def get_invitation(token, *, now):
    """The open invitation link of that signed token; one that was used, withdrawn or ended is not here any more."""
    try:
        key = unsign(token, purpose="invited")
    except NotOurs:
        raise Http404 from None
    return _or_404(InvitationLink.objects.open(now).filter(pk=key).select_related("organisation"))


def get_request_to_decide(person, pk, *, now):
    """A request to join names no partner yet, so only those decide who add people to its whole system; 403 for whoever
    does so nowhere."""
    system = get_system_to_manage(person, May.MANAGE_PEOPLE, now=now)
    return _or_404(JoinRequest.objects.undecided().select_related("person", "system").filter(system=system, pk=pk))


def requests_to_decide(person, *, now):
    """Those that wait for an administrator; none where deciding is not theirs."""
    try:
        system = get_system_to_manage(person, May.MANAGE_PEOPLE, now=now)
    except PermissionDenied:
        return JoinRequest.objects.none()
    return JoinRequest.objects.waiting().filter(system=system).select_related("person")


def get_facilitator_to_manage(person, pk, *, now):
    """Somebody who facilitates here or once did; nobody else has a training record."""
    whose = get_person_to_manage(person, pk, now=now)
    if not roles_to_read(person, now=now).filter(person=whose, role="facilitator").exists():
        raise Http404
    return whose


def mentors_to_name(person, facilitator, *, now):
    """Mentors, and others who facilitate or lead clinically, among those whom the person manages."""
    roles = roles_to_read(person, now=now).in_force(today(now))
    experienced = roles.filter(role__in=["mentor", "facilitator", "clinical_lead"])
    named = people_to_manage(person, now=now).filter(pk__in=experienced.values("person")).order_by()
    kept = Training.objects.filter(person=facilitator).exclude(mentor=None)
    # One or the other, each found by itself: asked in one condition, everybody would be read.
    found = named.values("pk").union(kept.values("mentor"))
    return Person.objects.filter(pk__in=found).exclude(pk=facilitator.pk).order_by("name", "pk")


def get_proposal_to_decide(person, pk, proposal, *, now):
    """A role that somebody is proposed for, for those whom the table lets give it and for whoever proposed it; whether
    they may be the second one says the action, which knows why not."""
    whose = get_person_to_manage(person, pk, now=now)
    found = _or_404(RoleProposal.objects.waiting(now).select_related("system").filter(person=whose, pk=proposal))
    if found.proposed_by_id != person.pk and not may_give(person, found.role, found.system, now=now):
        raise PermissionDenied
    return found


def proposals_to_confirm(person, *, now):
    """What waits for a second person, and may be them."""
    given = {code: [] for code, role in ROLES.items() if role.two_people}
    for grant in grants_of(person, now=now):
        for code, systems in given.items():
            if grant.system_id and grant.role in ROLES[code].given_by:
                systems.append(grant.system_id)
    theirs = Q(pk__in=[])
    for code, systems in given.items():
        theirs |= Q(role=code, system__in=systems)
    waiting = RoleProposal.objects.waiting(now).filter(theirs).exclude(Q(proposed_by=person) | Q(person=person))
    return waiting.select_related("person", "proposed_by", "system").order_by("created_at", "pk")


def get_own_membership(person, pk, *, now):
    jobs = Membership.objects.in_force(today(now)).filter(person=person, pk=pk)
    return _or_404(jobs.select_related("organisation", "person"))


def get_membership_to_end(person, pk, membership, *, now):
    """Somebody's job at an organisation that the person manages."""
    whose = get_person_to_manage(person, pk, now=now)
    organisations = organisations_to_manage(person, now=now)
    jobs = Membership.objects.in_force(today(now)).filter(person=whose, organisation__in=organisations, pk=membership)
    return _or_404(jobs.select_related("organisation", "person"))


def _or_404(queryset):
    found = queryset.first()
    if found is None:
        raise Http404
    return found


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
