"""What was offered, where and when, in a system or one of its Places: facts about Rounds, none about who came."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import figures_csv
from evaluation.reports.half_years import HalfYear
from evaluation.reports.offered import OfferedFigures
from evaluation.views.figure import offered as figure
from evaluation.views.figure import partners as partners_figure
from evaluation.views.figure import regularity, rounds
from rounds.models import Series
from rounds_site.kit.drawing import for_figures

TABLES = {"offered": figure, "rounds": rounds, "regularity": regularity}


@login_required
@require_safe
def offered(request, scope):
    return _page(request, _figures(request, scope), scope)


@login_required
@require_safe
def offered_in_place(request, scope, place):
    return _page(request, _figures(request, scope, place), scope)


@login_required
@require_safe
def offered_file(request, scope):
    return _file(request, _figures(request, scope), scope)


@login_required
@require_safe
def offered_in_place_file(request, scope, place):
    return _file(request, _figures(request, scope, place), f"{scope}-{place}")


def _figures(request, scope, place=None):
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    shown = OfferedFigures(system, place_code=place, half_year_key=request.GET.get("half_year"), now=now)
    if place and shown.place is None:
        raise Http404
    return shown


def _page(request, shown, scope):
    context = {
        "system": shown.system,
        "place": shown.place,
        "scope": scope,
        "half_year": shown.half_year,
        "half_years": shown.half_years,
        "sentence": figure.headline(shown),
        "months": _with_file(rounds, scope, shown, "rounds"),
        "regularity": _with_file(regularity, scope, shown, "regularity"),
        "figures": figure.figures(shown) if shown.in_all.rounds else [],
        "csv_url": _address(scope, shown, "offered"),
        "notes": shown.notes_on_time,
    }
    own = _about_the_place if shown.place else _about_the_system
    return render(request, "evaluation/offered.html", context | own(shown))


def _about_the_system(shown):
    return {
        "places": [offer for offer in shown.by_place if offer.code],
        "facilitators": figure.facilitators(shown),
        "cover": figure.cover(shown),
        "series": _series_of(shown),
    }


def _series_of(shown):
    """[(one with a Round here, the last half-year in which it has one)], by their rule."""
    last = {round.series_id: HalfYear.of(round.day) for round in shown.rounds if round.series_id}
    found = Series.objects.filter(pk__in=last)
    found = found.select_related("host_organisation", "host_place")
    found = for_figures(found.only(*Series.RULED_BY, "host_organisation__name", "host_place__name").order_by("pk"))
    return [(series, last[series.pk]) for series in sorted(found, key=lambda series: str(series.rule))]


def _about_the_place(shown):
    there = shown.partners_there
    sentence, gaps = partners_figure.sentence(there), partners_figure.gaps(there)
    return {"partners": sentence, "gaps": gaps}


def _with_file(module, scope, shown, table):
    return module.figure(shown) | {"csv_url": _address(scope, shown, table), "how_url": reverse("figures_how_to_read")}


def _address(scope, shown, table):
    name, arguments = "offered_file", {"scope": scope}
    if shown.place:
        name, arguments = "offered_in_place_file", arguments | {"place": shown.place.code}
    return f"{reverse(name, kwargs=arguments)}?half_year={shown.half_year.key}&table={table}"


def _file(request, shown, name):
    """One of the tables of the page; what was offered, where the address names none."""
    table = request.GET.get("table", "offered")
    if table not in TABLES:
        raise Http404
    head, rows = TABLES[table].rows_of(shown)
    return figures_csv(name=f"{name}-{table}-{shown.half_year.key}", head=head, rows=rows)
