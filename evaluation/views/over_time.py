"""What came back over time: from Round to Round for a facilitator of them, from half-year to half-year for leads."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import figures_csv
from evaluation.reports.feedback_over_time import sets_over_time
from evaluation.reports.trend import trend_of
from evaluation.views.figure import trend as figure
from rounds.access import get_round_to_run
from rounds_site.kit.formats import listed


@login_required
@require_safe
def round_over_time(request, pk):
    round = get_round_to_run(request.user, pk, now=timezone.now())
    trend = trend_of(round, request.user)
    context = {
        "round": round,
        "trend": trend,
        "marks": figure.marks_of(trend.measures),
        "figures": figure.figures(trend.measures),
        "permissions": _permissions(trend.measures),
    }
    return render(request, "evaluation/round_over_time.html", context)


@login_required
@require_safe
def round_over_time_file(request, pk):
    round = get_round_to_run(request.user, pk, now=timezone.now())
    head, rows = figure.rows_of(trend_of(round, request.user).measures)
    return figures_csv(name="answers-over-time", head=head, rows=rows)


@login_required
@require_safe
def feedback_over_time(request, scope):
    system = access.get_scope_to_see(request.user, scope, now=timezone.now())
    sets = sets_over_time(system)
    main, *others = [each for each in sets if each.measures] or [None]
    context = {
        "system": system,
        "scope": scope,
        "main": main,
        "marks": figure.marks_of(main.measures) if main else None,
        "figures": figure.figures(main.measures, figure.HALF_YEARS) if main else [],
        "others": [
            (each, figure.without_charts(each.measures, figure.HALF_YEARS, key=f"others-{number}"))
            for number, each in enumerate(others, start=1)
        ],
        "not_yet": listed([f"“{each.name}”" for each in sets if not each.measures]),
        "permissions": _permissions(of for each in sets for of in each.measures),
    }
    return render(request, "evaluation/feedback_over_time.html", context)


@login_required
@require_safe
def feedback_over_time_file(request, scope):
    system = access.get_scope_to_see(request.user, scope, now=timezone.now())
    measures = [measure for each in sets_over_time(system) for measure in each.measures]
    head, rows = figure.rows_of(measures, figure.HALF_YEARS)
    return figures_csv(name=f"{scope}-feedback-over-time", head=head, rows=rows)


def _permissions(measures):
    """Under which the words of licensors stand here."""
    return sorted({each.permission for of in measures for each in of.versions if each.permission})
