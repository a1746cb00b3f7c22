"""Leaving an organisation: what ends with it is shown first."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone

from members.access import get_membership_to_end, get_own_membership, today
from members.actions import leaving
from members.registry import leaving as what_hangs_on_it
from members.roles import ROLES
from rounds_site.kit.refusals import Refused


@login_required
def leave_work(request, pk):
    """One's own: the places that would go are shown to the person alone."""
    now = timezone.now()
    job = get_own_membership(request.user, pk, now=now)
    if request.method == "POST":
        if _leave(request, job, now):
            messages.success(request, f"From today you are not staff of {job.organisation} here any more.")
        return redirect("your_details")
    going = [words for each in what_hangs_on_it for words in each.would_go(request.user, job.organisation, now)]
    return render(request, "members/leave_work.html", {"job": job, "going": going, **_previewed(job, now)})


@login_required
def end_membership(request, pk, membership):
    """Somebody else's: what they booked is not for an administrator to see, so the same sentence stands for all."""
    now = timezone.now()
    job = get_membership_to_end(request.user, pk, membership, now=now)
    if request.method == "POST":
        if _leave(request, job, now):
            messages.success(request, f"{job.person} is not staff of {job.organisation} any more.")
        return redirect("manage_people")
    jobs = [(job.person_id, job.organisation_id)]
    resting = leaving.rest_in_sight(jobs, by=request.user, now=now)
    return render(request, "members/end_membership.html", {"job": job, "resting": resting, **_previewed(job, now)})


def _leave(request, job, now):
    try:
        return leaving.leave(membership=job, by=request.user, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return None


def _previewed(job, now):
    """The roles that would end, and the system that would be left without an administrator, if any."""
    lapsing = leaving.roles_that_lapse([(job.person_id, job.organisation_id)], on=today(now))
    only = leaving.indispensable(lapsing, on=today(now))
    return {
        "roles": [(ROLES[grant.role].name, grant.scope) for grant in lapsing],
        "only": only[0].system if only else None,
    }
