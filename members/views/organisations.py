"""Partners, the Places they serve, their staff numbers and their join links."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members import reports
from members.access import (
    get_organisation_to_manage,
    get_organisation_to_read,
    get_system_to_manage,
    may_anywhere,
    organisations_to_manage,
    organisations_to_read,
    systems_where,
    today,
)
from members.actions import invitations
from members.actions import organisations as actions
from members.forms.organisations import PartnerForm, PlaceForm, ServePlaceForm, SiteForm, StaffNumbersForm
from members.models import Place, PlaceEdge
from members.roles import May
from members.views.people import searched_for
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import stretch


@login_required
@require_safe
def manage_organisations(request):
    now = timezone.now()
    if not may_anywhere(request.user, May.MANAGE_ORGANISATIONS, now=now):
        raise PermissionDenied
    wanted = searched_for(request)
    found = organisations_to_manage(request.user, now=now)
    ended = organisations_to_read(request.user, now=now).exclude(pk__in=found).called(wanted) if wanted else []
    partners = (found.called(wanted) if wanted else found).with_staff_numbers().order_by("name", "pk")
    shown = stretch(partners, request)
    context = {
        "q": wanted,
        "ended": reports.ended_of(ended),
        "partners": reports.partners_of(shown, on=today(now)),
        "found": shown,
        "query": urlencode({"q": wanted}) + "&",
        "places": reports.places_of(_whole_systems(request.user, now), on=today(now)),
        "adds": bool(_whole_systems(request.user, now)),
    }
    return render(request, "members/manage_organisations.html", context)


def _whole_systems(person, now):
    """The systems that the person manages as a whole: those who keep one organisation's details add no partners."""
    try:
        return [get_system_to_manage(person, May.MANAGE_ORGANISATIONS, now=now)]
    except PermissionDenied:
        return []


@login_required
def manage_organisation_add(request):
    now = timezone.now()
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=now)
    form = PartnerForm(request.POST) if request.method == "POST" else PartnerForm()
    if request.method == "POST" and form.is_valid():
        try:
            partner = actions.add_partner(system=system, by=request.user, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{partner} is a partner now. Its code here is {partner.code}.")
            return redirect("manage_organisation", partner.code)
    return render(request, "members/manage_organisation_add.html", {"form": form})


@login_required
@require_safe
def manage_organisation(request, code):
    now = timezone.now()
    partner = get_organisation_to_read(request.user, code, now=now)
    if not organisations_to_manage(request.user, now=now).filter(pk=partner.pk).exists():
        return render(request, "members/ended_organisation.html", _history_of(partner, now))
    return render(request, "members/manage_organisation.html", _facts_of(request, partner, now))


def _history_of(partner, now):
    return {
        "partner": partner,
        "before": reports.before(partner),
        "since": reports.since(partner),
        "edges": partner.system_edges.select_related("system").order_by("starts_on", "system__name"),
        "today": today(now),
    }


def _facts_of(request, partner, now, place_form=None):
    edges = PlaceEdge.objects.filter(organisation=partner).select_related("place").order_by("starts_on", "place__name")
    return {
        **_history_of(partner, now),
        "member_of": partner.system_edges.select_related("system").order_by("starts_on", "system__name"),
        "sites": partner.sites.filter(ended_on=None),
        "whole_system": bool(_whole_systems(request.user, now)),
        "edges": edges,
        "numbers": reports.staff_numbers(partner),
        "join_link": partner.join_links.filter(ended_at=None).first(),
        "place_form": place_form or ServePlaceForm(places=_places_to_add(request.user, partner, now)),
        "form": place_form,
        "today": today(now),
    }


def _places_to_add(person, partner, now):
    """Places that it does not serve yet, of the systems it belongs to."""
    served = PlaceEdge.objects.filter(organisation=partner, ends_on=None).values("place")
    systems = systems_where(person, May.MANAGE_ORGANISATIONS, now=now)
    return Place.objects.filter(system__in=systems.filter(edges__in=partner.system_edges.in_force(today(now)))).exclude(
        pk__in=served
    )


@login_required
def manage_organisation_change(request, code):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    posted = request.POST if request.method == "POST" else None
    form = PartnerForm(posted, initial=PartnerForm.initial_of(partner))
    if posted is not None and form.is_valid():
        actions.correct(organisation=partner, facts=form.cleaned_data, by=request.user, now=now)
        messages.success(request, "The details are saved. An import will leave what you changed alone.")
        return redirect("manage_organisation", partner.code)
    return render(request, "members/manage_organisation_change.html", {"form": form, "partner": partner})


@login_required
def manage_staff_numbers(request, code):
    partner = get_organisation_to_manage(request.user, code, now=timezone.now())
    posted = request.POST if request.method == "POST" else None
    form = StaffNumbersForm(posted, latest=reports.staff_numbers(partner))
    if posted is not None and form.is_valid():
        said = {"numbers": form.numbers, "counted_on": form.cleaned_data["counted_on"]}
        actions.count_staff(organisation=partner, by=request.user, now=timezone.now(), **said)
        messages.success(request, "The staff numbers are saved.")
        return redirect("manage_organisation", partner.code)
    return render(request, "members/manage_staff_numbers.html", {"form": form, "partner": partner})


@verb("manage_organisation", "code")
def serve_place(request, code):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    form = ServePlaceForm(request.POST, places=_places_to_add(request.user, partner, now))
    if form.is_valid():
        try:
            actions.serve_place(organisation=partner, place=form.cleaned_data["place"], by=request.user, now=now)
        except Refused as refusal:
            form.add_error("place", str(refusal))
        else:
            messages.success(request, f"From today {partner} serves {form.cleaned_data['place']}.")
            return redirect("manage_organisation", partner.code)
    return render(request, "members/manage_organisation.html", _facts_of(request, partner, now, form))


@verb("manage_organisation", "code")
def leave_place(request, code, place):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    place = get_object_or_404(Place, code=place)
    try:
        actions.leave_place(organisation=partner, place=place, by=request.user, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"From today {partner} does not serve {place} any more.")
    return redirect("manage_organisation", partner.code)


@login_required
def manage_site_add(request, code):
    partner = get_organisation_to_manage(request.user, code, now=timezone.now())
    form = SiteForm(request.POST) if request.method == "POST" else SiteForm()
    if request.method == "POST" and form.is_valid():
        try:
            site = actions.add_site(organisation=partner, by=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{site} is a site of {partner} now.")
            return redirect("manage_organisation", partner.code)
    return render(request, "members/manage_site.html", {"form": form, "partner": partner, "site": None})


@login_required
def manage_site(request, code, pk):
    """Its name, and the end of it."""
    partner = get_organisation_to_manage(request.user, code, now=timezone.now())
    site = get_object_or_404(partner.sites.filter(ended_on=None), pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = SiteForm(posted, initial={"name": site.name})
    if posted is not None and form.is_valid():
        try:
            actions.rename_site(site=site, by=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"The site is called {site.name} now.")
            return redirect("manage_organisation", partner.code)
    return render(request, "members/manage_site.html", {"form": form, "partner": partner, "site": site})


@verb("manage_organisation", "code")
def end_site(request, code, pk):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    site = get_object_or_404(partner.sites.filter(ended_on=None), pk=pk)
    actions.end_site(site=site, by=request.user, now=now)
    messages.success(request, f"{site} has ended. Who works there is still shown with it.")
    return redirect("manage_organisation", partner.code)


@verb("manage_organisation", "code")
def make_join_link(request, code):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    renewed = partner.join_links.filter(ended_at=None).exists()
    invitations.make_join_link(organisation=partner, by=request.user, now=now)
    ended = " The old one has stopped working: pass this one on in letters and on posters." if renewed else ""
    messages.success(request, f"The join link is made.{ended}")
    return redirect("manage_organisation", partner.code)


@verb("manage_organisation", "code")
def end_join_link(request, code):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    invitations.end_join_link(organisation=partner, by=request.user, now=now)
    messages.success(request, "The join link has ended. Whoever joined by it stays.")
    return redirect("manage_organisation", partner.code)


@login_required
def manage_place_add(request):
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())
    form = PlaceForm(request.POST) if request.method == "POST" else PlaceForm()
    if request.method == "POST" and form.is_valid():
        try:
            place = actions.add_place(system=system, by=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{place} is a Place now. Open a partner to say that it serves {place}.")
            return redirect("manage_organisations")
    return render(request, "members/manage_place_add.html", {"form": form, "system": system})


@login_required
def manage_place(request, code):
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())
    place = get_object_or_404(system.places, code=code)
    posted = request.POST if request.method == "POST" else None
    form = PlaceForm(posted, initial={"name": place.name})
    if posted is not None and form.is_valid():
        try:
            actions.rename_place(place=place, by=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"The Place is called {place.name} now.")
            return redirect("manage_organisations")
    return render(request, "members/manage_place.html", {"form": form, "place": place})
