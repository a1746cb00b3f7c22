"""The figures of a system: sentences first, then the figure, its table and its file."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.disclosure import HIDDEN
from evaluation.exports import csv_answer
from evaluation.reports.system import SystemFigures
from rounds_site.kit import charts
from rounds_site.kit.formats import MONTHS

ROUNDS_HEAD = ["Month", "Held", "Planned"]
PEOPLE_HEAD = ["Month", "People who came"]


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
        "figures": [rounds_figure(shown), people_figure(shown), feedback_figure(shown)],
        "items": shown.items,
        "any_rounds": bool(shown.rounds),
    }
    return render(request, "evaluation/dashboard.html", context)


@login_required
@require_safe
def dashboard_file(request, scope, table):
    """One table of the dashboard as CSV."""
    shown = _figures(request, scope)
    if table not in TABLES:
        raise Http404
    head, rows = TABLES[table](shown)
    return csv_answer(name=f"{scope}-{table}-{shown.half_year.key}", head=head, rows=rows)


@require_safe
def figures_how_to_read(request):
    return render(request, "evaluation/figures_how_to_read.html")


def _figures(request, scope):
    now = timezone.now()
    system = access.get_scope_to_see(request.user, scope, now=now)
    return SystemFigures(system, half_year_key=request.GET.get("half_year"), now=now)


def headline(shown) -> str:
    held, planned = shown.held, shown.planned
    hosting, partners = shown.hosts
    parts = [f"{shown.half_year.words}: {_rounds(held)} held"]
    if hosting:
        parts.append(f", hosted by {hosting} of {partners} partners")
    if planned:
        parts.append(f", and {planned} {'is' if planned == 1 else 'are'} planned")
    sentence = "".join(parts) + "."
    return f"{sentence} {_capital(shown.came.people)} came." if shown.came.shown else sentence


def rounds_figure(shown):
    months = shown.months
    rows = [charts.Bar(_label(month), month.held, planned=month.planned) for month in months]
    held = [month for month in months if month.held]
    return {
        "id": "rounds",
        "kind": "stacks",
        "sentence": rounds_sentence(months, shown),
        "what": "Rounds held and planned in each month. A Round of several partners counts once.",
        "title": "Rounds held and planned, by month",
        "desc": "; ".join(f"{month.words}: {month.held} held" for month in held) or "No Round was held.",
        "wide": charts.stacks(rows, width=1200, height=280),
        "narrow": charts.narrow_stacks(rows),
        "table": _table("Rounds by month", *rounds_table(shown)),
        **_links(shown, "rounds"),
    }


def rounds_sentence(months, shown):
    now = timezone.localdate(shown.now)
    past = [month for month in months if month.begins <= now]
    with_one = sum(bool(month.held) for month in past)
    if not with_one:
        return "No Round has been held yet."
    if with_one == len(past):
        return (
            "A Round was held in every month so far."
            if past[-1].begins.month == now.month
            else "A Round was held in every month."
        )
    return f"A Round was held in {with_one} of {len(past)} months."


def people_figure(shown):
    months = shown.months
    rows = [_came(month) for month in months]
    known = [month for month in months if month.came]
    return {
        "id": "people",
        "kind": "columns",
        "sentence": people_sentence(known),
        "what": "Everyone who was there, each Round to the nearest 5. "
        "A dashed column: fewer than 8 people, so we show no number.",
        "title": "People who came, by month",
        "desc": "; ".join(f"{month.words}: {month.came.short}" for month in known) or "No number yet.",
        "wide": charts.columns(rows, width=1200, height=300),
        "narrow": charts.narrow_bars([_came(month) for month in months if month.held]),
        "table": _table("People who came, by month", *people_table(shown)),
        **_links(shown, "people"),
    }


def people_sentence(known):
    with_number = [month for month in known if month.came.shown]
    if not with_number:
        return "How many people came cannot be shown yet."
    most = max(with_number, key=lambda month: month.came.shown)
    return f"Most people came in {most.words}: {most.came.words}."


def feedback_figure(shown):
    items = shown.items
    rows = [_bar(figure) for figure in items]
    return {
        "id": "feedback",
        "kind": "bars" if rows else "",
        "sentence": feedback_sentence(items),
        "what": f"The share of answers that agreed, or said excellent or exceptional. {shown.half_year.words}.",
        "title": "Feedback, question by question",
        "desc": "; ".join(f"{row.label}: {row.words}" for row in rows) or "No answers can be shown yet.",
        "wide": charts.bars(rows, label_width=180),
        "narrow": charts.narrow_bars(rows),
        "table": _table("Feedback, question by question", *feedback_table(shown)),
        "beside": True,
        **_links(shown, "feedback"),
    }


def feedback_sentence(items):
    told = [figure for figure in items if figure.half_year and figure.half_year.favourable_per_cent is not None]
    if not told:
        return "No answers can be shown for this half-year yet."
    best = max(told, key=lambda figure: (figure.item.scale == "agreement", figure.half_year.favourable_per_cent))
    if best.item.scale == "agreement":
        return f"{best.half_year.favourable} agreed: “{best.item.text}”"
    return f"{best.half_year.favourable} found their Round excellent or exceptional."


def rounds_table(shown):
    return ROUNDS_HEAD, [[month.words, month.held, month.planned] for month in shown.months]


def people_table(shown):
    return PEOPLE_HEAD, [[month.words, _came_words(month)] for month in shown.months]


def feedback_table(shown):
    head = ["Question", "Half-year", "Answers", "All Rounds", "Answers"]
    rows = [
        [figure.item.short_name, *_share_cells(figure.half_year), *_share_cells(figure.ever)] for figure in shown.items
    ]
    return head, rows


def feedback_file(shown):
    head = ["Question", "Version", "Half-year", "Answers in the half-year", "All Rounds", "Answers in all Rounds"]
    rows = [
        [
            figure.item.text,
            figure.item.questionnaire.version,
            *(cell or HIDDEN for cell in _share_cells(figure.half_year) + _share_cells(figure.ever)),
        ]
        for figure in shown.items
    ]
    return head, rows


TABLES = {"rounds": rounds_table, "people": people_table, "feedback": feedback_file}


def _share_cells(share):
    return [share.favourable, share.n] if share else [None, None]


def _bar(figure):
    share = figure.half_year
    if share is None:
        return charts.Bar(figure.item.short_name, None, "Fewer than 8 answers")
    if share.favourable_per_cent is None:
        return charts.Bar(figure.item.short_name, None, _capital(share.favourable))
    return charts.Bar(figure.item.short_name, share.favourable_per_cent, share.favourable)


def _came(month):
    label = _label(month)
    if month.came is None:
        return charts.Bar(label, 0, "Not yet" if month.awaiting else " ")
    if not month.came.shown:
        return charts.Bar(label, None, _capital(month.came.short))
    return charts.Bar(label, month.came.shown, month.came.short)


def _came_words(month):
    if month.came is None:
        return "not yet entered" if month.awaiting else "no Round"
    return month.came.short + (", one not yet entered" if month.awaiting else "")


def _label(month):
    name = MONTHS[month.begins.month - 1][:3]
    return f"{name}\n{month.begins.year}" if month.begins.month in (1, 4, 10) else name


def _table(caption, head, rows):
    return {"caption": caption, "head": head, "rows": rows}


def _links(shown, table):
    url = reverse("dashboard_file", kwargs={"scope": access.scope_of(shown.system), "table": table})
    return {"csv_url": f"{url}?half_year={shown.half_year.key}", "how_url": reverse("figures_how_to_read")}


def _rounds(number):
    return f"{number} Round was" if number == 1 else f"{number} Rounds were"


def _capital(words):
    return words[:1].upper() + words[1:]
