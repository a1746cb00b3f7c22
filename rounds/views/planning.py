"""Planning a Round, a question a page. The draft stays in the session until it is saved, under a random id of its own,
so that two plans in two tabs do not mix."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from rounds.access import rounds_to_arrange, systems_to_plan_in
from rounds.actions import scheduling
from rounds.forms.draft import Draft, Unanswered
from rounds_site.kit.refusals import Refused

KEPT_AT_ONCE = 5


@login_required
@require_http_methods(["GET", "POST"])
def plan_round(request, step=None):
    now = timezone.now()
    systems = list(systems_to_plan_in(request.user, now=now))
    if not systems:
        raise PermissionDenied
    key = _uuid(request.GET.get("draft"))
    draft = Draft(key, _kept(request, key), person=request.user, systems=systems, now=now)
    if step == "check" and request.method == "POST":
        return _save(request, draft)
    if step and step not in [*draft.steps, "check"]:
        raise Http404
    if key is None or step is None:
        return redirect(_address(draft.steps[0], uuid4()))
    try:
        return _check(request, draft) if step == "check" else _ask(request, draft, step)
    except Unanswered as question:
        return redirect(_address(question.args[0], key, changing=step == "check" and bool(draft.answers)))


def _ask(request, draft, step):
    if request.method == "GET":
        return _draw(request, draft, step, draft.form(step))
    form = draft.asked(step, request.POST)
    if step == "team" and form.is_looking:
        form.is_valid()
        return _draw(request, draft, step, form.looked_up())
    if not form.is_valid() or getattr(form, "asks_about_one", False):
        return _draw(request, draft, step, form)
    _keep(request, draft, step)
    onward = "check" if "change" in request.GET else draft.after(step)
    return redirect(_address(onward, draft.key, changing=onward != "check" and "change" in request.GET))


def _draw(request, draft, step, form):
    back = "check" if "change" in request.GET else draft.before(step)
    context = {"form": form, "step": step, "back": _address(back, draft.key) if back else None}
    return render(request, "rounds/plan_step.html", context)


def _check(request, draft, refusal=None):
    draft.all_facts()
    rows = []
    for step, question, lines in draft.summary():
        rows.append({"question": question, "lines": lines, "change": _address(step, draft.key, changing=True)})
    alone = draft.form("team").only_one
    context = {"rows": rows, "alone": alone, "refusal": refusal, "team": _address("team", draft.key, changing=True)}
    return render(request, "rounds/plan_check.html", context | {"back": _address("team", draft.key)})


def _save(request, draft):
    """A second press finds no draft any more, but the Round that it became."""
    if not draft.answers:
        saved = rounds_to_arrange(request.user, now=draft.now).filter(pk=draft.key).first()
        return redirect("round_details", pk=saved.pk) if saved else redirect("plan_round")
    try:
        round = scheduling.plan(**draft.all_facts(), draft=draft.key, by=request.user, now=draft.now)
    except Unanswered as question:
        return redirect(_address(question.args[0], draft.key, changing=True))
    except Refused as refusal:
        return _check(request, draft, refusal)
    _forget(request, draft)
    return _after_saving(request, round, draft.now)


def _after_saving(request, round, now):
    if rounds_to_arrange(request.user, now=now).filter(pk=round.pk).exists():
        messages.success(request, "Your Round is saved as planned. Nobody has been told yet.")
        return redirect("round_details", pk=round.pk)
    # Whoever leaves themself out of the team has handed the Round over.
    messages.success(request, "The Round is saved as planned. Its facilitators find it under Organise.")
    return redirect("plan_round")


def _address(step, key, *, changing=False):
    query = {"draft": key} | ({"change": 1} if changing else {})
    return f"{reverse('plan_round', args=[step])}?{urlencode(query)}"


def _kept(request, key):
    return request.session.get("plans", {}).get(str(key), {})


def _keep(request, draft, step):
    typed = {name: values for name, values in request.POST.lists() if name not in ("csrfmiddlewaretoken", "search")}
    plans = request.session.get("plans", {})
    plans.pop(str(draft.key), None)
    newest = list(plans.items())[-KEPT_AT_ONCE + 1 :]
    request.session["plans"] = {**dict(newest), str(draft.key): {**draft.answers, step: typed}}


def _forget(request, draft):
    plans = request.session.get("plans", {})
    request.session["plans"] = {key: plan for key, plan in plans.items() if key != str(draft.key)}


def _uuid(text):
    try:
        return UUID(text or "")
    except ValueError:
        return None
