"""Who has a place, to whom one is offered and who waits: for the facilitators of this Round alone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import today
from members.models import Membership
from members.models.audit import Opened
from rounds.access import get_round_to_run
from rounds.actions import keeping, openings, waiting
from rounds.forms.bookings import OfferForm
from rounds.models import Booking
from rounds.states import BookingState, Keeping, RoundState, last_minute
from rounds_site.kit.formats import nhs_moment
from rounds_site.kit.refusals import Refused

PUT_FIRST = "They come first now, and are offered the next place that comes free. Those after them read why, not who."
OFFERED = "The place is offered to them. Those who joined earlier read why, not who."
NOBODY = "Someone who gave no name"


@require_safe
@login_required
def round_bookings(request, pk):
    """Names and employers. Never an address, what anybody needs, or where they have been before; and nobody's name
    later than every page promises."""
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    if now >= round.kept_until:
        return render(request, "rounds/round_bookings.html", {"round": round, "is_past": True})
    openings.opened(Opened.BOOKINGS, round=round, by=request.user, now=now)
    bookings = _with_employers(round, now)
    offers_places = round.state == RoundState.PUBLISHED and not last_minute(round.starts_at, now)
    kept = list(round.kept_places.with_used().select_related("organisation").order_by("created_at", "pk"))
    page = {
        "round": round,
        "ways": [_way(round, way, bookings.filter(way=way), kept) for way in round.ways],
        "kept": kept,
        "keeps_places": keeping.can_be_kept(round, now=now),
        "offers_places": offers_places,
    }
    for each in kept:
        each.round = round
    return render(request, "rounds/round_bookings.html", page)


def _with_employers(round, now):
    jobs = Membership.objects.in_force(today(now)).within(round.system, on=today(now))
    jobs = jobs.select_related("organisation").order_by("organisation__name")
    found = Booking.objects.filter(round=round).select_related("person")
    return found.prefetch_related(Prefetch("person__memberships", jobs, to_attr="jobs"))


def _way(round, way, bookings, kept):
    grouped = sum(each.places for each in kept if each.way == way and each.kind == Keeping.GROUP)
    having = [[_name(each), _employers(each)] for each in bookings.with_a_place().order_by("person__name", "pk")]
    offered = [
        [_name(each), _employers(each), nhs_moment(each.offer_ends_at, year=False)] for each in bookings.offered()
    ]
    return {
        "label": way.label,
        "places": round.places_for(way),
        "taken": len(having) + grouped,
        "grouped": grouped,
        "with_a_place": {"caption": "Who has a place", "head": ["Name", "Works for"], "rows": having},
        "offered": {"caption": "Whom a place is offered", "head": ["Name", "Works for", "Held until"], "rows": offered},
        "waiting": [_in_line(each) for each in bookings.waiting()],
    }


def _in_line(booking):
    reason = booking.get_jump_reason_display()
    return {"booking": booking, "name": _name(booking), "works_for": _employers(booking), "reason": reason}


def _name(booking):
    return booking.person.name or NOBODY


def _employers(booking):
    return ", ".join(job.organisation.name for job in booking.person.jobs)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def offer_place(request, pk, booking):
    """To somebody who waits, before those who joined earlier: with a reason, which these read."""
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    waits = _with_employers(round, now).waiting().filter(pk=booking).first()
    if waits is None:
        raise Http404
    form = OfferForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            done = waiting.put_first(round=round, booking=waits, reason=reason, by=request.user, now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, PUT_FIRST if done.state == BookingState.WAITING else OFFERED)
            return redirect("round_bookings", pk)
    page = {"round": round, "form": form, "name": _name(waits), "works_for": _employers(waits)}
    return render(request, "rounds/offer_place.html", page)
