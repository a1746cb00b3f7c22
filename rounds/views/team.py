"""The team of one Round: who facilitates it and who helps at its door."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rounds.access import facilitates, get_round_to_run, rounds_to_arrange
from rounds.actions import team
from rounds.forms.people import TeamMemberForm
from rounds.forms.refusing import refused
from rounds.reports.team import where_they_left
from rounds.states import TeamPart
from rounds_site.kit.links import verb
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
        form.add_error(None, str(refusal))
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
    if facilitates(request.user, round):
        messages.success(request, "They are no longer in the team. Nobody was written to.")
        return redirect("round_team", pk)
    messages.success(request, "You are no longer in the team.")
    still = rounds_to_arrange(request.user, now=now).exists()
    return redirect("organise" if still else "home")


@verb("round_team", "pk")
def keep_in_team(request, pk, member):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    team.keep(round=round, member_id=member, by=request.user, now=now)
    messages.success(request, "They are in the team as before. Nobody was written to.")
    return redirect("round_team", pk)


@verb("round_team", "pk")
def hand_over(request, pk):
    """The only facilitator cannot do this one; or, `after_all`, goes on."""
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    if "after_all" in request.POST:
        team.go_on(round=round, by=request.user, now=now)
        messages.success(request, "You facilitate this Round as before.")
        return redirect("round_team", pk)
    try:
        team.hand_over(round=round, by=request.user, now=now)
    except Refused as refusal:
        return _page(request, round, TeamMemberForm(), refusal=refused(refusal))
    messages.success(request, "We have written to those who can name another facilitator.")
    return redirect("round_team", pk)


def _page(request, round, form, refusal=None):
    members = list(round.team.select_related("person").order_by("person__name", "person_id"))
    standing = [each for each in members if not each.suspended_at]
    parts = [
        {"part": part, "heading": heading, "members": [each for each in standing if each.part == part]}
        for part, heading in ((TeamPart.FACILITATOR, "Facilitators"), (TeamPart.HELPER, "Helping at the door"))
    ]
    facilitating = parts[0]["members"]
    context = {
        "round": round,
        "parts": parts,
        "asked": where_they_left(round, [each for each in members if each.suspended_at]),
        "mine": facilitating[0] if len(facilitating) == 1 else None,
        "waits": [each for each in facilitating if each.replaceable_from and each.person == request.user],
        "naming": form,
        "form": refusal or form,
    }
    return render(request, "rounds/round_team.html", context)
