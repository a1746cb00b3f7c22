"""The figures of a series: for those who see those of its system, and for whoever facilitates one of its Rounds."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import figures_csv
from evaluation.reports.series import SeriesFigures
from evaluation.views.figure import came_to_each, offered, rounds
from rounds.models import Round

TABLES = {"came": came_to_each, "rounds": rounds, "offered": offered}


@login_required
@require_safe
def series_figures(request, pk):
    shown = _figures(request, pk)
    context = {
        "series": shown.series,
        "system": shown.system,
        "scope": access.scope_of(shown.system),
        "half_year": shown.half_year,
        "half_years": shown.half_years,
        "sentence": offered.headline(shown),
        "came": _with_file(shown, came_to_each, "came"),
        "months": _with_file(shown, rounds, "rounds"),
        "figures": offered.figures(shown) if shown.in_all.rounds else [],
        "csv_url": _address(shown, "offered"),
        "notes": shown.notes_on_time,
        "back_url": _back(shown),
        "own": Round.objects.filter(series=shown.series).run_by(request.user).order_by("-starts_at", "pk").first(),
    }
    return render(request, "evaluation/series_figures.html", context)


@login_required
@require_safe
def series_figures_file(request, pk, table):
    shown = _figures(request, pk)
    if table not in TABLES:
        raise Http404
    head, rows = TABLES[table].rows_of(shown)
    return figures_csv(name=f"series-{table}-{shown.half_year.key}", head=head, rows=rows)


def _figures(request, pk):
    now = timezone.now()
    series = access.get_series_to_see(request.user, pk, now=now)
    return SeriesFigures(series, half_year_key=request.GET.get("half_year"), now=now)


def _back(shown):
    """To the same half-year, unless the system was another by then."""
    url = reverse("offered", args=[access.scope_of(shown.system)])
    went_on = shown.ended_on and shown.half_year.begins >= shown.ended_on
    return url if went_on else f"{url}?half_year={shown.half_year.key}"


def _with_file(shown, figure, table):
    return figure.figure(shown) | {"csv_url": _address(shown, table), "how_url": reverse("figures_how_to_read")}


def _address(shown, table):
    return f"{reverse('series_figures_file', args=[shown.series.pk, table])}?half_year={shown.half_year.key}"
