"""The first page of Manage: how far the set-up has come, and who holds a role."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members import reports
from members.access import get_scope_to_look_after, get_system_to_manage, may, today
from members.actions import systems
from members.forms.beginning import SettingsForm
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
        "holders": reports.role_holders(scope, on=today(now)),
    }
    return render(request, "members/manage.html", context)


@login_required
def manage_settings(request):
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())
    posted = request.POST if request.method == "POST" else None
    form = SettingsForm(posted, initial={name: getattr(system, name) for name in SettingsForm.base_fields})
    if posted is not None and form.is_valid():
        systems.describe(system=system, facts=form.cleaned_data)
        messages.success(request, "The settings are saved.")
        return redirect("manage")
    return render(request, "members/manage_settings.html", {"form": form, "system": system})
