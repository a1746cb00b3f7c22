"""The figures of a system: sentences first, then the figure, its table and its file."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import csv_answer
from evaluation.reports.system import SystemFigures
from evaluation.views.figure import feedback, partners, people, reach, rounds
from evaluation.views.figure.pieces import capital, rounds_were

# In the order of the page; each has a file of the same name.
FIGURES = {"reach": reach, "people": people, "rounds": rounds, "partners": partners, "feedback": feedback}


@login_required
@require_safe
def figures(request):
    """The first system whose figures this person may see."""
    systems = access.scopes_to_see(request.user, now=timezone.now())
    return redirect("dashboard", scope=access.scope_of(systems[0]))


@login_required
@require_safe
def dashboard(request, scope):
    shown = _figures(request, scope)
    context = {
        "system": shown.system,
        "half_year": shown.half_year,
        "half_years": shown.half_years,
        "sentence": headline(shown),
        "figures": [module.figure(shown) | _links(shown, name) for name, module in FIGURES.items()],
        "earlier": feedback.earlier(shown),
        "items": shown.questionnaires[0].items if shown.questionnaires else [],
        "any_rounds": shown.any_rounds,
    }
    return render(request, "evaluation/dashboard.html", context)


@login_required
@require_safe
def dashboard_file(request, scope, table):
    """One table of the dashboard as CSV."""
    shown = _figures(request, scope)
    if table not in FIGURES:
        raise Http404
    head, rows = FIGURES[table].rows_of(shown)
    return csv_answer(name=f"{scope}-{table}-{shown.half_year.key}", head=head, rows=rows)


@require_safe
def figures_how_to_read(request):
    return render(request, "evaluation/figures_how_to_read.html")


def _figures(request, scope):
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    return SystemFigures(system, half_year_key=request.GET.get("half_year"), now=now)


def headline(shown) -> str:
    held = f"{shown.half_year.words}: {rounds_were(shown.held)} held"
    if shown.hosts:
        held += f", hosted by {shown.hosts} of {len(shown.partners)} partners"
    if shown.planned:
        held += f", and {shown.planned} {'is' if shown.planned == 1 else 'are'} planned"
    sentences = [f"{held}."]
    if shown.came.shown:
        sentences.append(f"{capital(shown.came.people)} came.")
    if shown.reach and shown.reach.half_year == shown.half_year.key:
        sentences.append(reach.headline(shown.reach))
    return " ".join(filter(None, sentences))


def _links(shown, table):
    url = reverse("dashboard_file", kwargs={"scope": access.scope_of(shown.system), "table": table})
    return {"csv_url": f"{url}?half_year={shown.half_year.key}", "how_url": reverse("figures_how_to_read")}
