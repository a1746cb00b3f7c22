"""The team of one Round: who facilitates it and who helps at its door."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from members.actions.guests import NameNeeded
from rounds.access import get_round_to_run, rounds_to_arrange
from rounds.actions import team
from rounds.forms.people import TeamMemberForm
from rounds.forms.refusing import refused
from rounds.states import TeamPart
from rounds_site.kit.refusals import Refused

# Names nobody: it waits in the session of whoever reads it.
NAMED = "They are in the team. Nobody was written to: tell them yourself, and that they sign in with that address."


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_team(request, pk):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    form = TeamMemberForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, round, form)
    try:
        team.name(round=round, **form.cleaned_data, by=request.user, now=now)
    except Refused as refusal:
        form.add_error("called" if isinstance(refusal, NameNeeded) else None, str(refusal))
        return _page(request, round, form)
    messages.success(request, NAMED)
    return redirect("round_team", pk)


@login_required
def take_off_team(request, pk, member):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    if request.method != "POST":
        return redirect("round_team", pk)
    try:
        team.take_off(round=round, member_id=member, by=request.user, now=now)
    except Refused as refusal:
        return _page(request, round, TeamMemberForm(), refusal=refused(refusal))
    if round.team.filter(person=request.user, part=TeamPart.FACILITATOR).exists():
        messages.success(request, "They are no longer in the team. Nobody was written to.")
        return redirect("round_team", pk)
    messages.success(request, "You are no longer in the team.")
    still = rounds_to_arrange(request.user, now=now).exists()
    return redirect("organise" if still else "home")


def _page(request, round, form, refusal=None):
    members = list(round.team.select_related("person").order_by("person__name", "person_id"))
    parts = [
        {"part": part, "heading": heading, "members": [each for each in members if each.part == part]}
        for part, heading in ((TeamPart.FACILITATOR, "Facilitators"), (TeamPart.HELPER, "Helping at the door"))
    ]
    context = {"round": round, "parts": parts, "naming": form, "form": refusal or form}
    return render(request, "rounds/round_team.html", context)
