"""The return to a licensor: choose, download, and what was downloaded before."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.exports import csv_answer, report_answer
from evaluation.forms.returns import ReturnForm
from evaluation.reports.half_years import NoSuchHalfYear
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
    return _page(request, shown, scope, made, _form(shown, scope, initial={"columns": _ticked(made)}))


@verb("returns", "scope")
def make_return(request, scope):
    """The file itself; that it was taken stands in the security log, and on the page."""
    now = timezone.now()
    shown = _figures(request, scope, request.POST.get("half_year"))
    keys = licensor.chosen(request.POST.getlist("columns"))
    form = _form(shown, scope, {"half_year": shown.half_year.key, "columns": keys})
    if not form.is_valid():
        return _page(request, shown, scope, returns_made(shown.system), form)
    rounds, half_year = rounds_to_return(shown), shown.half_year
    kind = "spreadsheet" if request.POST.get("as") == "spreadsheet" else "CSV"
    said = {"period": half_year.words, "columns": licensor.headings(keys), "rounds": len(rounds), "file": kind}
    audit.downloaded(what=WHAT, by=request.user, now=now, where=shown.system, **said)
    name = f"{scope}-return-{half_year.key}"
    if kind == "spreadsheet":
        return report_answer(licensor.return_report(shown.system, half_year, rounds, keys), name=name)
    head, rows = licensor.rows_of(rounds, keys)
    return csv_answer(name=name, head=head, rows=rows)


def _page(request, shown, scope, made, form):
    context = {
        "system": shown.system,
        "scope": scope,
        "half_year": shown.half_year,
        "half_years": [each for each in shown.half_years if each.begins <= shown.today],
        "rounds": shown.held,
        "held": shown.in_half_year(*HELD),
        "form": form,
        "made": [_made(event, name) for event, name in made],
    }
    return render(request, "evaluation/returns.html", context)


def _figures(request, scope, half_year_key):
    now = timezone.now()
    system = access.get_scope_to_return(request.user, scope, now=now)
    shown = SystemFigures(system, half_year_key=half_year_key, now=now)
    if not shown.has_begun:
        raise NoSuchHalfYear
    return shown


def _form(shown, scope, *said, initial=None):
    columns = [(key, heading, what) for key, (heading, what, _) in licensor.COLUMNS.items()]
    initial = {"half_year": shown.half_year.key} | (initial or {})
    return ReturnForm(*said, scope=scope, columns=columns, initial=initial)


def _ticked(made):
    """Keys of the columns of the latest return. Before there is one all but the title, in which a team may have told
    more than a licensor asks for."""
    last = made[0][0].said["columns"] if made else licensor.headings(licensor.COLUMNS.keys() - {"title"})
    return [key for key, (heading, _, _) in licensor.COLUMNS.items() if heading in last]


def _made(event, name):
    return {"at": event.at, "by": name} | event.said
