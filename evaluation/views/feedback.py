"""Feedback. Whoever comes here is not signed in: there is no request.user, no cookie, no session and no log line."""

import json
import uuid
from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions import codes
from evaluation.actions import feedback as box_of_a_round
from evaluation.actions.attendance import people_present
from evaluation.disclosure import is_small_room
from evaluation.forms.feedback import CodeForm, FeedbackForm, SealedForm
from rounds_site.kit.refusals import Refused

# Of the answer to a sealed form, whatever it says.
ANSWER_LENGTH = 512


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def feedback(request):
    """The code, then the questions, then the box. A code in the address leads straight to its questions."""
    now = timezone.now()
    if request.method == "POST":
        return _put_sealed_in_the_box(request, now) if "sealed" in request.POST else _put_in_the_box(request, now)
    if "code" not in request.GET:
        return _ask_for_code(request, CodeForm())
    form = CodeForm(request.GET)
    found = form.is_valid() and _way_in(form, now)
    if not found:
        return _ask_for_code(request, form)
    hidden = {"code": found.code, "ballot": uuid.uuid4(), "shown": found.shown}
    return _ask(request, FeedbackForm(found=found, initial=hidden), found)


@require_GET
@never_cache
def feedback_given(request):
    """After the box: the same page for everyone of one Round, however often they come.

    The address stays in the history of a phone, so it names the day the box is opened, and no code: a card's is its
    holder's own. Anybody can write a day into it; it is said again and nothing else.
    """
    return render(request, "evaluation/feedback_given.html", {"opened_on": _day(request.GET.get("opened", ""))})


def _day(words):
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _put_in_the_box(request, now):
    code = CodeForm(request.POST)
    found = code.is_valid() and _way_in(code, now, shown=request.POST.get("shown", ""))
    if not found:
        return _ask_for_code(request, code)
    form = FeedbackForm(request.POST, found=found)
    if form.is_valid():
        try:
            _cast(form, found, now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            # A redirect, so that neither Back nor Reload shows or sends what was written.
            return HttpResponseRedirect(_given(found))
    return _ask(request, form, found)


def _put_sealed_in_the_box(request, now):
    """From the script of the page, which shows what comes back: where to go on, or why the form is not in the box."""
    form = SealedForm(request.POST)
    if not form.is_valid():
        return _told(refused=box_of_a_round.NOT_A_FORM)
    try:
        found = codes.way_in(form.cleaned_data["code"], now=now, shown=request.POST.get("shown", ""))
        ballot_id = found.ballot or form.cleaned_data["ballot"]
        box_of_a_round.cast_sealed(box=found.box, ballot_id=ballot_id, sealed=form.cleaned_data["sealed"], now=now)
    except Refused as refusal:
        return _told(refused=str(refusal))
    return _told(given=_given(found))


def _told(**said):
    """Of one length, so that whoever sees it pass does not know what it says."""
    return HttpResponse(json.dumps(said).ljust(ANSWER_LENGTH), content_type="application/json")


def _given(found):
    opened_on = timezone.localdate(found.box.closes_at).isoformat()
    return f"{reverse('feedback_given')}?{urlencode({'opened': opened_on})}"


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
    few = is_small_room(people_present(found.box.round))
    return render(request, "evaluation/feedback.html", {"form": form, "box": found.box, "found": found, "few": few})
