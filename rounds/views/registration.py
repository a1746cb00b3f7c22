"""The page of a Round as staff meet it, and what they may do there."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from rounds import calendars, reports
from rounds.access import get_booking, get_round_to_attend
from rounds.actions import registration
from rounds.forms.refusing import refused
from rounds.forms.registration import BookingForm
from rounds.reports import Standing
from rounds.states import BookingState, TeamPart
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

# The link to an online Round reaches nobody earlier than that, and nobody without a place.
JOINING_DETAILS_FROM = timedelta(hours=24)
CANCELLABLE = {Standing.PLACE, Standing.WAITING, Standing.PLACE_FREE}
CANCELLED = (
    "Your place is cancelled. Could not come after all? That is working life. You are just as welcome next time."
)
LEFT_THE_LIST = "You have left the waiting list. You are just as welcome next time."
BOOKED = "You have a place. You find it under My Rounds."
ON_THE_LIST = "You are on the waiting list. We offer places in the order people joined."
IN_DIARY = "We have sent you the diary entry. If the Round moves, the entry moves with it."


@require_safe
@login_required
def round_page(request, pk):
    return _page(request, pk, timezone.now())


@verb("round_page", "pk")
def book(request, pk):
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    form = BookingForm(request.POST, round=round)
    if not form.is_valid():
        return _page(request, pk, now, form=form, booking_form=form)
    try:
        booking = registration.book(round=round, person=request.user, way=form.way, now=now, or_wait=form.or_wait)
    except Refused as refusal:
        return _page(request, pk, now, form=refused(refusal), initial={"way": form.way})
    _say(request, BOOKED if booking.state == BookingState.PLACE else ON_THE_LIST)
    return redirect("round_page", pk)


@verb("round_page", "pk")
def take_place(request, pk):
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    try:
        registration.take_freed_place(round=round, person=request.user, now=now)
    except Refused as refusal:
        return _page(request, pk, now, form=refused(refusal))
    _say(request, BOOKED)
    return redirect("round_page", pk)


@verb("round_page", "pk")
def add_to_diary(request, pk):
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    booking = get_booking(request.user, round)
    if booking is None:
        return redirect("round_page", pk)
    try:
        registration.keep_in_diary(booking=booking, now=now)
    except Refused as refusal:
        return _page(request, pk, now, form=refused(refusal))
    _say(request, IN_DIARY)
    return redirect("round_page", pk)


@require_safe
@login_required
def diary_file(request, pk):
    """The entry as a file, for those who want no letter."""
    booking = get_booking(request.user, get_round_to_attend(request.user, pk, now=timezone.now()))
    if booking is None or booking.state != BookingState.PLACE:
        raise Http404
    return HttpResponse(
        calendars.file(booking),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="diary-entry.ics"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel_place(request, pk):
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    if request.method == "POST":
        return _cancel(request, round, now)
    seen = reports.seen(round, get_booking(request.user, round), now=now)
    if seen.standing not in CANCELLABLE:
        return redirect("round_page", pk)
    return render(request, "rounds/cancel_place.html", {"seen": seen})


def _cancel(request, round, now):
    try:
        booking = registration.cancel(round=round, person=request.user, now=now)
    except Refused as refusal:
        return _page(request, round.pk, now, form=refused(refusal))
    if booking:
        _say(request, CANCELLED if booking.had_place else LEFT_THE_LIST)
    return redirect("round_page", round.pk)


def _say(request, words):
    """In a banner, and its first sentence in the title, which screen readers read out before all else."""
    messages.success(request, words, extra_tags="for_title")


def _page(request, pk, now, *, form=None, booking_form=None, initial=None):
    """The page as things stand now, which may be later than what the person was looking at."""
    round = get_round_to_attend(request.user, pk, now=now)
    seen = reports.seen(round, get_booking(request.user, round), now=now)
    page = {
        "seen": seen,
        "form": form,
        "booking_form": booking_form or BookingForm(round=round, initial=initial),
        "facilitates": round.team.filter(person=request.user, part=TeamPart.FACILITATOR).exists(),
        "joining_from": round.starts_at - JOINING_DETAILS_FROM,
        "joining_shown": now >= round.starts_at - JOINING_DETAILS_FROM,
    }
    if seen.standing in (Standing.WAITING, Standing.PLACE_FREE):
        page["position"] = registration.queue_position(seen.booking)
    return render(request, "rounds/round_page.html", page)
