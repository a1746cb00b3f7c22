"""Hours of cover: what was asked for, what becomes of it, and what it costs. Money, never people."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import chain

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import today
from members.actions import audit
from members.exports import csv_answer
from rounds import access
from rounds.actions import backfill as actions
from rounds.forms.backfill import BackfillForm, DeclineForm, ForWhomForm, InvoiceForm
from rounds.forms.refusing import refused
from rounds.models import Round
from rounds.models.backfill import amount_of
from rounds.states import BACKFILL, BackfillState, RoundState
from rounds_site.kit.formats import pounds
from rounds_site.kit.links import verb
from rounds_site.kit.moments import midnight
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import all_in_stretches, stretch

APRIL = 4
# Of the years of account: this one and those before it. The file has all.
YEARS_SHOWN = 3
HEAD = ["Round on", "Partner", "Staff group", "Hours", "Pounds an hour", "Pounds", "State", "Invoice"]
BUTTONS = {
    BackfillState.APPROVED: "Approve",
    BackfillState.PAID: "Mark as paid",
    BackfillState.WITHDRAWN: "Withdraw",
}
FORMS = {BackfillState.DECLINED: DeclineForm, BackfillState.INVOICED: InvoiceForm}


@login_required
@require_safe
def backfill(request):
    now = timezone.now()
    rows = access.backfill_to_see(request.user, now=now)
    pays = access.systems_whose_backfill_one_pays(request.user, now=now)
    context = {
        "rows": stretch(rows, request),
        "totals": _totals(rows.filter(round__system__in=pays), _shown_since(now)) if pays else None,
        "pays": bool(pays),
        "asks": access.asks_for_backfill(request.user, now=now),
    }
    return render(request, "rounds/backfill.html", context)


@verb("backfill")
def backfill_file(request):
    """On a POST, since taking it is an act that stands in the log."""
    now = timezone.now()
    rows = access.backfill_to_see(request.user, now=now)
    audit.downloaded(what="hours of cover", by=request.user, now=now)
    return csv_answer(name="hours-of-cover", head=HEAD, rows=_lines(rows))


def _lines(rows):
    for row in chain.from_iterable(all_in_stretches(rows)):
        yield [
            timezone.localdate(row.round.starts_at).isoformat(),
            row.organisation.name,
            row.get_staff_group_display(),
            *(row.hours, row.rate, row.amount),
            row.get_state_display(),
            row.invoice,
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask_backfill(request):
    now = timezone.now()
    partners = access.partners_to_ask_backfill_for(request.user, now=now)
    partner, asked = _asked_for(request, partners)
    if partner is None and request.method != "POST":
        return render(request, "rounds/ask_backfill.html", {"form": asked, "rounds": True})
    ahead = Round.objects.filter(state=RoundState.PUBLISHED, starts_at__gt=now)
    rounds = ahead.filter(partners=partner).order_by("starts_at", "pk") if partner else ahead.none()
    data, begins = (request.POST if request.method == "POST" else None), {"organisation": partner and partner.code}
    form = BackfillForm(data, initial=begins, partners=partners, rounds=rounds)
    if form.is_valid():
        try:
            row = actions.ask(**form.cleaned_data, by=request.user, now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "It is asked for. You get a letter once it is approved or declined.")
            return redirect("backfill_case", row.pk)
    return render(request, "rounds/ask_backfill.html", {"form": form, "rounds": form.is_bound or rounds})


def _asked_for(request, partners):
    """(the partner or None, the form that asks for it): the only one, or whichever was chosen."""
    sent = request.POST or request.GET
    form = ForWhomForm(sent if "organisation" in sent else None, partners=partners)
    if form.is_bound:
        return (form.cleaned_data["organisation"] if form.is_valid() else None), form
    several = list(partners[:2])
    return (several[0] if len(several) == 1 else None), form


@require_safe
@login_required
def backfill_case(request, pk):
    return _page(request, access.get_backfill(request.user, pk, now=timezone.now()))


@verb("backfill_case", "pk")
def move_backfill(request, pk):
    """The step is one of those that stand open to this person's side."""
    now = timezone.now()
    row = access.get_backfill(request.user, pk, now=now)
    to = request.POST.get("to", "")
    pays = BACKFILL[BackfillState(row.state)].get(to)
    if pays is None and to not in BackfillState.values:
        raise Http404
    if not (row.they_pay if pays else row.they_ask):
        return _page(request, row, refused("This step is for the other side, or was taken already. Look again."))
    form = FORMS[to](request.POST) if to in FORMS else None
    if form is not None and not form.is_valid():
        return _page(request, row, form)
    said = form.cleaned_data if form else {}
    try:
        actions.move(backfill=row, to=to, pays=bool(pays), by=request.user, now=now, **said)
    except Refused as refusal:
        return _page(request, row, refused(refusal))
    told = "" if row.they_ask and row.they_pay else " The other side gets a letter."
    messages.success(request, f"{BackfillState(to).label}.{told}")
    return redirect("backfill_case", pk)


def _page(request, row, form=None):
    open_to_them = [
        to for to, pays in BACKFILL[BackfillState(row.state)].items() if (row.they_pay if pays else row.they_ask)
    ]
    waits = {to: why for to in open_to_them if (why := actions.needs_other_eyes(row, to, request.user))}
    steps = [
        {"to": to.value, "button": BUTTONS.get(to, ""), "form": FORMS.get(to)} for to in open_to_them if to not in waits
    ]
    for step in steps:
        if step["form"]:
            step["form"] = form if isinstance(form, step["form"]) else step["form"]()
    waiting = next(iter(waits.values()), "")
    return render(request, "rounds/backfill_case.html", {"row": row, "steps": steps, "form": form, "waiting": waiting})


def _shown_since(now):
    """When the year of account before last began."""
    first = _year(today(now)) - YEARS_SHOWN + 1
    return midnight(date(first, APRIL, 1))


def _totals(rows, since):
    """By partner and year of account, of what was approved: a table as components/table.html draws it; None where all
    was declined or withdrawn."""
    cost, paid, hours = defaultdict(Decimal), defaultdict(Decimal), defaultdict(Decimal)
    said = rows.standing().filter(round__starts_at__gte=since).order_by().annotate(month=TruncMonth("round__starts_at"))
    alike = "organisation__name", "month", "state", "hours", "rate"
    for name, month, state, each, rate, number in said.values_list(*alike).annotate(number=Count("pk")):
        key, approved = (_year(month), name), state != BackfillState.ASKED
        amount = number * amount_of(each, rate)
        cost[key] += amount if approved else 0
        paid[key] += amount if state == BackfillState.PAID else 0
        hours[key] += number * each if approved else 0
    body = [
        [name, f"{year} to {year + 1}", f"{hours[year, name].normalize():f}", *map(pounds, (cost[key], paid[key]))]
        for key in sorted(cost, key=lambda key: (-key[0], key[1]))
        for year, name in [key]
    ]
    return body and {
        "caption": "Hours of cover by partner and year, from April to March",
        "head": ["Partner", "Year", "Hours approved", "Approved", "Of it paid"],
        "rows": body,
    }


def _year(month):
    """The year in whose April the year of account began."""
    return month.year if month.month >= APRIL else month.year - 1
