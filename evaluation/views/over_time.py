"""What came back over time, for a facilitator of these Rounds."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation.exports import csv_answer
from evaluation.reports.trend import trend_of
from evaluation.views.figure import trend as figure
from rounds.access import get_round_to_run


@login_required
@require_safe
def round_over_time(request, pk):
    round = get_round_to_run(request.user, pk, now=timezone.now())
    trend = trend_of(round, request.user)
    context = {
        "round": round,
        "trend": trend,
        "figures": figure.figures(trend),
        "permissions": sorted({each.permission for of in trend.measures for each in of.versions if each.permission}),
    }
    return render(request, "evaluation/round_over_time.html", context)


@login_required
@require_safe
def round_over_time_file(request, pk):
    round = get_round_to_run(request.user, pk, now=timezone.now())
    head, rows = figure.rows_of(trend_of(round, request.user))
    return csv_answer(name="answers-over-time", head=head, rows=rows)
