"""The figures of a system: sentences first, then the figure, its table and its file."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import figures_csv
from evaluation.reports.board import Period
from evaluation.reports.half_years import HalfYear
from evaluation.reports.system import SystemFigures
from evaluation.views.figure import (
    by_work,
    employers,
    feedback,
    first,
    how_to_read,
    meeting,
    mix,
    mixing,
    partners,
    people,
    reach,
    rounds,
    small_rounds,
    waited,
    work,
)
from evaluation.views.figure import equity as equity_figure
from evaluation.views.figure.pieces import capital, rounds_are, rounds_were

# In the order of the page; each has a file of the same name.
FIGURES = {
    "reach": reach,
    "work": work,
    "mix": mix,
    "employers": employers,
    "first": first,
    "mixing": mixing,
    "meeting": meeting,
    "waited": waited,
    "people": people,
    "rounds": rounds,
    "partners": partners,
    "feedback": feedback,
    "by-work": by_work,
    "small-rounds": small_rounds,
}
RELEASED = {"work", "mix", "employers", "first", "mixing", "meeting", "waited"}
FILES = FIGURES | {"equity": equity_figure}


@login_required
@require_safe
def figures(request):
    """The first system whose figures this person may see; for whoever leads one Place, that Place. Of the half-year
    that the address names."""
    now = timezone.now()
    systems = access.scopes_to_see(request.user, now=now)
    scope = access.scope_of(systems[0])
    if place := access.only_place_of(request.user, now=now):
        return redirect(reverse("offered_in_place", args=[scope, place.code], query=request.GET))
    return redirect(reverse("dashboard", args=[scope], query=request.GET))


@login_required
@require_safe
def dashboard(request, scope):
    shown = _figures(request, scope)
    context = {
        "system": shown.system,
        "scope": scope,
        "half_year": shown.half_year,
        "half_years": shown.half_years,
        "sentence": headline(shown),
        "has_begun": shown.has_begun,
        "year_has_begun": Period.year_of(shown.half_year).begins <= shown.today,
        "figures": _drawn(shown),
        "earlier": feedback.earlier(shown),
        "items": shown.questionnaires[0].items if shown.questionnaires else [],
        "any_rounds": shown.any_rounds,
        "systems_before": [(step, access.scope_of(step.predecessor)) for step in shown.systems_before],
    }
    return render(request, "evaluation/dashboard.html", context)


@login_required
@require_safe
def equity(request, scope):
    """When and how people of each sector could come, beside how often they did."""
    shown = _figures(request, scope)
    rounds = len(shown.rounds_shown)
    context = {
        "system": shown.system,
        "scope": scope,
        "half_year": shown.half_year,
        "half_years": shown.half_years,
        "sentence": equity_figure.sentence(shown.offered, rounds, over=shown.is_over),
        "grids": equity_figure.grids(shown.offered),
        "to_try": [each for each in shown.offered if each.to_try],
        "released": HalfYear.called(shown.reach.half_year) if shown.reach else None,
        "without_release": reach.without_release(shown, shown.half_year),
        "rounds": rounds,
        "links": _links(shown, "equity"),
    }
    return render(request, "evaluation/equity.html", context)


@login_required
@require_safe
def dashboard_file(request, scope, table):
    """One table of the dashboard, or of the page beside it, as CSV."""
    shown = _figures(request, scope)
    if table not in FILES:
        raise Http404
    head, rows = FILES[table].rows_of(shown)
    return figures_csv(name=f"{scope}-{table}-{shown.half_year.key}", head=head, rows=rows)


@require_safe
def figures_how_to_read(request):
    return render(request, "evaluation/figures_how_to_read.html", how_to_read.what_was_done())


def _figures(request, scope):
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    return SystemFigures(system, half_year_key=request.GET.get("half_year"), now=now)


def _drawn(shown):
    """Of released tables only those that are there: before the first release one figure says when it comes."""
    drawn = {name: module.figure(shown) for name, module in FIGURES.items()}
    return [
        figure | _links(shown, name) for name, figure in drawn.items() if name not in RELEASED or figure["desc"]
    ]  # fmt: skip


def headline(shown) -> str:
    if not shown.has_begun:
        return f"{shown.half_year.words} is still to come: {rounds_are(shown.planned)} planned."
    held = f"{shown.half_year.words}: {rounds_were(shown.held)} held"
    if shown.hosts:
        held += f", hosted by {shown.hosts} of {len(shown.members)} partners"
    if shown.planned:
        held += f", and {rounds_are(shown.planned)} planned"
    sentences = [f"{held}."]
    if shown.came.shown:
        sentences.append(f"{capital(shown.came.people)} came.")
    if shown.reach and shown.reach.half_year == shown.half_year.key:
        sentences.append(reach.headline(shown.reach))
    return " ".join(filter(None, sentences))


def _links(shown, table):
    url = reverse("dashboard_file", kwargs={"scope": access.scope_of(shown.system), "table": table})
    return {"csv_url": f"{url}?half_year={shown.half_year.key}", "how_url": reverse("figures_how_to_read")}
