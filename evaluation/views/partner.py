"""One partner beside the whole system."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import figures_csv
from evaluation.reports.partner import PartnerFigures
from evaluation.views.figure import beside, reach


@login_required
@require_safe
def partner_figures(request, scope, code):
    shown = _figures(request, scope, code)
    figure = beside.figure(shown)
    context = {
        "system": shown.system,
        "partner": shown.partner,
        "scope": scope,
        "half_year": shown.half_year,
        "half_years": shown.half_years,
        "is_over": shown.is_over,
        "sentence": beside.headline(shown),
        "facts": beside.facts(shown),
        "notes": shown.notes,
        "without_release": reach.without_release(shown, shown.half_year),
        "figure": figure and figure | _links(shown, scope),
    }
    return render(request, "evaluation/partner_figures.html", context)


@login_required
@require_safe
def partner_figures_file(request, scope, code):
    shown = _figures(request, scope, code)
    head, rows = beside.rows_of(shown)
    return figures_csv(name=f"{scope}-{code.lower()}-{shown.half_year.key}", head=head, rows=rows)


def _figures(request, scope, code):
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    shown = PartnerFigures(system, code, half_year_key=request.GET.get("half_year"), now=now)
    if shown.partner is None:
        raise Http404
    return shown


def _links(shown, scope):
    url = reverse("partner_figures_file", args=[scope, shown.partner.code.lower()])
    return {"csv_url": f"{url}?half_year={shown.half_year.key}", "how_url": reverse("figures_how_to_read")}
