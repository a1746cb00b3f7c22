"""Who can see what about a Round, and why."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation.reports.who_sees import who_sees
from rounds.access import get_round_to_arrange


@login_required
@require_safe
def round_who_sees(request, pk):
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    return render(request, "evaluation/round_who_sees.html", {"round": round, "facts": who_sees(round, now=now)})
