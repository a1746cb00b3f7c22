"""What was offered, where and when, in a system or one of its Places: facts about Rounds, none about who came."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import csv_answer
from evaluation.reports.offered import OfferedFigures
from evaluation.views.figure import offered as figure
from evaluation.views.figure import partners as partners_figure
from evaluation.views.figure import rounds
from members.models import Place


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
    shown = _figures(request, scope)
    return _file(shown, f"{scope}-offered-{shown.half_year.key}")


@login_required
@require_safe
def offered_in_place_file(request, scope, place):
    shown = _figures(request, scope, place)
    return _file(shown, f"{scope}-{place}-offered-{shown.half_year.key}")


def _figures(request, scope, place=None):
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    place = place and get_object_or_404(Place, system=system, code=place)
    return OfferedFigures(system, place=place, half_year_key=request.GET.get("half_year"), now=now)


def _page(request, shown, scope):
    context = {
        "system": shown.system,
        "place": shown.place,
        "scope": scope,
        "half_year": shown.half_year,
        "half_years": shown.half_years,
        "sentence": figure.headline(shown),
        "months": rounds.figure(shown),
        "figures": figure.figures(shown) if shown.in_all.rounds else [],
        "csv_url": _address("_file", scope, shown),
    }
    own = _about_the_place if shown.place else _about_the_system
    return render(request, "evaluation/offered.html", context | own(shown))


def _about_the_system(shown):
    return {
        "places": [offer for offer in shown.by_place if offer.code],
        "facilitators": figure.facilitators(shown),
        "cover": figure.cover(shown),
    }


def _about_the_place(shown):
    there = shown.partners_there
    sentence, gaps = partners_figure.sentence(there), partners_figure.gaps(there)
    return {"partners": sentence, "gaps": gaps}


def _address(what, scope, shown):
    name, arguments = "offered", {"scope": scope}
    if shown.place:
        name, arguments = "offered_in_place", arguments | {"place": shown.place.code}
    return f"{reverse(name + what, kwargs=arguments)}?half_year={shown.half_year.key}"


def _file(shown, name):
    head, rows = figure.rows_of(shown)
    return csv_answer(name=name, head=head, rows=rows)
