"""What the portal promises, for anyone to read."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation.reports import boxes as reports
from members.reports import retention
from rounds.actions import story_keys
from rounds_site.kit.stretches import stretch


@require_safe
def promises(request):
    context = {
        "boxes": reports.boxes(),
        "stories_apart": story_keys.are_apart(),
        "stories_went": retention.last_destroyed("stories"),
    }
    return render(request, "evaluation/promises.html", context)


@require_safe
def each_box(request):
    found = stretch(reports.each_box(), request)
    context = {"found": found, "boxes": reports.standings(found, now=timezone.now())}
    return render(request, "evaluation/each_box.html", context)
