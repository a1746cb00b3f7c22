"""People and the roles they hold."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members import reports
from members.access import (
    get_person_to_manage,
    get_proposal_to_decide,
    grants_of,
    jobs_of_today,
    jobs_to_read,
    may_give,
    organisations_to_manage,
    people_to_manage,
    requests_to_decide,
    roles_of_today,
    roles_to_read,
    systems_where,
    today,
)
from members.actions import memberships, proposals
from members.actions import people as actions
from members.forms.people import GiveRoleForm, PersonForm, RoleDatesForm
from members.registry import LoadSight
from members.roles import ROLES, May
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import stretch

from .proving import recently_proven

# One and the same for every address.
ADDED = (
    "{name} can sign in now, with a code sent to {email}. Whoever has an account elsewhere already stands here once "
    "they have said that they work for {organisation}."
)


@login_required
@require_safe
def manage_people(request):
    """Role holders first; the whole list is never shown, it is searched."""
    now = timezone.now()
    managed = people_to_manage(request.user, now=now)
    jobs, grants = jobs_of_today(request.user, now=now), roles_of_today(request.user, now=now)
    wanted = searched_for(request)
    found = managed.called(wanted) if wanted else managed.filter(pk__in=grants.values("person"))
    shown = stretch(found.order_by("name", "email", "pk"), request)
    employers, roles = reports.employers_of(shown, jobs), reports.roles_of(shown, grants)
    context = {
        "q": wanted,
        "people": [(person, employers[person.pk], roles[person.pk]) for person in shown],
        "found": shown,
        "query": urlencode({"q": wanted}) + "&",
        "requests": [] if wanted else stretch(requests_to_decide(request.user, now=now), request, name="requests"),
    }
    return render(request, "members/manage_people.html", context)


def searched_for(request):
    """What stands in the search box; PostgreSQL takes no NUL in a text."""
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


@login_required
def manage_person_add(request):
    now = timezone.now()
    people_to_manage(request.user, now=now)
    options = {"organisations": organisations_to_manage(request.user, now=now)}
    form = PersonForm(request.POST, **options) if request.method == "POST" else PersonForm(**options)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_staff(by=request.user, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, ADDED.format(**form.cleaned_data))
            return redirect("manage_people")
    return render(request, "members/manage_person_add.html", {"form": form})


@login_required
@require_safe
def manage_person(request, pk):
    """What the reader looks after of them, and not where else they work or what they do there."""
    now = timezone.now()
    person = get_person_to_manage(request.user, pk, now=now)
    jobs, roles = jobs_to_read(request.user, now=now), roles_to_read(request.user, now=now)
    proposed = [_told(proposal, request.user, now) for proposal in reports.proposals_for(person, now=now)]
    scopes = {scope for _, scope in scopes_to_give(request.user, now).values()}
    given = roles_to_give(request.user, now)
    context = {
        "person": person,
        "held": [
            {
                "grant": grant,
                "name": ROLES[grant.role].name,
                "mine": grant.role in given and grant.scope in scopes,
                "when": reports.days_of(grant, on=today(now)),
            }
            for grant in reports.roles_held(person, roles, on=today(now))
        ],
        "past": [(ROLES[grant.role].name, grant) for grant in reports.roles_past(person, roles, on=today(now))],
        "proposals": [told for told in proposed if told["theirs"] or told["mine"]],
        "memberships": jobs.filter(person=person).select_related("organisation").order_by("starts_on", "pk"),
        "gives": bool(given and scopes) and person != request.user,
        "ends": organisations_to_manage(request.user, now=now),
        "practice": _practice(request.user, person, roles, now),
    }
    return render(request, "members/manage_person.html", context)


def _practice(reader, person, roles, now):
    if not reports.has_facilitated(person, roles):
        return None
    known = set(roles.in_force(today(now)).filter(role="facilitator").values_list("person", flat=True))
    sight = LoadSight(known, list(systems_where(reader, May.MANAGE_PEOPLE, now=now)))
    return reports.practice_of(person, now=now, sight=sight)


def _told(proposal, reader, now):
    """`mine`: the reader proposed it; `theirs`: they may give it; `second`: they may be the one to confirm it."""
    mine = proposal.proposed_by == reader
    theirs = may_give(reader, proposal.role, proposal.system, now=now)
    second = theirs and not mine and proposal.person != reader
    words = {"proposal": proposal, "name": ROLES[proposal.role].name}
    return words | {"mine": mine, "theirs": theirs, "second": second}


def roles_to_give(giver, now):
    """Codes of the roles that some role of theirs lets them give, in the order of the table."""
    held = {grant.role for grant in grants_of(giver, now=now)}
    return [code for code, role in ROLES.items() if role.given_by & held]


def scopes_to_give(giver, now):
    """{key: (label, scope)} of every scope in which some role is theirs to give."""
    scopes = {}
    for grant in grants_of(giver, now=now):
        if grant.system and any(grant.role in role.given_by for role in ROLES.values()):
            scopes["system:" + grant.system.code] = (f"{grant.system} (all of it)", grant.system)
            for place in grant.system.places.all():
                scopes["place:" + place.code] = (f"{place} (a Place)", place)
    for organisation in organisations_to_manage(giver, now=now):
        scopes["organisation:" + organisation.code] = (organisation.name, organisation)
    return scopes


@recently_proven
def manage_person_role(request, pk):
    now = timezone.now()
    person = get_person_to_manage(request.user, pk, now=now)
    options = {"roles": roles_to_give(request.user, now), "scopes": scopes_to_give(request.user, now)}
    form = GiveRoleForm(request.POST, **options) if request.method == "POST" else GiveRoleForm(**options)
    if request.method == "POST" and form.is_valid():
        try:
            said = _give(person, request.user, now, role=form.cleaned_data["role"], where=form.scope, **form.dates())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("manage_person", person.pk)
    return render(request, "members/manage_person_role.html", {"form": form, "person": person})


@transaction.atomic
def _give(person, by, now, *, role, where, **dates):
    """What was done, in words. Where it takes two it is proposed."""
    name = ROLES[role].name
    if may_give(by, role, where, now=now) and memberships.takes_two(role, where):
        proposals.propose(person=person, role=role, where=where, by=by, now=now, **dates)
        return (
            f"{person} is proposed as {name}: {where}. Somebody else who may give that role confirms it within 14 days."
        )
    given = memberships.give_role(person=person, role=role, where=where, by=by, now=now, **dates)
    first = "today" if given.starts_on == today(now) else nhs_date(given.starts_on)
    last = f" Its last day is {nhs_date(given.last_day)}." if given.ends_on else ""
    return f"{person} has the role {name} from {first}: {where}.{last} We write to them."


def _role_held(reader, person, grant, now):
    held = reports.roles_held(person, roles_to_read(reader, now=now), on=today(now))
    return get_object_or_404(held, pk=grant)


@recently_proven
def manage_role_dates(request, pk, grant):
    now = timezone.now()
    person = get_person_to_manage(request.user, pk, now=now)
    grant = _role_held(request.user, person, grant, now)
    if not may_give(request.user, grant.role, grant.scope, now=now):
        raise PermissionDenied
    began = grant.starts_on <= today(now)
    initial = {"first_day": grant.starts_on, "last_day": grant.last_day}
    form = RoleDatesForm(request.POST if request.method == "POST" else None, began=began, initial=initial)
    if request.method == "POST" and form.is_valid():
        dates = form.dates()
        dates["starts_on"] = dates["starts_on"] or (grant.starts_on if began else today(now))
        try:
            memberships.change_role(grant=grant, by=request.user, now=now, **dates)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The dates are saved. {person} learns of them by letter.")
            return redirect("manage_person", person.pk)
    context = {"form": form, "person": person, "grant": grant, "name": ROLES[grant.role].name, "began": began}
    return render(request, "members/manage_role_dates.html", context)


@verb("manage_person", "pk")
def end_role(request, pk, grant):
    now = timezone.now()
    person = get_person_to_manage(request.user, pk, now=now)
    grant = _role_held(request.user, person, grant, now)
    try:
        memberships.end_role(grant=grant, by=request.user, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{person} no longer has the role {ROLES[grant.role].name}: {grant.scope}.")
    return redirect("manage_person", person.pk)


@verb("manage_person", "pk")
@recently_proven
def confirm_role(request, pk, proposal):
    now = timezone.now()
    proposal = get_proposal_to_decide(request.user, pk, proposal, now=now)
    try:
        given = proposals.confirm(proposal=proposal, by=request.user, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        name = ROLES[given.role].name
        messages.success(
            request, f"{given.person} has the role {name} from {nhs_date(given.starts_on)}. We write to them."
        )
    return redirect("manage_person", pk)


@verb("manage_person", "pk")
def decline_role(request, pk, proposal):
    now = timezone.now()
    proposal = get_proposal_to_decide(request.user, pk, proposal, now=now)
    try:
        proposals.decline(proposal=proposal, by=request.user, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{proposal.person} is not proposed as {ROLES[proposal.role].name} any more.")
    return redirect("manage_person", pk)
