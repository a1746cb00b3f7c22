"""The first page of Manage: how far the set-up has come, and who holds a role."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members import reports
from members.access import get_scope_to_look_after, may, may_anywhere, proposals_to_confirm, requests_to_decide, today
from members.models import System
from members.roles import May


@login_required
@require_safe
def manage(request):
    now = timezone.now()
    scope = get_scope_to_look_after(request.user, now=now)
    keeps = may(request.user, May.MANAGE_ORGANISATIONS, scope, now=now)
    context = {
        "scope": scope,
        "tasks": reports.checklist(scope, now=now) if keeps and isinstance(scope, System) else [],
        "keeps": keeps,
        "requests": requests_to_decide(request.user, now=now).count(),
        "proposals": proposals_to_confirm(request.user, now=now),
        "holders": reports.role_holders(scope, on=today(now)) if keeps else [],
        "looks_after_letters": isinstance(scope, System) and may(request.user, May.LOOK_AFTER_LETTERS, scope, now=now),
        "reads_logs": may_anywhere(request.user, May.READ_LOGS, now=now),
    }
    return render(request, "members/manage.html", context)
