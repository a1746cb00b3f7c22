"""The list at the door: who is in, who came without a place, the headcount."""

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.actions import attendance
from evaluation.forms.day import HeadcountForm, WalkInForm
from evaluation.models import Attendance
from evaluation.reports.door import Door, door_of, on_the_list, with_a_place
from rounds.reports import REMEMBERED_FOR
from rounds.states import RoundState
from rounds_site.kit.links import as_uuid, verb
from rounds_site.kit.refusals import Refused

NOBODY = Door([], [], 0)


@login_required
@require_safe
def round_door(request, pk):
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    return _door(request, round, now)


@verb("round_door", "pk")
def tick_in(request, pk):
    """Who is ticked in has agreed to the ground rules: the page says so, and asks to ask."""
    round, booking, now = _booked(request, pk)
    try:
        _, new = attendance.tick_in(round=round, person=booking.person, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        if not new:
            messages.info(request, "Already in.")
    return _back_to_the_list(request, round, booking.person_id)


@verb("round_door", "pk")
def undo_tick(request, pk):
    """Also for somebody who has given their place back since."""
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    booking = on_the_list(round).get(as_uuid(request.POST.get("person")))
    if booking is None:
        raise Http404
    return _done(request, round, booking.person_id, attendance.undo_tick, person=booking.person, now=now)


@verb("round_door", "pk")
def add_walk_in(request, pk):
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    form = WalkInForm(request.POST, round=round)
    if not form.is_valid():
        return _door(request, round, now, walk_in=form)
    said = {name: form.cleaned_data[name] for name in ("key", "name", "organisation", "staff_group", "first_round")}
    return _done(request, round, said["key"], attendance.add_walk_in, now=now, **said)


@verb("round_door", "pk")
def remove_walk_in(request, pk):
    round, found, now = _ticked(request, pk)
    return _done(request, round, "list", attendance.remove_walk_in, key=found.pk, now=now)


@verb("round_door", "pk")
def mark_first_round(request, pk):
    round, found, now = _ticked(request, pk)
    first = request.POST.get("first") == "yes"
    where = found.person_id or found.pk
    return _done(request, round, where, attendance.mark_first_round, key=found.pk, first=first, now=now)


@verb("round_door", "pk")
def close_register(request, pk):
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    if not access.facilitates(request.user, round):
        raise PermissionDenied
    form = HeadcountForm(request.POST, round=round)
    if form.is_valid():
        try:
            attendance.close_register(round=round, headcount=form.cleaned_data["headcount"], now=now)
        except Refused as refusal:
            form.add_error("headcount", str(refusal))
        else:
            messages.success(request, "The register is closed.")
            return redirect("round_workspace", pk=round.pk)
    return _door(request, round, now, headcount=form)


def _booked(request, pk):
    """(Round, the booking that was tapped, now); 404 for whoever has no place here."""
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    booking = with_a_place(round).filter(person=as_uuid(request.POST.get("person"))).first()
    if booking is None:
        raise Http404
    return round, booking, now


def _ticked(request, pk):
    """(Round, the attendance that was tapped, now); 404 for one of another Round, or undone meanwhile elsewhere."""
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    found = Attendance.objects.filter(round=round, pk=as_uuid(request.POST.get("attendance"))).first()
    if found is None:
        raise Http404
    return round, found, now


def _done(request, round, where, action, **said):
    try:
        action(round=round, **said)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return _back_to_the_list(request, round, where)


def _back_to_the_list(request, round, where):
    search = request.POST.get("search", "")
    query = "?" + urlencode({"name": search}) if search else ""
    return redirect(f"{reverse('round_door', kwargs={'pk': round.pk})}{query}#at-{where}")


def _door(request, round, now, headcount=None, walk_in=None):
    register = getattr(round, "register", None)
    closed = round.state == RoundState.CLOSED or bool(register and register.closed_at)
    forgotten = now >= round.ends_at + REMEMBERED_FOR
    search = request.GET.get("name", "").strip()
    door = NOBODY if closed or forgotten else door_of(round, now=now)
    headcount = headcount or HeadcountForm(round=round)
    context = {
        "round": round,
        "register": register,
        "closed": closed,
        "today": timezone.localdate(now) == timezone.localdate(round.starts_at) or now >= round.starts_at,
        "begun": now >= round.starts_at,
        "heads": door.heads,
        "guests": [guest for guest in door.on_the_list if search.lower() in guest.name.lower()],
        "walk_ins": [guest for guest in door.walk_ins if search.lower() in guest.name.lower()],
        "on_the_list": len(door.on_the_list),
        "beside": len(door.walk_ins),
        "search": search,
        "form": walk_in or headcount,
        "headcount_form": headcount,
        "walk_in_form": walk_in or WalkInForm(round=round, initial={"key": uuid.uuid4()}),
        "facilitates": access.facilitates(request.user, round),
    }
    return render(request, "evaluation/round_door.html", context)
