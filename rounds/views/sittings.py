"""The times of a Round that is repeated on a day: for the facilitators of each."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rounds.access import get_round_to_run, rounds_to_arrange
from rounds.actions import sittings
from rounds.forms.sittings import AgainForm
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

ADDED = "It is planned at that time too. Publish it when you are ready: until then nobody finds it."
TAKEN_OUT = "It is a Round alone now. Whoever has a place keeps it. Nobody was written to."


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_times(request, pk):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    form = AgainForm(request.POST if request.method == "POST" else None, round=round)
    if not form.is_valid():
        return _page(request, round, form, now)
    try:
        sittings.add(round=round, starts_at=form.starts_at, by=request.user, now=now)
    except Refused as refusal:
        form.add_error("again", str(refusal).rstrip("."))
        return _page(request, round, form, now)
    messages.success(request, ADDED)
    return redirect("round_times", pk)


@verb("round_times", "pk")
def take_out_sitting(request, pk):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    sittings.take_out(round=round, by=request.user, now=now)
    messages.success(request, TAKEN_OUT)
    return redirect("round_times", pk)


def _page(request, round, form, now):
    mine = rounds_to_arrange(request.user, now=now).sittings(round)
    page = {"round": round, "sittings": mine if round.repeat else [], "form": form}
    return render(request, "rounds/round_times.html", page | {"takes_more": sittings.takes_more(round, now)})
