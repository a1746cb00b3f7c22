"""How many letters go to whom and what they say, letting them go, stopping them, and what reaches those without one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import today
from members.actions import correspondence
from members.models import JoinLink, Membership
from rounds import emails
from rounds.access import facilitates, get_round_to_arrange
from rounds.actions import inviting
from rounds.actions.places import count
from rounds.emails.progress import progress
from rounds.forms.invitations import ReleaseForm
from rounds.forms.refusing import refused
from rounds.models import Round
from rounds.states import Availability, RoundState
from rounds_site.kit.formats import thousands
from rounds_site.kit.links import absolute_url
from rounds_site.kit.refusals import Refused


@require_safe
@login_required
def round_invitations(request, pk):
    now = timezone.now()
    return _page(request, get_round_to_arrange(request.user, pk, now=now), now)


@login_required
def release_invitations(request, pk):
    """The number comes back with the press: never are more people written to than the page said."""
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    form = ReleaseForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        return redirect("round_invitations", pk)
    expected = form.cleaned_data["expected"]
    try:
        inviting.release_invitations(round=round, expected=expected, by=request.user, now=now)
    except Refused as refusal:
        return _page(request, round, now, form=refused(refusal))
    messages.success(request, "The invitations are released. They are written one by one, and you can leave this page.")
    return redirect("round_invitations", pk)


@login_required
def stop_invitations(request, pk):
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    if request.method == "POST":
        inviting.stop_invitations(round=round, by=request.user, now=now)
        messages.success(request, "The letters that had not gone are stopped. You can release them again.")
    return redirect("round_invitations", pk)


def _page(request, round, now, form=None):
    is_open = round.state == RoundState.PUBLISHED and round.booking_closes_at > now
    goes = round.invitations_released_at and not round.invitations_stopped_at
    people = emails.invitation_audience(round, now=now) if goes else emails.still_to_invite(round, now=now)
    number, may_release = people.count(), is_open and not goes
    beside = Round.objects.with_invited_beside().filter(pk=round.pk, invited_beside=True)
    nobody_is_left = may_release and not number and beside.exists()
    can_release = may_release and not nobody_is_left
    context = {
        "round": round,
        "is_cancelled": round.state == RoundState.CANCELLED,
        "form": form,
        "number": number,
        "places": _places(round, request.user) if can_release and round.needs_booking else None,
        "table": _by_partner(round, people, now),
        "partners": _without_a_list(round),
        "bulletin": absolute_url("round_page", round.pk),
        "progress": progress(round, now=now) if round.invitations_released_at else None,
        "nobody_is_left": nobody_is_left,
        "can_release": can_release,
        "can_stop": is_open and goes,
        "letter": emails.invitation_in_words(round) if can_release else None,
        "week": correspondence.waiting(people, before=round.booking_closes_at, now=now) if can_release else None,
        "waits_for_opening": round.booking_opens_at > now,
    }
    return render(request, "rounds/round_invitations.html", context)


def _places(round, person):
    """How many there are; and how many are free, which tells how many have booked, for its facilitators alone."""
    all_taken = all(round.availability_for(way) == Availability.FULL for way in round.ways)
    places = {"all": sum(map(round.places_for, round.ways)), "free": None, "all_taken": all_taken}
    if facilitates(person, round):
        counted = count(round)
        places["free"] = sum(max(counted.left(way), 0) for way in round.ways)
    return places


def _by_partner(round, people, now):
    """Who works for two partners stands with both and gets one letter. Of a partner without a staff list, those who
    joined by its link."""
    jobs = Membership.objects.in_force(today(now)).filter(person__in=people.values("pk"))
    numbers = dict(jobs.values_list("organisation").annotate(Count("person", distinct=True)).order_by())
    partners = round.partners.filter(Q(has_staff_list=True) | Q(pk__in=numbers)).order_by("name")
    rows = [[partner.name, thousands(numbers.get(partner.pk, 0))] for partner in partners]
    return {"caption": "Letters by partner", "head": ["Partner", "Letters"], "rows": rows}


def _without_a_list(round):
    partners = list(round.partners.without_a_staff_list().order_by("name"))
    links = JoinLink.objects.filter(organisation__in=partners, ended_at=None)
    tokens = dict(links.values_list("organisation", "token"))
    return [
        {"partner": each, "join": absolute_url("join", tokens[each.pk]) if each.pk in tokens else ""}
        for each in partners
    ]
