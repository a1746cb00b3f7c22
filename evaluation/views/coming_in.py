"""Coming in to a Round online: first the ground rules, then the link, from its set time on."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from evaluation.access import get_round_to_come_into
from rounds.states import RoundState


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def come_in(request, pk):
    """The link is the answer to a press, and that it was pressed is written down nowhere: a register of who opened it
    would be one of who came."""
    now = timezone.now()
    round = get_round_to_come_into(request.user, pk, now=now)
    takes_place = round.state == RoundState.PUBLISHED and now < round.ends_at
    is_time = takes_place and now >= round.joining_from
    context = {"round": round, "takes_place": takes_place, "is_time": is_time}
    return render(request, "evaluation/come_in.html", context | {"agreed": is_time and request.method == "POST"})
