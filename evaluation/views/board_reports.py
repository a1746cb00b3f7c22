"""Reports of a system's figures in sentences: to its board, of a year, and the sponsor's brief."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import report_answer
from evaluation.reports.board import BoardFigures, BriefFigures
from evaluation.states import ReportKind
from evaluation.views.figure import board
from rounds.actions import steering


@login_required
@require_safe
def board_report(request, scope):
    """Of a half-year."""
    return _report(request, scope, year=False)


@login_required
@require_safe
def annual_report(request, scope):
    """Of the year in which a half-year lies."""
    return _report(request, scope, year=True)


@login_required
@require_safe
def board_report_file(request, scope):
    return _report_file(request, scope, year=False)


@login_required
@require_safe
def annual_report_file(request, scope):
    return _report_file(request, scope, year=True)


@login_required
@require_safe
def sponsor_brief(request, scope):
    """A page of what is shown anyway: figures of the last half-year in sentences, and how the programme stands."""
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    shown = BriefFigures(system, half_year_key=request.GET.get("half_year"), now=now)
    there, today = steering.as_it_stands(system, now=now), timezone.localdate(now)
    licence = getattr(there, "licence", None)
    context = {
        "report": board.sponsor_brief(shown),
        "today": today,
        "state": steering.state_of(there, now=now),
        "licence": None if licence and licence.has_ended(today) else licence,
        "ends_soon": licence and licence.ends_soon(today),
        "notice": system.licensor_notice,
        "scope": scope,
        "half_year": shown.half_year,
    }
    return render(request, "evaluation/sponsor_brief.html", context)


def _report(request, scope, *, year):
    shown = _reported(request, scope, year=year)
    kind = ReportKind.ANNUAL if year else ReportKind.BOARD
    context = {
        "kind": kind,
        "report": board.board_report(shown),
        "scope": scope,
        # A year may end with a half-year of which there are no figures yet.
        "half_year": min(shown.half_year, shown.half_years[0]),
        "periods": shown.periods,
        "period": shown.period,
        "file_url": reverse(f"{kind.value}_report_file", args=[scope]) + f"?half_year={shown.period.key}",
    }
    return render(request, "evaluation/report.html", context)


def _report_file(request, scope, *, year):
    """The same report as a spreadsheet."""
    shown = _reported(request, scope, year=year)
    kind = "annual-report" if year else "board-report"
    return report_answer(board.board_report(shown), name=f"{scope}-{kind}-{shown.period.key}")


def _reported(request, scope, *, year):
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    return BoardFigures(system, half_year_key=request.GET.get("half_year"), now=now, year=year)
