"""The page of a Round as staff meet it, and what they may do there."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.forms.letters import WhereForm, where_choices
from members.postbox import address_for_places
from members.views import letters
from rounds.access import get_round_to_attend, latest_booking
from rounds.actions import registration, waiting
from rounds.forms.refusing import refused
from rounds.forms.registration import BookingForm
from rounds.reports import standing
from rounds.reports.standing import Standing
from rounds.states import BookingState, Way, last_minute
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

BOOKABLE = {Standing.OPEN, Standing.FULL, Standing.LAPSED}
CANCELLABLE = {Standing.PLACE, Standing.POSTPONED}
IN_THE_QUEUE = {Standing.WAITING, Standing.PLACE_FREE}
CANCELLED = (
    "Your place is cancelled. Could not come after all? That is working life. You are just as welcome next time."
)
LEFT_THE_LIST = "You have left the waiting list. You are just as welcome next time."
EITHER_WAY = "You are offered whichever place comes first, in the room or online."
ONE_WAY = "You wait for the way that you chose alone."
DECLINED = "Thank you for answering: somebody else can come now. You are just as welcome next time."
BOOKED = "You have a place. You find it under My Rounds."
CHANGED = "You have a place at this time now. You find it under My Rounds."
IN_THE_ROOM = "You have a place in the room already, and keep it. To join online, cancel it and book again."
BY_THE_LINK = "You have a place online already, and keep it. To come to the room, cancel it and book again."
STILL_YOURS = "You have a place, and keep it. If you cannot come, cancel it on the page of the Round."
ON_THE_LIST = "You are on the waiting list."
IN_ORDER = f"{ON_THE_LIST} We offer places in the order people joined."


@require_safe
@login_required
def round_page(request, pk):
    return show(request, pk, timezone.now())


@verb("round_page", "pk")
def book(request, pk):
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    form = BookingForm(request.POST, seen=standing.seen(round, None, now=now))
    if not form.is_valid():
        return show(request, pk, now, typed=request.POST)
    try:
        said = {"way": form.way, "either": form.either, "or_wait": form.or_wait, "instead": form.instead}
        booking = registration.book(round=round, person=request.user, **said, now=now)
    except Refused as refusal:
        return show(request, pk, now, form=refused(refusal), initial={"way": form.way})
    waits = ON_THE_LIST if last_minute(round.starts_at, now) else IN_ORDER
    words = {BookingState.PLACE: CHANGED if form.instead else BOOKED, BookingState.WAITING: waits}
    if booking.state == BookingState.PLACE and form.way != booking.way and not form.either:
        words[BookingState.PLACE] = IN_THE_ROOM if booking.way == Way.IN_PERSON else BY_THE_LINK
    if booking.state in words:
        _say(request, words[booking.state])
    return redirect("round_page", pk)


@verb("round_page", "pk")
def say_where(request, pk):
    """The answer to the one question at a first booking."""
    now = timezone.now()
    get_round_to_attend(request.user, pk, now=now)
    form = WhereForm(request.POST, person=request.user)
    if not form.is_valid():
        return show(request, pk, now, form=form, asks_where=True)
    return letters.kept(request, form) or redirect("round_page", pk)


@verb("round_page", "pk")
def take_place(request, pk):
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    try:
        registration.take_place(round=round, person=request.user, now=now)
    except Refused as refusal:
        return show(request, pk, now, form=refused(refusal))
    _say(request, BOOKED)
    return redirect("round_page", pk)


@verb("round_page", "pk")
def leave_waiting_list(request, pk):
    """In one tap: no thank you to an offer, or out of the queue. Never a place, which has a question of its own."""
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    try:
        booking = registration.leave_the_list(round=round, person=request.user, now=now)
    except Refused as refusal:
        return show(request, pk, now, form=refused(refusal))
    if booking:
        _say(request, DECLINED if booking.was_offered else LEFT_THE_LIST)
    elif standing.seen(round, latest_booking(request.user, round), now=now).has_place:
        _say(request, STILL_YOURS)
    return redirect("my_rounds") if "my_rounds" in request.POST else _back_to(round)


@verb("round_page", "pk")
def come_either_way(request, pk):
    """Somebody who waits would take a place of the other way too, or no more."""
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    either = request.POST.get("either") == "1"
    try:
        booking = registration.come_either_way(round=round, person=request.user, either=either, now=now)
    except Refused as refusal:
        return show(request, pk, now, form=refused(refusal))
    if booking and booking.state == BookingState.WAITING:
        _say(request, EITHER_WAY if either else ONE_WAY)
    return redirect("round_page", pk)


def _back_to(round):
    """The Round's page; whom nobody invites, and who has given back what they had there, sees it no more."""
    return redirect("round_page", round.pk) if round.is_open_anyway else redirect("my_rounds")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel_place(request, pk):
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    if request.method == "POST":
        return _cancel(request, round, now)
    seen = standing.seen(round, latest_booking(request.user, round), now=now)
    if seen.standing not in CANCELLABLE or not seen.has_place:
        return redirect("round_page", pk)
    return render(request, "rounds/cancel_place.html", {"seen": seen})


def _cancel(request, round, now):
    try:
        booking = registration.cancel(round=round, person=request.user, now=now)
    except Refused as refusal:
        return show(request, round.pk, now, form=refused(refusal))
    if booking:
        _say(request, CANCELLED if booking.had_place else LEFT_THE_LIST)
    return _back_to(round)


def _say(request, words):
    """In a banner, and its first sentence in the title, which screen readers read out before all else."""
    messages.success(request, words, extra_tags="for_title")


def show(request, pk, now, *, form=None, typed=None, asks_where=False, initial=None):
    """The page as things stand now, which may be later than what the person was looking at."""
    round = get_round_to_attend(request.user, pk, now=now)
    seen = standing.seen(round, latest_booking(request.user, round), now=now)
    sittings = standing.sittings_of(round, request.user, now=now)
    elsewhere = standing.place_elsewhere(round, sittings)
    may_book = typed is not None or seen.standing in BOOKABLE
    booking_form = BookingForm(typed, seen=seen, elsewhere=elsewhere, initial=initial) if may_book else None
    page = {
        "seen": seen,
        "sittings": sittings,
        "elsewhere": elsewhere,
        "form": form if typed is None else booking_form,
        "booking_form": booking_form,
        "facilitates": round.they_facilitate,
        "where_choices": where_choices(request.user) if asks_where or _asks_where(request.user, seen) else [],
        "where_error": form.errors["where"] if asks_where else [],
        "letters_go": address_for_places(request.user),
        "joining_shown": now >= round.joining_from,
    }
    if seen.standing in IN_THE_QUEUE:
        page["turn"] = waiting.turn(seen.booking)
    return render(request, "rounds/round_page.html", page)


def _asks_where(person, seen):
    """Where we may write: at a person's first booking, and as long as they have not said."""
    return seen.standing in (Standing.PLACE, Standing.WAITING) and not person.letters_to and seen.booking.is_first
