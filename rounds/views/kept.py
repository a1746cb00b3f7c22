"""Places that are kept for a partner or a sector, by the facilitators of this Round: reserved, or for a group."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rounds.access import get_round_to_run
from rounds.actions import keeping
from rounds.forms.bookings import GroupForm, ReserveForm
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reserve_places(request, pk):
    """Within the last days before a Round there is no day left on which they would be released, so the page says so
    before anything is typed."""
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    if keeping.is_too_late_to_reserve(round, now=now):
        return render(request, "rounds/reserve_places.html", {"round": round, "too_late": keeping.TOO_LATE})
    form = ReserveForm(request.POST if request.method == "POST" else None, round=round, now=now)
    return _keep(request, round, form, keeping.reserve, "The places are reserved.", "rounds/reserve_places.html", now)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def group_places(request, pk):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    form = GroupForm(request.POST if request.method == "POST" else None, round=round)
    done = "The group has its places."
    return _keep(request, round, form, keeping.give_to_group, done, "rounds/group_places.html", now)


def _keep(request, round, form, action, done, template, now):
    if form.is_valid():
        try:
            action(round=round, **form.facts(), by=request.user, now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("round_bookings", round.pk)
    return render(request, template, {"round": round, "form": form})


@verb("round_bookings", "pk")
def release_kept(request, pk, kept):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    try:
        released = keeping.release(kept_id=kept, round=round, by=request.user, now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if released:
            messages.success(request, "These places are open to everybody now. Whoever waits is offered them first.")
    return redirect("round_bookings", pk)
