"""Reports as files: asked for, under way, ready."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.actions import report_files
from evaluation.exports import pdf_answer
from evaluation.models.report import KEPT_FOR
from evaluation.reports.board import BoardFigures, period_of
from evaluation.states import ReportKind, ReportState
from rounds_site.kit.links import verb

UNDER_WAY = (ReportState.WAITING, ReportState.MAKING)


@login_required
@require_safe
def reports(request, scope):
    """One's own, the latest first."""
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    found = access.report_files_of(request.user, now=now).of_system(system)
    context = {
        "system": system,
        "scope": scope,
        "files": [_shown(file) for file in found],
        "days": KEPT_FOR.days,
        "under_way": any(file.state in UNDER_WAY for file in found),
    }
    return render(request, "evaluation/reports.html", context)


@verb("reports", "scope")
def make_report(request, scope):
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    kind = request.POST.get("kind")
    if kind not in (ReportKind.BOARD, ReportKind.ANNUAL):
        raise Http404
    shown = BoardFigures(system, half_year_key=request.POST.get("half_year"), now=now, year=kind == ReportKind.ANNUAL)
    report_files.ask(system=system, kind=kind, period=shown.period, by=request.user, now=now)
    return redirect("reports", scope=scope)


@login_required
@require_safe
def report_file(request, scope, pk):
    file = access.get_report_file(request.user, scope, pk, now=timezone.now())
    return pdf_answer(file, name=f"{scope}-{file.kind}-report-{file.half_year}")


def _shown(file):
    return {
        "file": file,
        "title": f"{file.get_kind_display()}, {period_of(file).words}",
        "ready": file.state == ReportState.READY,
        "failed": file.state == ReportState.FAILED,
    }
