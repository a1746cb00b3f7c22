"""What anyone may read about Rounds, signed in or not."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.models import System


@require_safe
def what_happens(request):
    return render(request, "rounds/what_happens.html", {"system": _system()})


@require_safe
def release_letter(request):
    return render(request, "rounds/release_letter.html", {"system": _system()})


def _system():
    """The portal's own system; in a portal that has not begun, nothing."""
    return System.objects.standing().order_by("created_at").first()
