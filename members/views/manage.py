"""The first page of Manage: how far the set-up has come, and who holds a role."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members import reports
from members.access import get_scope_to_look_after, may, may_anywhere, proposals_to_confirm, requests_to_decide, today
from members.models import System
from members.roles import May
from rounds_site.kit.stretches import stretch

# More requests than these are not counted.
MANY = 99


@login_required
@require_safe
def manage(request):
    now = timezone.now()
    scope = get_scope_to_look_after(request.user, now=now)
    keeps = may(request.user, May.MANAGE_ORGANISATIONS, scope, now=now)
    found = stretch(reports.role_holders(scope, on=today(now)), request) if keeps else []
    context = {
        "scope": scope,
        "tasks": reports.checklist(scope, now=now) if keeps and isinstance(scope, System) else [],
        "keeps": keeps,
        "requests": len(requests_to_decide(request.user, now=now).values_list("pk")[: MANY + 1]),
        "many": MANY,
        "proposals": stretch(proposals_to_confirm(request.user, now=now), request, name="proposals"),
        "found": found,
        "holders": reports.as_holders(found),
        "looks_after_letters": isinstance(scope, System) and may(request.user, May.LOOK_AFTER_LETTERS, scope, now=now),
        "reads_logs": may_anywhere(request.user, May.READ_LOGS, now=now),
    }
    return render(request, "members/manage.html", context)
