"""Planning a Round, a question a page. The draft stays in the session until it is saved, under a random id of its own,
so that two plans in two tabs do not mix."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods

from rounds.access import facilitates, get_round_to_arrange, rounds_to_arrange, systems_to_plan_in
from rounds.actions import series, sittings
from rounds.forms.draft import Draft, Unanswered, like
from rounds.forms.refusing import refused
from rounds.forms.rules import RulesForm
from rounds.models import TeamMember
from rounds_site.kit.links import as_uuid, verb
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
    if not form.is_valid() or getattr(form, "asks_again", False):
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


def _draw_check(request, draft, form=None, rules=None):
    draft.all_facts()
    rows = [
        {"key": question, "lines": lines, "change_url": _address(step, draft, changing=True)}
        for step, question, lines in draft.summary()
    ]
    context = {"rows": rows, "form": form, "is_series": draft.is_series, "back": _address("team", draft)}
    if not draft.is_series:
        rules = rules or _rules(draft)
        mends = [(rule, _address(rule.step, draft, changing=True)) for rule in rules.unmet]
        context |= {"clashes": draft.clashes(), "rules": rules, "mends": mends}
    else:
        considered = draft.form("when").considered
        context |= {"form": form or draft.days_form(), "left_out": [each for each in considered if each.why]}
        context |= {"wanted": draft.facts("when")["rule"].number, "found": sum(not each.why for each in considered)}
        context |= {"alone": draft.form("team").only_one, "team": _address("team", draft, changing=True)}
    return render(request, "rounds/plan_check.html", context)


def _rules(draft, data=None):
    round, facilitators = draft.round()
    return RulesForm(data, round=round, facilitators=facilitators, button="Save as planned")


def _save(request, draft):
    if not draft.answers:
        return redirect("plan_round")
    if draft.is_series:
        return _save_series(request, draft)
    rules = _rules(draft, request.POST)
    if not rules.is_valid():
        return _draw_check(request, draft, form=rules, rules=rules)
    try:
        round = sittings.plan(**draft.all_facts(), **rules.said(), draft=draft.key, by=request.user, now=draft.now)
    except Refused as refusal:
        return _draw_check(request, draft, form=refused(refusal))
    _forget(request, draft)
    return _after_saving(request, round, draft.now)


def _save_series(request, draft):
    facts, asked = draft.all_facts(), draft.days_form(request.POST)
    if not asked.is_valid():
        return _draw_check(request, draft, form=asked)
    try:
        saved = series.plan(**facts, days=asked.chosen, draft=draft.key, by=request.user, now=draft.now)
    except Refused as refusal:
        asked.add_error(None, str(refusal))
        return _draw_check(request, draft, form=asked)
    _forget(request, draft)
    first = rounds_to_arrange(request.user, now=draft.now).filter(series=saved).order_by("starts_at").first()
    if first is None:
        messages.success(request, "The Rounds are saved as planned. Their facilitators find them under Organise.")
        return redirect("organise")
    messages.success(request, f"{capfirst(_rounds(saved.rounds.count()))} saved as planned. Nobody has been told yet.")
    return redirect("round_series", first.pk)


def _rounds(number):
    return "one Round is" if number == 1 else f"{number} Rounds are"


def _after_saving(request, round, now):
    if rounds_to_arrange(request.user, now=now).filter(pk=round.pk).exists():
        saved = "Each time of your Round is" if round.repeat else "Your Round is"
        messages.success(request, f"{saved} saved as planned. Nobody has been told yet.")
        return redirect("round_times" if round.repeat else "round_details", round.pk)
    # Whoever leaves themself out of the team has handed the Round over.
    messages.success(request, "The Round is saved as planned. Its facilitators find it under Organise.")
    return redirect("organise")


@verb("round_details", "pk")
def plan_like(request, pk):
    """A new plan with the answers of a Round; the date, and when one can book, are asked anew."""
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    systems = list(systems_to_plan_in(request.user, now=now))
    if round.system not in systems:
        raise PermissionDenied
    team = TeamMember.objects.facilitating().filter(round=round).select_related("person")
    facilitators = [member.person for member in team] if facilitates(request.user, round) else [request.user]
    draft = Draft(uuid4(), like(round, facilitators), person=request.user, systems=systems, now=now)
    _keep_all(request, draft)
    return redirect(_address("about", draft))


def begin_with(request, idea, systems, now):
    """A plan under the key of an idea, with what that says; first it is asked with which template it begins, where
    there are any."""
    about = {name: [getattr(idea, name)] for name in ("title", "subject", "kind", "about")}
    answers = {"system": {"system": [str(idea.system_id)]}, "about": about}
    draft = Draft(idea.pk, answers, person=request.user, systems=systems, now=now)
    _keep_all(request, draft)
    return redirect(_address("start" if draft.form("start").begins_with_one else "format", draft))


def _address(step, draft, *, changing=False):
    query = {"draft": draft.key} | ({"change": 1} if changing and draft.answers else {})
    return f"{reverse('plan_round', args=[step])}" + (f"?{urlencode(query)}" if draft.answers else "")


def _is_gone(request):
    """Whether the address names a draft that the session does not know (any more)."""
    key = request.GET.get("draft", "")
    return bool(key) and key not in request.session.get("plans", {})


def _gone(request, step, now):
    """A plan in an old tab takes no answers: they would begin another plan, or be lost, without a word."""
    key = as_uuid(request.GET["draft"])
    mine = rounds_to_arrange(request.user, now=now)
    found = list(mine.filter(Q(pk=key) | Q(series=key)).order_by("starts_at", "pk")) if key else []
    saved = found[0] if found else None
    if saved and step == "check" and request.method == "POST":
        # A second press of its button.
        return redirect("round_details" if saved.pk == key else "round_series", saved.pk)
    return render(request, "rounds/plan_gone.html", {"saved": saved, "number": len(found)})


def _kept(request):
    """Key and answers of the draft that the address names; of a new one where it names none."""
    key = request.GET.get("draft", "")
    return (UUID(key), request.session["plans"][key]) if key else (uuid4(), {})


def _keep(request, draft, step, form):
    asked = tuple(name for name in form.fields if name != "search")
    typed = {name: values for name, values in request.POST.lists() if name.startswith(asked)}
    draft.answers = {**draft.answers, step: typed}
    _keep_all(request, draft)


def _keep_all(request, draft):
    plans = request.session.get("plans", {})
    plans.pop(str(draft.key), None)
    newest = list(plans.items())[-KEPT_AT_ONCE + 1 :]
    request.session["plans"] = {**dict(newest), str(draft.key): draft.answers}


def _forget(request, draft):
    plans = request.session.get("plans", {})
    request.session["plans"] = {key: plan for key, plan in plans.items() if key != str(draft.key)}
