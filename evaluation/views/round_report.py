"""The report of one Round, for its facilitators and those who steer its system: as a page, and as files."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.actions import report_files
from evaluation.exports import pdf_answer, report_answer
from evaluation.models.report import KEPT_FOR
from evaluation.states import ReportState
from evaluation.views.figure.round_report import round_report as report_of
from rounds_site.kit.links import verb

NAME = "report-of-a-round"


@login_required
@require_safe
def round_report(request, pk):
    now = timezone.now()
    round = access.get_round_to_report(request.user, pk, now=now)
    context = {
        "round": round,
        "report": report_of(round),
        "file": access.report_files_of(request.user, now=now).filter(round=round).first(),
        "states": ReportState,
        "days": KEPT_FOR.days,
    }
    return render(request, "evaluation/round_report.html", context)


@login_required
@require_safe
def round_report_file(request, pk):
    """The same as a spreadsheet."""
    round = access.get_round_to_report(request.user, pk, now=timezone.now())
    return report_answer(report_of(round), name=NAME)


@verb("round_report", "pk")
def make_round_report(request, pk):
    now = timezone.now()
    round = access.get_round_to_report(request.user, pk, now=now)
    report_files.ask_for_round(round=round, by=request.user, now=now)
    return redirect("round_report", pk=round.pk)


@login_required
@require_safe
def round_report_pdf(request, pk):
    now = timezone.now()
    round = access.get_round_to_report(request.user, pk, now=now)
    file = access.report_files_of(request.user, now=now).filter(round=round, state=ReportState.READY).first()
    if file is None:
        raise Http404
    return pdf_answer(file, name=NAME)
