"""What the portal promises, for anyone to read."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.reports.boxes import boxes_by_state


@require_safe
def promises(request):
    return render(request, "evaluation/promises.html", {"boxes": boxes_by_state()})
