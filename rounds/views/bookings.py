"""Who has a place and who waits: for the facilitators of this Round alone."""

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import today
from members.models import Membership
from rounds.access import get_round_to_run
from rounds.models import Booking
from rounds.reports import REMEMBERED_FOR


@require_safe
@login_required
def round_bookings(request, pk):
    """Names and employers. Never an address, what anybody needs, or where they have been before; and nobody's name
    later than every page promises."""
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    if now >= round.ends_at + REMEMBERED_FOR:
        return render(request, "rounds/round_bookings.html", {"round": round, "is_past": True})
    jobs = Membership.objects.in_force(today(now)).select_related("organisation").order_by("organisation__name")
    bookings = (
        Booking.objects.filter(round=round)
        .select_related("person")
        .prefetch_related(Prefetch("person__memberships", jobs, to_attr="jobs"))
    )
    ways = [_way(round, way, bookings.filter(way=way)) for way in round.ways]
    return render(request, "rounds/round_bookings.html", {"round": round, "ways": ways})


def _way(round, way, bookings):
    return {
        "label": way.label,
        "places": round.places_for(way),
        "with_a_place": _table("Who has a place", bookings.with_a_place().order_by("person__name", "pk")),
        "waiting": _table("Who waits, in the order of the list", bookings.waiting()),
    }


def _table(caption, bookings):
    return {"caption": caption, "head": ["Name", "Works for"], "rows": [_named(booking) for booking in bookings]}


def _named(booking):
    employers = ", ".join(job.organisation.name for job in booking.person.jobs)
    return [booking.person.name or "Someone who gave no name", employers]
