"""Finding a time to prepare: the facilitators' page of one meeting, and what whoever is asked does.

For a storyteller all of it stands on the page of their preparation. Nothing is put into anybody's session.
"""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.models.audit import Opened
from rounds import access, calendars
from rounds.actions import meetings, openings, panel
from rounds.forms.meetings import AnswerForm, ProposeForm
from rounds.models import Meeting, Storyteller
from rounds_site.kit.formats import listed, nhs_moment
from rounds_site.kit.refusals import Refused

from .diaries import CALENDAR

# So many of one's meetings, the latest first, where the one that was answered is gone.
MOST_SHOWN = 3


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_meeting(request, pk):
    now = timezone.now()
    round = access.get_round_with_panel(request.user, pk, now=now)
    if now >= round.kept_until:
        raise Http404
    return _meeting(request, round, None, now)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_one_to_one(request, pk, storyteller):
    now = timezone.now()
    found = access.get_storyteller(request.user, pk, storyteller, now=now)
    return _meeting(request, found.round, found, now)


def _meeting(request, round, storyteller, now):
    """One address takes both: times that are proposed, and the one that is set."""
    meeting = round.meetings.filter(storyteller=storyteller).first()
    form = ProposeForm(request.POST if "place" in request.POST else None, round=round, now=now)
    refusal = ""
    try:
        if meeting and "fix" in request.POST:
            meetings.fix(meeting=meeting, time=request.POST["fix"], now=now)
            return redirect(request.path)
        if form.is_valid():
            said = {"times": form.times, "place": form.cleaned_data["place"]}
            meetings.propose(round=round, storyteller=storyteller, **said, by=request.user, now=now)
            return redirect(request.path)
    except Refused as refused:
        refusal = str(refused)
    return _page(request, round, storyteller, now, form, refusal)


def _page(request, round, storyteller, now, form, refusal):
    openings.opened(Opened.PANEL, round=round, by=request.user, now=now)
    meeting = round.meetings.filter(storyteller=storyteller).first()
    asked = _asked(round, storyteller)
    answers = {each.person_id: each.can for each in meeting.answers.all()} if meeting else {}
    takes_answers = meeting and not meeting.fixed_at
    answering = answer_form(meeting, answers.get(request.user.pk)) if takes_answers and request.user in asked else None
    if meeting:
        form.kind = "secondary"
    context = {
        "round": round,
        "storyteller": storyteller,
        "meeting": meeting,
        "times": _times(meeting, asked, answers) if takes_answers else [],
        "missing": [str(person) for person in asked if person.pk not in answers],
        "answering": answering,
        "proposing": None if panel.is_over(round, now) or not asked else form,
        "refusal": refusal,
        "form": form if form.errors else None,
    }
    return render(request, "rounds/round_meeting.html", context)


def _asked(round, storyteller):
    """Whom there is to ask: whoever proposes a one-to-one can come."""
    if storyteller:
        return [storyteller.person] if storyteller.has_agreed else []
    tellers = [each.person for each in round.panel.agreed().select_related("person").in_order()]
    return list(dict.fromkeys([*tellers, *round.team.facilitating().people()])) if tellers else []


def _times(meeting, asked, answers):
    """Each with who can. The first that suits the most is `best`."""
    can = {text: [str(person) for person in asked if text in answers.get(person.pk, [])] for text in meeting.times}
    best = max(meeting.times, key=lambda text: len(can[text]))
    return [
        {
            "text": text,
            "when": nhs_moment(moment, year=False),
            "says": _says(can[text], len(asked)),
            "best": text == best and bool(can[text]),
        }
        for text, moment in meeting.moments.items()
    ]


def answer_form(meeting, can):
    """`can` is None for whoever has not answered."""
    form = AnswerForm(meeting=meeting, initial={"can": can or []})
    form.kind = "" if can is None else "secondary"
    return form


def _says(names, number):
    if not names:
        return "Nobody yet"
    return f"{listed(names)} can" if len(names) < number else f"{listed(names)} can: everybody who was asked"


@never_cache
@login_required
def answer_meeting(request, pk):
    """Where it is not there any more (other times were proposed, they stepped back meanwhile), the page says what is;
    the same to whoever was never asked."""
    if request.method != "POST":
        return redirect("my_rounds")
    now = timezone.now()
    try:
        meeting = access.get_meeting(request.user, pk, now=now)
    except Http404:
        return _gone(request, now)
    form = AnswerForm(request.POST, meeting=meeting)
    if form.is_valid():
        _answer(meeting, request.user, form.cleaned_data["can"], now)
    address = _address_of(meeting, request.user)
    return redirect(address) if address else _gone(request, now)


def _gone(request, now):
    open_still = (
        Meeting.objects.to_come(now).open_to(request.user).select_related("round").order_by("-created_at", "pk")
    )
    found = [{"meeting": each, "url": _address_of(each, request.user)} for each in open_still[:MOST_SHOWN]]
    return render(request, "rounds/meeting_gone.html", {"found": found}, status=404)


def _answer(meeting, person, can, now):
    try:
        meetings.answer(meeting=meeting, person=person, can=can, now=now)
    except Refused:
        return  # the page that they come back to shows the time that was set


def _address_of(meeting, person):
    """Where it stands for them; None for whoever has stepped back in this moment."""
    if not meeting.they_run_it:
        mine = Storyteller.objects.filter(round=meeting.round_id, person=person).first()
        return mine and reverse("preparation", args=[mine.pk])
    if meeting.storyteller_id:
        return reverse("round_one_to_one", args=[meeting.round_id, meeting.storyteller_id])
    return reverse("round_meeting", args=[meeting.round_id])


@require_safe
@login_required
def meeting_file(request, pk):
    """Named after nothing: it lies among other downloads."""
    meeting = access.get_meeting(request.user, pk, now=timezone.now())
    if not meeting.fixed_at:
        raise Http404
    disposition = 'attachment; filename="meeting.ics"'
    return HttpResponse(calendars.meeting_file(meeting), CALENDAR, headers={"Content-Disposition": disposition})
