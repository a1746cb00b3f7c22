"""People and the roles they hold."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members import reports
from members.access import (
    get_person_to_manage,
    grants_of,
    organisations_to_manage,
    people_to_manage,
    today,
)
from members.actions import memberships
from members.actions import people as actions
from members.forms.people import GiveRoleForm, PersonForm
from members.models import Membership, RoleGrant
from members.roles import ROLES
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

AT_MOST = 50


@login_required
@require_safe
def manage_people(request):
    """Role holders first; the whole list is never shown, it is searched."""
    now = timezone.now()
    managed = people_to_manage(request.user, now=now)
    wanted = searched_for(request)
    if wanted:
        found = managed.called(wanted)
    else:
        found = managed.filter(pk__in=RoleGrant.objects.in_force(today(now)).values("person"))
    shown = list(found.order_by("name", "email")[:AT_MOST])
    employers = reports.employers_of(shown, on=today(now))
    roles = reports.roles_of(shown, on=today(now))
    context = {
        "q": wanted,
        "people": [(person, employers[person.pk], roles[person.pk]) for person in shown],
        "found": found.count(),
        "all": managed.count(),
        "at_most": AT_MOST,
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
            person = _add(now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, f"{person} can sign in now, with a code sent to {person.email}.")
            return redirect("manage_person", person.pk)
    return render(request, "members/manage_person_add.html", {"form": form})


@transaction.atomic
def _add(now, *, name, email, organisation, staff_group):
    person = actions.add_person(email=email, name=name, trusted=True)
    memberships.employ(person=person, organisation=organisation, staff_group=staff_group, source="added", now=now)
    return person


@login_required
@require_safe
def manage_person(request, pk):
    now = timezone.now()
    person = get_person_to_manage(request.user, pk, now=now)
    scopes = {scope for _, scope in scopes_to_give(request.user, now).values()}
    given = roles_to_give(request.user, now)
    held = [
        {"grant": grant, "name": ROLES[grant.role].name, "mine": grant.role in given and grant.scope in scopes}
        for grant in grants_of(person, now=now)
    ]
    past = RoleGrant.objects.filter(person=person, ends_on__lte=today(now))
    context = {
        "person": person,
        "held": held,
        "past": [(ROLES[grant.role].name, grant) for grant in past.select_related("system", "place", "organisation")],
        "memberships": Membership.objects.filter(person=person).select_related("organisation").order_by("starts_on"),
        "gives": bool(given and scopes),
    }
    return render(request, "members/manage_person.html", context)


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


@login_required
def manage_person_role(request, pk):
    now = timezone.now()
    person = get_person_to_manage(request.user, pk, now=now)
    options = {"roles": roles_to_give(request.user, now), "scopes": scopes_to_give(request.user, now)}
    form = GiveRoleForm(request.POST, **options) if request.method == "POST" else GiveRoleForm(**options)
    if request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"]
        try:
            memberships.give_role(person=person, role=role, where=form.scope, by=request.user, now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{person} is {ROLES[role].name} from today: {form.scope}.")
            return redirect("manage_person", person.pk)
    return render(request, "members/manage_person_role.html", {"form": form, "person": person})


@verb("manage_person", "pk")
def end_role(request, pk, grant):
    now = timezone.now()
    person = get_person_to_manage(request.user, pk, now=now)
    open_grants = RoleGrant.objects.in_force(today(now)).filter(person=person)
    grant = get_object_or_404(open_grants, pk=grant)
    try:
        memberships.end_role(grant=grant, by=request.user, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{person} is not {ROLES[grant.role].name} any more: {grant.scope}.")
    return redirect("manage_person", person.pk)
