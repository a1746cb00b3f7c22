"""Past Rounds: choose the file, see what would be entered, accept."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation.access import scope_of
from evaluation.actions import past_lists, past_questions, past_rounds
from evaluation.exports import csv_answer
from evaluation.forms.past_rounds import PastRoundsForm
from members.access import get_system_to_manage, get_upload, may
from members.actions import uploads
from members.forms.imports import AcceptForm
from members.roles import May
from members.views.imports import SHOWN, gone, take_file
from rounds_site.kit.formats import thousands
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

KIND, PAGE = "past_rounds", "manage_past_rounds"


def _system(request):
    return get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())


@login_required
def manage_past_rounds(request):
    system = _system(request)
    form = PastRoundsForm(*((request.POST, request.FILES) if request.method == "POST" else ()), system=system)
    if form.is_valid() and take_file(
        request, form, kind=KIND, read=lambda content: _read(content, form.asked, system), said=form.said()
    ):
        return redirect("preview_past_rounds")
    return render(request, "evaluation/manage_past_rounds.html", {"form": form, "system": system})


def _read(content, asked, system):
    return past_lists.read(content, system=system, questions=asked.questions, now=timezone.now())


@login_required
@require_safe
def past_rounds_template(request):
    """A list to fill in, with the columns of our own questions and one made-up Round."""
    system = _system(request)
    questions = past_questions.asked(system=system, by="own").questions
    tallies = [f"{question.heading} {value}" for question in questions for value in range(1, 6)]
    head = ["Date", "Time", "Title", "Format", "Host", "Headcount", "Forms", *tallies]
    example = ["4/3/2026", "12:30pm", "A title", "In person", system.code, 43, 30, *[0, 1, 4, 12, 13] * len(questions)]
    return csv_answer(name="past-rounds", head=head, rows=[example])


@login_required
@require_safe
def preview_past_rounds(request):
    system = _system(request)
    upload = _upload(request, system)
    return _preview(request, upload, system) if upload else gone(request, PAGE)


def _upload(request, system):
    """The list that waits; None also where what its forms asked cannot be chosen any more."""
    upload = get_upload(request.user, KIND, now=timezone.now())
    try:
        return upload and past_questions.asked(system=system, **upload.said) and upload
    except Refused:
        return None


def _waiting(upload, system):
    """What the file says and what its forms asked, as when it was chosen."""
    asked = past_questions.asked(system=system, **upload.said)
    return asked, _read(bytes(upload.content), asked, system)


def _preview(request, upload, system, refusals=()):
    asked, past_list = _waiting(upload, system)
    told = past_rounds.compare(past_list, system=system)
    context = {
        "upload": upload,
        "told": told,
        "asked": asked,
        "faults": past_list.faults[:SHOWN],
        "new": [
            (line, past_rounds.headcount_in_words(line), past_rounds.shown_forms(line)) for line in told.new[:SHOWN]
        ],
        "accept_form": AcceptForm(initial={"digest": told.digest}),
        "refusals": refusals,
    }
    return render(request, "evaluation/preview_past_rounds.html", context)


@verb(PAGE)
def accept_past_rounds(request):
    now, system = timezone.now(), _system(request)
    upload = _upload(request, system)
    if upload is None:
        return gone(request, PAGE)
    asked, past_list = _waiting(upload, system)
    seen = {"questionnaire": asked.questionnaire, "digest": request.POST.get("digest", "")}
    try:
        told = past_rounds.accept(past_list, system=system, by=request.user, now=now, **seen)
    except Refused as refusal:
        return _preview(request, upload, system, refusals=[str(refusal)])
    uploads.forget(upload=upload)
    messages.success(request, f"Imported: {thousands(len(told.new))} past Rounds. They stand in the figures now.")
    sees = may(request.user, May.SEE_FIGURES, system, now=now)
    return redirect("dashboard", scope_of(system)) if sees else redirect("manage_imports")


@login_required
@require_safe
def faults_of_past_rounds(request):
    system = _system(request)
    upload = _upload(request, system)
    if upload is None:
        return gone(request, PAGE)
    _, past_list = _waiting(upload, system)
    return csv_answer(name="faulty-lines", head=["Line", "What to do"], rows=past_list.faults)
