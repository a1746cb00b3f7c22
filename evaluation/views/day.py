"""The day itself: the list at the door, the headcount, the screen in the room."""

import uuid
from dataclasses import dataclass
from functools import wraps
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
from evaluation.actions import attendance, feedback
from evaluation.forms.day import HeadcountForm
from evaluation.models import Attendance
from members.models import Membership
from rounds.models import Booking
from rounds_site.kit.links import absolute_url
from rounds_site.kit.refusals import Refused

LAST_MINUTES = 10


@dataclass(frozen=True)
class Guest:
    person_id: str
    name: str
    employer: str
    online: bool
    is_in: bool


def verb(leads_back_to):
    """POST only. Whoever had to sign in first comes back with a GET, which does nothing and leads to the page."""

    def decorated(view):
        @login_required
        @wraps(view)
        def answered(request, pk):
            return view(request, pk) if request.method == "POST" else redirect(leads_back_to, pk=pk)

        return answered

    return decorated


@login_required
@require_safe
def round_door(request, pk):
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    return _door(request, round, HeadcountForm(round=round), now)


@verb("round_door")
def tick_in(request, pk):
    return _tick(request, pk, attendance.tick_in)


@verb("round_door")
def undo_tick(request, pk):
    return _tick(request, pk, attendance.undo_tick)


@verb("round_door")
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
    return _door(request, round, form, now)


@login_required
@require_safe
def round_screen(request, pk):
    """One thought: the ground rules before, the time that is left, the code at the end; or the one asked for."""
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    box = getattr(round, "feedback_box", None)
    minutes_left = max(0, -((now - round.ends_at).total_seconds() // 60))
    shown = request.GET.get("show") if request.GET.get("show") in ("rules", "time", "code") else _thought(round, now)
    about = 5 * max(1, -(-int(minutes_left) // 5))
    context = {
        "round": round,
        "shown": shown,
        "box": box if box and box.takes_forms(now) else None,
        "may_open": box is None and round.starts_at - feedback.OPENS_BEFORE <= now < round.ends_at,
        "about_minutes": about,
        "chairs_left": min(12, about // 5),
        "over": now >= round.ends_at,
    }
    if context["box"]:
        address = absolute_url("feedback")
        context["feedback_url"] = f"{address}?{urlencode({'code': box.room_code})}"
        context["feedback_words"] = address.partition("://")[2]
    return render(request, "evaluation/round_screen.html", context)


@verb("round_screen")
def open_box(request, pk):
    """The clock does it too; this is for the room that cannot wait a minute."""
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    try:
        feedback.open_box(round=round, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect(reverse("round_screen", kwargs={"pk": round.pk}) + "?show=code")


def _thought(round, now):
    if now < round.starts_at:
        return "rules"
    return "time" if (round.ends_at - now).total_seconds() > LAST_MINUTES * 60 else "code"


def _tick(request, pk, action):
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    booking = _bookings(round).filter(person=as_uuid(request.POST.get("person"))).first()
    if booking is None:
        raise Http404
    try:
        action(round=round, person=booking.person, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    search = request.POST.get("name", "")
    query = "?" + urlencode({"name": search}) if search else ""
    return redirect(f"{reverse('round_door', kwargs={'pk': round.pk})}{query}#at-{booking.person_id}")


def as_uuid(text):
    """None for what is no key: then there is no such booking."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _bookings(round):
    return Booking.objects.with_a_place().filter(round=round).select_related("person")


def _door(request, round, form, now):
    register = getattr(round, "register", None)
    closed = bool(register and register.closed_at)
    search = request.GET.get("name", "").strip()
    guests = [] if closed else _guests(round, now)
    found = [guest for guest in guests if search.lower() in guest.name.lower()]
    context = {
        "round": round,
        "register": register,
        "closed": closed,
        "today": timezone.localdate(now) == timezone.localdate(round.starts_at) or now >= round.starts_at,
        "begun": now >= round.starts_at,
        "heads": sum(guest.is_in for guest in guests),
        "guests": found,
        "on_the_list": len(guests),
        "search": search,
        "form": form,
        "facilitates": access.facilitates(request.user, round),
    }
    return render(request, "evaluation/round_door.html", context)


def _guests(round, now):
    """Those with a place, by name; never their address."""
    bookings = list(_bookings(round))
    people = [booking.person_id for booking in bookings]
    ticked = set(Attendance.objects.filter(round=round).order_by().values_list("person_id", flat=True))
    at_work = Membership.objects.in_force(timezone.localdate(now)).filter(person__in=people)
    employers = dict(at_work.order_by("starts_on", "id").values_list("person_id", "organisation__name"))
    guests = [
        Guest(
            person_id=booking.person_id,
            name=booking.person.name or "Name not given",
            employer=employers.get(booking.person_id, ""),
            online=len(round.ways) > 1 and booking.way == "online",
            is_in=booking.person_id in ticked,
        )
        for booking in bookings
    ]
    return sorted(guests, key=lambda guest: (guest.name.split()[-1].lower(), guest.name.lower(), str(guest.person_id)))
