"""Planning a Round, a question a page. The draft stays in the session until it is saved, under a random id of its own,
so that two plans in two tabs do not mix."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from rounds.access import rounds_to_arrange, systems_to_plan_in
from rounds.actions import scheduling
from rounds.forms.draft import Draft, Unanswered
from rounds.forms.refusing import refused
from rounds_site.kit.links import as_uuid
from rounds_site.kit.refusals import Refused

KEPT_AT_ONCE = 5


@login_required
@require_http_methods(["GET", "POST"])
def plan_round(request, step=None):
    now = timezone.now()
    systems = list(systems_to_plan_in(request.user, now=now))
    if not systems:
        raise PermissionDenied
    if _is_gone(request):
        return _gone(request, step, now)
    draft = Draft(*_kept(request), person=request.user, systems=systems, now=now)
    if step not in [*draft.steps, "check"]:
        return redirect("plan_round", draft.steps[0])
    try:
        return _check(request, draft) if step == "check" else _ask(request, draft, step)
    except Unanswered:
        return redirect(_address(draft.first_open, draft, changing=step == "check"))


def _ask(request, draft, step):
    if request.method == "GET":
        return _draw(request, draft, step, draft.form(step))
    form = draft.asked(step, request.POST)
    if step == "team" and form.is_looking:
        form.is_valid()
        return _draw(request, draft, step, form.looked_up())
    if not form.is_valid() or getattr(form, "asks_about_one", False):
        return _draw(request, draft, step, form)
    _keep(request, draft, step, form)
    onward = "check" if "change" in request.GET else draft.after(step)
    return redirect(_address(onward, draft, changing=onward != "check" and "change" in request.GET))


def _draw(request, draft, step, form):
    back = "check" if "change" in request.GET else draft.before(step)
    context = {"form": form, "step": step, "back": _address(back, draft) if back else None}
    return render(request, "rounds/plan_step.html", context)


def _check(request, draft):
    if request.method == "POST":
        return _save(request, draft)
    return _draw_check(request, draft)


def _draw_check(request, draft, form=None):
    draft.all_facts()
    rows = [
        {"key": question, "lines": lines, "change_url": _address(step, draft, changing=True)}
        for step, question, lines in draft.summary()
    ]
    context = {"rows": rows, "alone": draft.form("team").only_one, "form": form}
    context |= {"team": _address("team", draft, changing=True), "back": _address("team", draft)}
    return render(request, "rounds/plan_check.html", context)


def _save(request, draft):
    if not draft.answers:
        return redirect("plan_round")
    try:
        round = scheduling.plan(**draft.all_facts(), draft=draft.key, by=request.user, now=draft.now)
    except Refused as refusal:
        return _draw_check(request, draft, form=refused(refusal))
    _forget(request, draft)
    return _after_saving(request, round, draft.now)


def _after_saving(request, round, now):
    if rounds_to_arrange(request.user, now=now).filter(pk=round.pk).exists():
        messages.success(request, "Your Round is saved as planned. Nobody has been told yet.")
        return redirect("round_details", round.pk)
    # Whoever leaves themself out of the team has handed the Round over.
    messages.success(request, "The Round is saved as planned. Its facilitators find it under Organise.")
    return redirect("organise")


def _address(step, draft, *, changing=False):
    query = {"draft": draft.key} | ({"change": 1} if changing and draft.answers else {})
    return f"{reverse('plan_round', args=[step])}" + (f"?{urlencode(query)}" if draft.answers else "")


def _is_gone(request):
    """Whether the address names a draft that the session does not know (any more)."""
    key = request.GET.get("draft", "")
    return bool(key) and key not in request.session.get("plans", {})


def _gone(request, step, now):
    """A plan in an old tab takes no answers: they would begin another plan, or be lost, without a word."""
    saved = rounds_to_arrange(request.user, now=now).filter(pk=as_uuid(request.GET["draft"])).first()
    if saved and step == "check" and request.method == "POST":
        # A second press of its button.
        return redirect("round_details", saved.pk)
    return render(request, "rounds/plan_gone.html", {"saved": saved})


def _kept(request):
    """Key and answers of the draft that the address names; of a new one where it names none."""
    key = request.GET.get("draft", "")
    return (UUID(key), request.session["plans"][key]) if key else (uuid4(), {})


def _keep(request, draft, step, form):
    asked = tuple(name for name in form.fields if name != "search")
    typed = {name: values for name, values in request.POST.lists() if name.startswith(asked)}
    draft.answers = {**draft.answers, step: typed}
    plans = request.session.get("plans", {})
    plans.pop(str(draft.key), None)
    newest = list(plans.items())[-KEPT_AT_ONCE + 1 :]
    request.session["plans"] = {**dict(newest), str(draft.key): draft.answers}


def _forget(request, draft):
    plans = request.session.get("plans", {})
    request.session["plans"] = {key: plan for key, plan in plans.items() if key != str(draft.key)}
