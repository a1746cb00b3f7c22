"""All that is held about oneself: to read, to take along, to have erased."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from evaluation.forms.erasing import EraseForm
from members import holdings
from members.actions import erasure
from members.views.proving import recently_proven
from rounds_site.kit.formats import nhs_moment
from rounds_site.kit.refusals import Refused

# So many entries of one class stand on the page, which is for reading; the file has all.
MOST = 200
ERASED = "Your account is erased. One last letter says so. You are welcome to join again at any time."


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proven
def all_we_hold(request):
    """POST only for the proof that comes before it."""
    now = timezone.now()
    held = [(holding, rows[:MOST], len(rows)) for holding, rows in holdings.all_held(request.user, now=now)]
    context = {"held": held, "most": MOST, "moment": nhs_moment(now)}
    return render(request, "evaluation/all_we_hold.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proven
def all_we_hold_file(request):
    answer = JsonResponse(
        holdings.as_file(request.user, now=timezone.now()), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    answer["Content-Disposition"] = 'attachment; filename="all-we-hold.json"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proven
def erase(request):
    now, person = timezone.now(), request.user
    posted = request.POST if "erase" in request.POST else None
    form = EraseForm(posted)
    if posted is not None and form.is_valid():
        try:
            erasure.erase(person=person, by=person, now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            logout(request)
            messages.success(request, ERASED)
            return redirect("home")
    page = {
        "form": form,
        "hindrances": erasure.hindrances(person=person, now=now),
        "held": holdings.all_held(person, now=now),
    }
    return render(request, "evaluation/erase.html", page)
