"""Where nobody can run a Round: an administrator of its host or system names somebody who does."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from members.access import jobs_of_today
from members.reports import employers_of
from members.views.proving import recently_proven
from rounds.access import get_round_to_appoint_for, people_to_appoint
from rounds.actions import appointing
from rounds.forms.people import AppointForm
from rounds_site.kit.formats import nhs_moment
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused


@recently_proven
def name_facilitator(request, pk):
    now = timezone.now()
    round = get_round_to_appoint_for(request.user, pk, now=now)
    people = list(people_to_appoint(request.user, round, now=now))
    options = {"people": people, "employers": employers_of(people, jobs_of_today(request.user, now=now))}
    form = AppointForm(request.POST if request.method == "POST" else None, **options)
    if request.method == "POST" and form.is_valid():
        person = form.cleaned_data["person"]
        try:
            appointing.appoint(round=round, person=person, by=request.user, now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{person} facilitates this Round now. We write to them.")
            return redirect("round_workspace", pk)
    return render(request, "rounds/name_facilitator.html", {"round": round, "form": form, **_standing(round, now)})


def _standing(round, now):
    """`able`: who runs it; `alone`: the one of them, whom another may be named beside from `later` on."""
    able = list(round.team.able(now).select_related("person").order_by("person__name", "pk"))
    alone = able[0] if len(able) == 1 else None
    later = alone and alone.replaceable_from and nhs_moment(alone.replaceable_from)
    return {"able": able, "alone": alone, "later": later}


@verb("name_facilitator", "pk")
def facilitator_away(request, pk):
    now = timezone.now()
    round = get_round_to_appoint_for(request.user, pk, now=now)
    try:
        member = appointing.say_unreachable(round=round, by=request.user, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        when = "now" if member.replaceable_from <= now else f"from {nhs_moment(member.replaceable_from)}"
        messages.success(request, f"We write to {member.person}. You can name another facilitator {when}.")
    return redirect("name_facilitator", pk)
