"""What becomes of a partner: a question a page, then everything that will happen, then the act. The answers wait in the
session, one set for each partner."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from members.access import get_organisation_to_manage, get_system_to_manage, organisations_to_manage
from members.actions.succession.act import carry_out
from members.actions.succession.preview import preview
from members.forms.succession import CarryOutForm
from members.forms.succession_draft import Draft, Unanswered
from members.roles import May
from members.views.proving import recently_proven
from rounds_site.kit.formats import nhs_date, people, thousands
from rounds_site.kit.refusals import Refused

KEPT = "successions"


@login_required
@require_http_methods(["GET", "POST"])
def manage_merge(request, code, step="what"):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    # What becomes of a partner concerns its whole system.
    get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=now)
    others = organisations_to_manage(request.user, now=now)
    draft = Draft(partner, request.session.get(KEPT, {}).get(code, {}), others=others, now=now)
    try:
        if step == "check":
            return _carry_out(request, draft) if request.method == "POST" else _check(request, draft)
        if step not in draft.steps:
            return redirect("manage_merge", code, draft.steps[0])
        return _people(request, draft) if step == "people" else _ask(request, draft, step)
    except Unanswered as missing:
        return redirect("manage_merge", code, missing.args[0])


def _ask(request, draft, step):
    if request.method == "GET":
        return _draw(request, draft, step, draft.form(step))
    form = draft.form(step, data=request.POST)
    if not form.is_valid():
        return _draw(request, draft, step, form)
    _keep(
        request,
        draft,
        step,
        {name: values for name, values in request.POST.lists() if name.startswith(tuple(form.fields))},
    )
    fresh = Draft(draft.partner, draft.answers, others=draft.others, now=draft.now)
    onward = "check" if "change" in request.GET else fresh.after(step)
    return redirect(_address(draft, onward))


def _people(request, draft):
    """A page of people at a time. What is chosen is kept even where somebody on the page still has no place."""
    pages = draft.pages()
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isdecimal() else draft.first_open_page() or 1
    if not 1 <= number <= len(pages):
        return redirect(_address(draft, draft.after("people")))
    jobs = pages[number - 1]
    said = draft.answers.get("people", {})
    if request.method == "GET":
        form = draft.form("people", jobs=jobs, initial={job.pk.hex: said.get(job.pk.hex) for job in jobs})
        return _draw(request, draft, "people", form, number=number, pages=len(pages))
    form = draft.form("people", data=request.POST, jobs=jobs)
    valid = form.is_valid()
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    _keep(request, draft, "people", {**said, **chosen})
    if not valid:
        return _draw(request, draft, "people", form, number=number, pages=len(pages))
    if number < len(pages) and "change" not in request.GET:
        return redirect(_address(draft, "people", page=number + 1))
    return redirect(_address(draft, "check" if "change" in request.GET else draft.after("people")))


def _draw(request, draft, step, form, **more):
    back = "check" if "change" in request.GET else draft.before(step)
    home = reverse("manage_organisation", args=[draft.partner.code])
    context = {"form": form, "partner": draft.partner, "back": _address(draft, back) if back else home}
    return render(request, "members/manage_merge.html", context | {"number": 0, "pages": 0} | more)


def _check(request, draft, refusals=()):
    rows = [
        {"key": question, "lines": lines, "change_url": _address(draft, step, change=1)}
        for step, question, lines in draft.summary()
    ]
    plan = draft.plan()
    context = {"partner": draft.partner, "rows": rows, "plan": plan, "back": _address(draft, draft.steps[-1])}
    try:
        told = preview(plan, by=request.user, now=draft.now)
    except Refused as refusal:
        told, refusals = None, [*refusals, str(refusal)]
    if told and told.undecided:
        return redirect(_address(draft, "people"))
    context |= {"told": told, "refusals": list(dict.fromkeys(refusals)), "sentence": told and headline(plan, told)}
    context |= {"form": told and CarryOutForm(initial={"seen": told.seen}), "going": _going(draft, plan)}
    return render(request, "members/preview_merge.html", context)


def headline(plan, told):
    """Rounds and people, as the act is about to say it.

    The name is that of the one successor; a division has several.
    """
    rounds, number = told.parts["rounds"].number, told.parts["people"].number
    what = [f"{thousands(rounds)} Round{'' if rounds == 1 else 's'} to come"] if rounds else []
    what += [people(number).lower() if number < 10 else f"{thousands(number)} people"] if number else []
    name = "their new names" if plan.is_split else str(plan.successors[0])
    if not what:
        return f"Nobody works there and no Round is planned. It will be shown under {name}."
    sentence = " and ".join(what)
    return f"{sentence[:1].upper()}{sentence[1:]} will be shown under {name}."


def _going(draft, plan):
    """[(successor, [its people])] of a division, everybody once."""
    if not plan.is_split:
        return []
    return [(heir, [job for job in draft.jobs if plan.to.get(job.pk) == n]) for n, heir in enumerate(plan.successors)]


def _carry_out(request, draft):
    return recently_proven(_do)(request, draft=draft)


def _do(request, draft):
    plan = draft.plan()
    try:
        done = carry_out(plan, seen=request.POST.get("seen", ""), by=request.user, now=draft.now)
    except Refused as refusal:
        return _check(request, draft, refusals=[str(refusal)])
    kept = request.session.get(KEPT, {})
    request.session[KEPT] = {code: answers for code, answers in kept.items() if code != draft.partner.code}
    names = " and ".join(each.name for each in done.successors)
    since = nhs_date(plan.on, weekday=False)
    messages.success(request, f"It is done. From {since} on {draft.partner} is shown as {names}.")
    return redirect("manage_organisation", done.successors[0].code)


def _keep(request, draft, step, typed):
    draft.answers = {**draft.answers, step: typed}
    request.session[KEPT] = {**request.session.get(KEPT, {}), draft.partner.code: draft.answers}


def _address(draft, step, **query):
    url = reverse("manage_merge", args=[draft.partner.code, step])
    return f"{url}?{urlencode(query)}" if query else url
