"""Versions of the questions: what is asked now, drafts, and from when which Rounds ask which."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.access import get_questionnaire_to_manage, get_use_to_manage
from evaluation.actions import questionnaires, versions
from evaluation.forms.feedback import QuestionsForm
from evaluation.forms.questionnaires import ChooseForm, WordingForm
from evaluation.questions import SETS
from evaluation.reports import questions as reports
from members.access import get_system_to_manage, today
from members.roles import May
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.links import as_uuid, verb
from rounds_site.kit.refusals import Refused


def _system(request):
    return get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())


@login_required
@require_safe
def manage_questionnaires(request):
    system, now = _system(request), timezone.now()
    asked = reports.asked_in(system, on=today(now))
    context = {
        "asked": asked,
        "coming": [(each, reports.in_words(row.occasion, each)) for row in asked for each in row.coming],
        "ours": [(code, name, version) for code, (name, version, _) in SETS.items()],
        "versions": reports.versions_of(system),
    }
    return render(request, "evaluation/manage_questionnaires.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def manage_questionnaire_add(request):
    """`?begin`: whose words it begins with, one of our own sets or a version that is there."""
    system = _system(request)
    if request.method == "POST":
        form = WordingForm(request.POST)
        if form.is_valid() and (kept := _try(request, form, versions.write, system=system, wording=form.wording)):
            messages.success(request, "The draft is kept. This is how people will see it.")
            return redirect("manage_questionnaire", kept.pk)
    else:
        form = WordingForm(initial=_begun_with(request, request.GET.get("begin", "")))
    return render(request, "evaluation/manage_questionnaire_add.html", {"form": form})


def _begun_with(request, begin):
    if begin in SETS:
        asked = tuple(versions.Question.of(each) for each in questionnaires.items_of(begin))
        return WordingForm.initial_of(versions.Wording("", asked))
    if key := as_uuid(begin):
        _, questionnaire = get_questionnaire_to_manage(request.user, key, now=timezone.now())
        return WordingForm.initial_of(versions.wording_of(questionnaire)) | {"name": ""}
    return {}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def manage_questionnaire(request, pk):
    """As people see it; a POST chooses it for Rounds from a day on."""
    system, questionnaire = get_questionnaire_to_manage(request.user, pk, now=timezone.now())
    form = ChooseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and _chosen(request, form, system, questionnaire):
        return redirect("manage_questionnaires")
    uses = questionnaire.uses.filter(system=system).order_by("starts_on", "occasion")
    context = {
        "questionnaire": questionnaire,
        "is_ours": questionnaire.system_id == system.pk,
        "uses": list(uses),
        **_as_seen(questionnaire.items.all(), form),
    }
    return render(request, "evaluation/manage_questionnaire.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def manage_portal_questions(request, code):
    """The same of the wording that comes with the portal."""
    system = _system(request)
    if code not in SETS:
        raise Http404
    form = ChooseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and _chosen(request, form, system, None):
        return redirect("manage_questionnaires")
    name, version, _ = SETS[code]
    context = {"code": code, "name": f"{name}, version {version}", **_as_seen(questionnaires.items_of(code), form)}
    return render(request, "evaluation/manage_portal_questions.html", context)


def _as_seen(items, form):
    return {"preview": QuestionsForm(items=items), "form": form}


def _chosen(request, form, system, questionnaire) -> bool:
    if not form.is_valid():
        return False
    what = {"occasions": form.cleaned_data["occasions"], "starts_on": form.cleaned_data["starts_on"]}
    try:
        versions.choose(system=system, questionnaire=questionnaire, **what, **_who(request))
    except Refused as refusal:
        form.add_error("starts_on", str(refusal))
        return False
    messages.success(request, f"They are asked from {nhs_date(what['starts_on'])} on.")
    return True


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def manage_questionnaire_change(request, pk):
    _, questionnaire = get_questionnaire_to_manage(request.user, pk, now=timezone.now())
    if not questionnaire.is_draft:
        messages.warning(request, versions.FOR_GOOD)
        return redirect("manage_questionnaire", pk)
    if request.method == "POST":
        form = WordingForm(request.POST)
        if form.is_valid() and _try(request, form, versions.change, draft=questionnaire, wording=form.wording):
            messages.success(request, "The draft is changed. This is how people will see it.")
            return redirect("manage_questionnaire", pk)
    else:
        form = WordingForm(initial=WordingForm.initial_of(versions.wording_of(questionnaire)))
    context = {"form": form, "questionnaire": questionnaire}
    return render(request, "evaluation/manage_questionnaire_change.html", context)


@verb("manage_questionnaire", "pk")
def drop_questionnaire(request, pk):
    _, questionnaire = get_questionnaire_to_manage(request.user, pk, now=timezone.now())
    try:
        versions.drop(draft=questionnaire, **_who(request))
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("manage_questionnaire", pk)
    messages.success(request, "The draft is dropped.")
    return redirect("manage_questionnaires")


@verb("manage_questionnaire", "pk")
def write_next_version(request, pk):
    system, questionnaire = get_questionnaire_to_manage(request.user, pk, now=timezone.now())
    try:
        kept = versions.write_next(system=system, of=questionnaire, **_who(request))
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("manage_questionnaire", pk)
    return redirect("manage_questionnaire_change", kept.pk)


@verb("manage_questionnaires")
def take_back_questions(request, pk):
    use = get_use_to_manage(request.user, pk, now=timezone.now())
    try:
        versions.take_back(use=use, **_who(request))
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "That choice is taken back. What was asked before goes on.")
    return redirect("manage_questionnaires")


def _who(request):
    return {"by": request.user, "now": timezone.now()}


def _try(request, form, act, **said):
    try:
        return act(**said, **_who(request))
    except Refused as refusal:
        form.add_error("name", str(refusal))
        return None
