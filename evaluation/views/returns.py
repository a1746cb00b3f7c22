"""The return to a licensor: choose, download, and what was downloaded before."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import csv_answer, report_answer
from evaluation.reports.licensor import WHAT, returns_made, rounds_to_return
from evaluation.reports.system import HELD, SystemFigures
from evaluation.views.figure import licensor
from members.actions import audit
from rounds_site.kit.links import verb


@login_required
@require_safe
def returns(request, scope):
    shown = _figures(request, scope, request.GET.get("half_year"))
    made = returns_made(shown.system)
    held = shown.in_half_year(*HELD)
    context = {
        "system": shown.system,
        "scope": scope,
        "half_year": shown.half_year,
        "half_years": shown.half_years,
        "rounds": len(held),
        "held": held,
        "columns": _columns(made),
        "made": [_made(event, name) for event, name in made],
    }
    return render(request, "evaluation/returns.html", context)


@verb("returns", "scope")
def make_return(request, scope):
    """The file itself; that it was taken stands in the security log, and on the page."""
    now = timezone.now()
    shown = _figures(request, scope, request.POST.get("half_year"))
    keys = licensor.chosen(request.POST.getlist("columns"))
    if not keys:
        return redirect("returns", scope=scope)
    rounds, half_year = rounds_to_return(shown), shown.half_year
    said = {"period": half_year.words, "columns": licensor.headings(keys), "rounds": len(rounds)}
    audit.downloaded(what=WHAT, by=request.user, now=now, where=shown.system, **said)
    name = f"{scope}-return-{half_year.key}"
    if request.POST.get("as") == "spreadsheet":
        return report_answer(licensor.return_report(shown.system, half_year, rounds, keys), name=name)
    head, rows = licensor.rows_of(rounds, keys)
    return csv_answer(name=name, head=head, rows=rows)


def _figures(request, scope, half_year_key):
    now = timezone.now()
    system = access.get_scope_to_return(request.user, scope, now=now)
    return SystemFigures(system, half_year_key=half_year_key, now=now)


def _columns(made):
    """[(key, heading, what it is, whether it is ticked)]: as in the latest return. Before there is one all are but the
    title, in which a team may have told more than a licensor asks for."""
    last = made[0][0].said["columns"] if made else licensor.headings(licensor.COLUMNS.keys() - {"title"})
    return [(key, heading, what, heading in last) for key, (heading, what, _) in licensor.COLUMNS.items()]


def _made(event, name):
    return {"at": event.at, "by": name} | event.said
