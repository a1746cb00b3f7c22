"""What the portal promises, for anyone to read."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.reports.boxes import boxes
from members.reports import retention
from rounds.actions import story_keys


@require_safe
def promises(request):
    context = {
        "boxes": boxes(),
        "stories_apart": story_keys.are_apart(),
        "stories_went": retention.last_destroyed("stories"),
    }
    return render(request, "evaluation/promises.html", context)
