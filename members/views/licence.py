"""The licence of a system: what stands of it, and which partners a memorandum covers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import get_system_to_license, today
from members.actions import licences
from members.forms.licence import CoverageForm, LicenceForm
from members.models import Coverage, Licence, Organisation
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import stretch


def _licence_of(system):
    return Licence.objects.select_related("holder").filter(system=system).first()


@login_required
@require_safe
def manage_licence(request, code):
    now = timezone.now()
    return _page(request, get_system_to_license(request.user, code, now=now), now)


def _page(request, system, now, *, form=None):
    licence, on = _licence_of(system), today(now)
    context = {"system": system, "licence": licence}
    if licence:
        covered = licence.coverages.select_related("organisation").order_by("organisation__name", "pk")
        context |= {
            "has_ended": licence.has_ended(on),
            "ends_soon": licence.ends_soon(on),
            "coverages": stretch(covered, request),
            "coverage_form": form or CoverageForm(system=system, partners=_not_covered(licence, on)),
            "form": form,
        }
    return render(request, "members/manage_licence.html", context)


def _not_covered(licence, on):
    partners = Organisation.objects.in_system(licence.system, on=on).exclude(coverages__licence=licence)
    return partners.exclude(pk=licence.holder_id) if licence.holder_id else partners


@login_required
def manage_licence_change(request, code):
    now = timezone.now()
    system = get_system_to_license(request.user, code, now=now)
    licence = _licence_of(system)
    posted = request.POST if request.method == "POST" else None
    partners = Organisation.objects.in_system(system, on=today(now))
    initial = {name: getattr(licence, name) for name in licences.FACTS} if licence else {}
    form = LicenceForm(posted, system=system, partners=partners, initial=initial)
    if posted is not None and form.is_valid():
        licences.keep(system=system, facts=form.cleaned_data, by=request.user, now=now)
        messages.success(request, "The licence is saved.")
        return redirect("manage_licence", code)
    return render(request, "members/manage_licence_change.html", {"system": system, "form": form})


@verb("manage_licence", "code")
def cover_partner(request, code):
    now = timezone.now()
    system = get_system_to_license(request.user, code, now=now)
    licence = get_object_or_404(Licence, system=system)
    form = CoverageForm(request.POST, system=system, partners=_not_covered(licence, today(now)))
    if not form.is_valid():
        return _page(request, system, now, form=form)
    try:
        row = licences.cover(licence=licence, **form.cleaned_data, by=request.user, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"The memorandum with {row.organisation} is noted.")
    return redirect("manage_licence", code)


@verb("manage_licence", "code")
def end_coverage(request, code, pk):
    """A second press finds it gone, and says nothing."""
    now = timezone.now()
    system = get_system_to_license(request.user, code, now=now)
    row = (
        Coverage.objects.select_related("organisation", "licence__system").filter(licence__system=system, pk=pk).first()
    )
    if row:
        licences.take_out(coverage=row, by=request.user, now=now)
        messages.success(request, f"The memorandum with {row.organisation} is taken out.")
    return redirect("manage_licence", code)
