"""Rooms: which there are, what is known of each, adding, changing and ending one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import organisations_where, today
from rounds.access import (
    KEEPS_ROOMS,
    get_venue,
    get_venue_to_keep,
    keeps_rooms_of,
    partners_to_keep_rooms_of,
    rounds_to_arrange,
    venues_to_see,
)
from rounds.actions import venues as actions
from rounds.forms.refusing import refused
from rounds.forms.venues import VenueForm, WhoseForm
from rounds.models import Venue
from rounds.states import RoundState
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import stretch


@require_safe
@login_required
def venues(request):
    now = timezone.now()
    seen = venues_to_see(request.user, now=now)
    rooms = seen.in_use(today(now)).order_by("organisation__name", "organisation", "name", "pk")
    ended = seen.exclude(pk__in=Venue.objects.in_use(today(now))).order_by("organisation__name", "name", "pk")
    keeps = organisations_where(request.user, *KEEPS_ROOMS, now=now).exists()
    context = {"rooms": stretch(rooms, request), "ended": stretch(ended, request, name="ended"), "keeps": keeps}
    return render(request, "rounds/venues.html", context)


@require_safe
@login_required
def venue(request, pk):
    return _page(request, pk, timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_venue(request):
    """First whose room it is, since that says which sites there are; then what is known of it."""
    partners = partners_to_keep_rooms_of(request.user, now=timezone.now())
    partner = partners.filter(code=request.GET.get("partner", "")).first()
    if partner is None:
        form = WhoseForm(request.POST if request.method == "POST" else None, partners=partners)
        if form.is_valid():
            return redirect(f"{request.path}?partner={form.cleaned_data['partner'].code}")
        return render(request, "rounds/add_venue.html", {"form": form, "partner": None})
    form = VenueForm(request.POST if request.method == "POST" else None, organisation=partner)
    if form.is_valid() and (added := _kept(form, actions.add, organisation=partner)):
        messages.success(request, f"{added.name} is a room now that Rounds can meet in.")
        return redirect("venue", added.pk)
    return render(request, "rounds/add_venue.html", {"form": form, "partner": partner})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_venue(request, pk):
    room = get_venue_to_keep(request.user, pk, now=timezone.now())
    posted = request.POST if request.method == "POST" else None
    form = VenueForm(posted, organisation=room.organisation, venue=room)
    if form.is_valid() and _kept(form, actions.change, venue=room):
        messages.success(request, "It is changed. Nobody was written to: people read it on the page of their Round.")
        return redirect("venue", pk)
    return render(request, "rounds/change_venue.html", {"form": form, "venue": room})


@verb("venue", "pk")
def end_venue(request, pk):
    now = timezone.now()
    room = get_venue_to_keep(request.user, pk, now=now)
    try:
        actions.end(venue=room, now=now)
    except Refused as refusal:
        return _page(request, pk, now, form=refused(refusal))
    messages.success(request, f"{room.name} has ended: nobody can choose it for a Round any more.")
    return redirect("venue", pk)


@verb("venue", "pk")
def reopen_venue(request, pk):
    room = get_venue_to_keep(request.user, pk, now=timezone.now())
    actions.take_up_again(venue=room)
    messages.success(request, f"Rounds can meet in {room.name} again.")
    return redirect("venue", pk)


def _kept(form, act, **whose):
    try:
        return act(facts=form.facts, **whose)
    except Refused as refusal:
        form.add_error("name", str(refusal))


def _page(request, pk, now, form=None):
    """The Rounds named here are those that the reader arranges: others may still be a plan of their own team."""
    room = get_venue(request.user, pk, now=now)
    mine = rounds_to_arrange(request.user, now=now).filter(venue=room, ends_at__gt=now)
    context = {
        "venue": room,
        "form": form,
        "coming": mine.exclude(state=RoundState.CANCELLED).order_by("starts_at", "pk"),
        "keeps": keeps_rooms_of(request.user, room.organisation, now=now),
        "has_ended": room.ended_on is not None and room.ended_on <= today(now),
    }
    return render(request, "rounds/venue.html", context)
