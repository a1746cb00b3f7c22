"""What is kept and until when, and what was destroyed: for whoever looks after a system or a partner."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import get_scope_to_look_after
from members.models import System
from members.reports import retention


@login_required
@require_safe
def manage_retention(request):
    now = timezone.now()
    scope = get_scope_to_look_after(request.user, now=now)
    context = {
        "system": scope if isinstance(scope, System) else None,
        "passed_at": retention.passed_at() if retention.is_whole() else None,
        "lines": retention.lines(now),
        "by_somebody": [keeping for keeping in retention.to_read() if not keeping.due],
    }
    return render(request, "members/manage_retention.html", context)
