"""Partners from an ODS list: choose the file, see what would change, accept."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from members.access import get_system_to_manage
from members.actions import imports
from members.forms.imports import AcceptForm, OdsListForm
from members.roles import May
from rounds_site.kit.refusals import Refused

KEPT = "ods_list"


@login_required
def manage_imports(request):
    """The list waits in the session between preview and acceptance; nothing is written before."""
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())
    form = OdsListForm(request.POST, request.FILES) if request.method == "POST" else OdsListForm()
    if request.method == "POST" and form.is_valid():
        try:
            ods_list = imports.read(form.cleaned_data["file"].read(), icb=system.code)
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            request.session[KEPT] = ods_list.kept()
            return _preview(request, ods_list, system)
    request.session.pop(KEPT, None)
    return render(request, "members/manage_imports.html", {"form": form, "system": system})


def _preview(request, ods_list, system, refusals=()):
    told = imports.preview(ods_list, system=system, now=timezone.now())
    form = AcceptForm(initial={"digest": told.digest})
    context = {"preview": told, "accept_form": form, "system": system, "refusals": refusals, "count": len(told.touched)}
    return render(request, "members/manage_imports_preview.html", context)


@login_required
@require_POST
def accept_import(request):
    now = timezone.now()
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=now)
    kept = request.session.get(KEPT)
    if kept is None or kept["icb"] != system.code:
        messages.warning(request, "There is no list to import any more. Choose the file again.")
        return redirect("manage_imports")
    ods_list = imports.OdsList.from_kept(kept)
    try:
        told = imports.accept(ods_list, system=system, digest=request.POST.get("digest", ""), now=now)
    except Refused as refusal:
        return _preview(request, ods_list, system, refusals=[str(refusal)])
    del request.session[KEPT]
    messages.success(request, f"Imported: {len(told.to_add)} added, {len(told.changed)} changed.")
    return redirect("manage_organisations")
