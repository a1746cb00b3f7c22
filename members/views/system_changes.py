"""What becomes of a care system: what a shipped list says, to be checked; then everything that will happen; the act."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import get_system_to_manage, today
from members.actions.succession import mapping
from members.actions.succession.systems import change_system, preview_system
from members.forms.system_change import CarryOutForm, SystemChangeForm
from members.models import Organisation
from members.roles import May
from members.views.proving import recently_proven
from rounds_site.kit.refusals import Refused
from rounds_site.kit.typed import forget, kept, preview_of


@login_required
@require_safe
def manage_system_changes(request):
    """The whole list, and beside it whether one of its lines is about the reader's own system."""
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())
    shipped = mapping.read()
    own = shipped.changes.get(system.code)
    came_from = system.came_from.select_related("predecessor").order_by("on", "predecessor__name")
    context = {"system": system, "mapping": shipped, "own": own, "came_from": came_from}
    return render(request, "members/manage_system_changes.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def manage_system_change(request):
    """The form, and once it is whole what it would do; pressed there, it is done."""
    now = timezone.now()
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=now)
    change = mapping.read().changes.get(system.code)
    if change is None:
        raise Http404
    options = {"system": system, "change": change, "now": now}
    options["partners"] = Organisation.objects.in_system(system, on=today(now)).order_by("name")
    data = request.POST if request.method == "POST" else kept(request, "system", system.code)
    form = SystemChangeForm(data, **options)
    if not form.is_valid() or "again" in request.POST:
        return render(request, "members/manage_system_change.html", {"form": form, "system": system, "change": change})
    if "seen" in request.POST:
        return recently_proven(_do)(request, form=form)
    if request.method == "POST":
        return preview_of(request, "system", system.code)
    return _preview(request, form)


def _preview(request, form, refusals=()):
    plan, told = form.plan(), None
    try:
        told = preview_system(plan, by=request.user, now=form.now)
    except Refused as refusal:
        refusals = dict.fromkeys([*refusals, str(refusal)])
    typed = [
        (name, value) for name, values in form.data.lists() if name.startswith(tuple(form.fields)) for value in values
    ]
    context = {"system": form.system, "plan": plan, "told": told, "refusals": list(refusals), "typed": typed}
    context["form"] = told and CarryOutForm(initial={"seen": told.seen})
    return render(request, "members/preview_system_change.html", context)


def _do(request, form):
    try:
        successors = change_system(form.plan(), seen=request.POST["seen"], by=request.user, now=form.now)
    except Refused as refusal:
        return _preview(request, form, refusals=[str(refusal)])
    forget(request)
    names = " and ".join(each.name for each in successors)
    messages.success(request, f"It is done: {form.system} goes on as {names}. Please read the settings over.")
    return redirect("manage")
