"""Feedback. Whoever comes here is not signed in: there is no request.user, no cookie, no session and no log line."""

import uuid
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions import codes
from evaluation.actions import feedback as box_of_a_round
from evaluation.actions.attendance import people_present
from evaluation.disclosure import SMALL_ROOM
from evaluation.forms.feedback import CodeForm, FeedbackForm
from rounds_site.kit.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def feedback(request):
    """The code, then the questions, then the box. A code in the address leads straight to its questions."""
    now = timezone.now()
    if request.method == "POST":
        return _put_in_the_box(request, now)
    if "code" not in request.GET:
        return _ask_for_code(request, CodeForm())
    form = CodeForm(request.GET)
    found = form.is_valid() and _way_in(form, now)
    if not found:
        return _ask_for_code(request, form)
    hidden = {"code": found.code, "ballot": uuid.uuid4(), "shown": found.shown}
    return _ask(request, FeedbackForm(items=found.box.questionnaire.items.all(), initial=hidden), found)


@require_GET
@never_cache
def feedback_given(request):
    """After the box: the same page for everyone, however often they come."""
    form = CodeForm(request.GET)
    found = form.is_valid() and _way_in(form, timezone.now())
    return render(request, "evaluation/feedback_given.html", {"closes_at": found.box.closes_at if found else None})


def _put_in_the_box(request, now):
    code = CodeForm(request.POST)
    found = code.is_valid() and _way_in(code, now, shown=request.POST.get("shown", ""))
    if not found:
        return _ask_for_code(request, code)
    form = FeedbackForm(request.POST, items=found.box.questionnaire.items.all())
    if form.is_valid():
        try:
            _cast(form, found, now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            # A redirect, so that neither Back nor Reload shows or sends what was written.
            return HttpResponseRedirect(f"{reverse('feedback_given')}?{urlencode({'code': found.code})}")
    return _ask(request, form, found)


def _cast(form, found, now):
    box_of_a_round.cast(
        box=found.box,
        ballot_id=found.ballot or form.cleaned_data["ballot"],
        answers=form.answers,
        comment=form.cleaned_data["comment"],
        group=form.cleaned_data["group"],
        now=now,
    )


def _way_in(form, now, shown=""):
    try:
        return codes.way_in(form.cleaned_data["code"], now=now, shown=shown)
    except Refused as refusal:
        form.add_error("code", str(refusal))
        return None


def _ask_for_code(request, form):
    return render(request, "evaluation/feedback_code.html", {"form": form})


def _ask(request, form, found):
    few = people_present(found.box.round) < SMALL_ROOM
    return render(request, "evaluation/feedback.html", {"form": form, "box": found.box, "found": found, "few": few})
