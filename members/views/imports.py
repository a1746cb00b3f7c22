"""Imports: choose what the file is, see what would change, accept. The file waits with its owner between the two."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import get_scope_to_look_after, get_system_to_manage, get_upload, staff_lists_to_import
from members.actions import imports, leaving, ods, staff_changes, staff_imports, staff_lists, uploads
from members.exports import csv_answer
from members.forms.imports import AcceptForm, AcceptStaffForm, FileForm, StaffFileForm
from members.models import System
from members.roles import May
from rounds_site.kit.formats import thousands
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

ORGANISATIONS, STAFF = "organisations", "staff"
GONE = "There is no list to import any more. Choose the file again."
ANOTHER_FILE = "Another file has been chosen since you looked. Here is what that one would change."
SHOWN, FIRST = 100, 20


@login_required
@require_safe
def manage_imports(request):
    """What whoever looks after something may import here."""
    now = timezone.now()
    staff_lists_to_import(request.user, now=now)
    of_system = isinstance(get_scope_to_look_after(request.user, now=now), System)
    return render(request, "members/manage_imports.html", {"of_system": of_system})


def take_file(request, form, *, kind, read, said=None):
    """Whether the file that was sent is such a list; then it waits for its owner. Else the form says what it is not."""
    file = form.cleaned_data["file"]
    content = file.read()
    try:
        read(content)
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return False
    uploads.keep(by=request.user, kind=kind, name=file.name, content=content, said=said, now=timezone.now())
    return True


def gone(request, page):
    messages.warning(request, GONE)
    return redirect(page)


# --- Organisations ----------------------------------------------------------------------------------


def _ods_list(system):
    return lambda content: ods.read(content, icb=system.code)


@login_required
@require_safe
def ods_list_template(request):
    """Made-up partners of the reader's own system: one of each kind, so that the example reads well as it is."""
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())
    rows = [
        ("XX1", "Example Hospitals NHS Trust", "nhs_trust", system.code, "North", "ZZ1 1ZZ"),
        ("XX2", "Example County Council", "local_authority", system.code, "North", ""),
        ("XX3", "NHS Example Integrated Care Board", "integrated_care_board", system.code, "North", ""),
    ]
    return csv_answer(name="partners", head=ods.COLUMNS, rows=rows)


@login_required
def manage_import_organisations(request):
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if form.is_valid() and take_file(request, form, kind=ORGANISATIONS, read=_ods_list(system)):
        return redirect("preview_organisations")
    return render(request, "members/manage_import_organisations.html", {"form": form, "system": system})


@login_required
@require_safe
def preview_organisations(request):
    now = timezone.now()
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=now)
    upload = get_upload(request.user, ORGANISATIONS, now=now)
    return _organisations(request, upload, system) if upload else gone(request, "manage_import_organisations")


def _organisations(request, upload, system, refusals=()):
    ods_list = _ods_list(system)(bytes(upload.content))
    told = imports.preview(ods_list, system=system, by=request.user, now=timezone.now())
    context = {
        "upload": upload,
        "preview": told,
        "faults": told.faults[:SHOWN],
        "accept_form": AcceptForm(initial={"digest": told.digest}),
        "system": system,
        "refusals": refusals,
        "count": len(told.touched),
    }
    return render(request, "members/preview_organisations.html", context)


@verb("manage_imports")
def accept_organisations(request):
    now = timezone.now()
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=now)
    upload = get_upload(request.user, ORGANISATIONS, now=now)
    if upload is None:
        return gone(request, "manage_import_organisations")
    ods_list, digest = _ods_list(system)(bytes(upload.content)), request.POST.get("digest", "")
    try:
        told = imports.accept(ods_list, system=system, digest=digest, by=request.user, now=now)
    except Refused as refusal:
        return _organisations(request, upload, system, refusals=[str(refusal)])
    uploads.forget(upload=upload)
    ended = f", {len(told.ended)} ended" if told.ended else ""
    messages.success(request, f"Imported: {len(told.to_add)} added, {len(told.changed)} changed{ended}.")
    return redirect("manage_organisations")


@login_required
@require_safe
def faults_of_organisations(request):
    now = timezone.now()
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=now)
    upload = get_upload(request.user, ORGANISATIONS, now=now)
    if upload is None:
        return gone(request, "manage_import_organisations")
    rows = [(fault.number, fault.sentence) for fault in _ods_list(system)(bytes(upload.content)).faults]
    return csv_answer(name="faulty-lines", head=["Line", "What to do"], rows=rows)


# --- Staff lists ------------------------------------------------------------------------------------


@login_required
def manage_import_staff(request):
    organisations = staff_lists_to_import(request.user, now=timezone.now())
    form = StaffFileForm(request.POST, request.FILES) if request.method == "POST" else StaffFileForm()
    if form.is_valid() and take_file(
        request, form, kind=STAFF, read=lambda content: staff_lists.read(content, organisations=organisations)
    ):
        return redirect("preview_staff")
    few = organisations.order_by("name")[:4]
    return render(request, "members/manage_import_staff.html", {"form": form, "organisations": few})


@login_required
@require_safe
def staff_list_template(request):
    """Made-up people: whoever forgets to take them out meets faulty lines, not strangers."""
    staff_lists_to_import(request.user, now=timezone.now())
    rows = [
        ("Ada Example", "ada@riverbank.example", "XR1", "Nursing and Midwifery Registered", "Main building"),
        ("Ben Example", "ben@riverbank.example", "XR1", "Estates and Ancillary", "Laundry"),
    ]
    return csv_answer(name="staff-list", head=staff_lists.TEMPLATE, rows=rows)


@login_required
@require_safe
def preview_staff(request):
    now = timezone.now()
    organisations = staff_lists_to_import(request.user, now=now)
    upload = get_upload(request.user, STAFF, now=now)
    return _staff(request, upload, organisations) if upload else gone(request, "manage_import_staff")


def _staff(request, upload, organisations, refusals=()):
    staff_list = staff_lists.read(bytes(upload.content), organisations=organisations)
    now = timezone.now()
    told = staff_changes.compare(staff_list, organisations=organisations, now=now)
    total = told.total
    number = total.new + total.changed + total.ended
    button = f"Import {thousands(number)} change{'' if number == 1 else 's'}"
    shown = {"digest": told.digest, "file": upload.pk}
    form = AcceptStaffForm(initial=shown, asks=told.to_confirm, button=button)
    context = {
        "upload": upload,
        "told": told,
        "total": total,
        "faults": told.faults[:SHOWN],
        "warnings": told.warnings[:SHOWN],
        "new_sites": told.new_sites[:SHOWN],
        "new": told.new_lines[:FIRST],
        "changed": told.changed_lines[:FIRST],
        "ended": told.ended[:SHOWN],
        "resting": leaving.rest_in_sight(told.jobs_ending, starting=told.jobs_starting, by=request.user, now=now),
        "accept_form": form,
        "refusals": refusals,
    }
    return render(request, "members/preview_staff.html", context)


@verb("manage_imports")
def accept_staff(request):
    now = timezone.now()
    organisations = staff_lists_to_import(request.user, now=now)
    upload = get_upload(request.user, STAFF, now=now)
    if upload is None:
        return gone(request, "manage_import_staff")
    staff_list = staff_lists.read(bytes(upload.content), organisations=organisations)
    seen = {"digest": request.POST.get("digest", ""), "end_many": "end_many" in request.POST}
    try:
        told = staff_imports.accept(staff_list, organisations=organisations, by=request.user, now=now, **seen)
    except Refused as refusal:
        seen_another = request.POST.get("file", str(upload.pk)) != str(upload.pk)
        return _staff(request, upload, organisations, refusals=[ANOTHER_FILE if seen_another else str(refusal)])
    uploads.forget(upload=upload)
    counts = {name: thousands(getattr(told.total, name)) for name in ("new", "changed", "ended")}
    messages.success(request, "Imported: {new} new, {changed} changed, {ended} ended.".format(**counts))
    return redirect("manage_people")


@login_required
@require_safe
def faults_of_staff(request):
    now = timezone.now()
    organisations = staff_lists_to_import(request.user, now=now)
    upload = get_upload(request.user, STAFF, now=now)
    if upload is None:
        return gone(request, "manage_import_staff")
    faults = staff_lists.read(bytes(upload.content), organisations=organisations).faults
    rows = [(fault.number, fault.email, fault.code, fault.sentence) for fault in faults]
    return csv_answer(name="faulty-lines", head=["Line", "Email", "Organisation code", "What to do"], rows=rows)
