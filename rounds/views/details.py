"""The facts of a Round for those who arrange it, and the step from planned to published."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from rounds.access import get_round_to_arrange
from rounds.actions import scheduling
from rounds.forms.refusing import refused
from rounds.models import TeamMember
from rounds.states import RoundState, TeamPart, Way
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_range, thousands
from rounds_site.kit.refusals import Refused

CHANGEABLE = {RoundState.PLANNED, RoundState.PUBLISHED}


@require_safe
@login_required
def round_details(request, pk):
    now = timezone.now()
    return _page(request, get_round_to_arrange(request.user, pk, now=now), now)


@login_required
def publish_round(request, pk):
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    if request.method != "POST":
        return redirect("round_details", pk)
    try:
        round = scheduling.publish(round=round, by=request.user, now=now)
    except Refused as refusal:
        return _page(request, round, now, form=refused(refusal))
    messages.success(
        request, f"The Round is published. {_booking_in_words(round, now)} Nobody has been written to yet."
    )
    return redirect("round_invitations", pk)


def _booking_in_words(round, now):
    if round.booking_opens_at <= now:
        return "Booking is open."
    return f"Booking opens at {nhs_moment(round.booking_opens_at)}."


def _page(request, round, now, form=None):
    facilitators = _facilitators(round)
    context = {
        "round": round,
        "form": form,
        "rows": _facts(round, facilitators),
        "history": _history(round),
        "is_planned": round.state == RoundState.PLANNED,
        "is_changeable": round.state in CHANGEABLE and round.starts_at > now,
        "facilitates": request.user in facilitators,
        "booking_is_ahead": round.booking_opens_at > now,
    }
    return render(request, "rounds/round_details.html", context)


def _facilitators(round):
    team = TeamMember.objects.filter(round=round, part=TeamPart.FACILITATOR).select_related("person")
    return [member.person for member in team.order_by("person__name", "person_id")]


def _facts(round, facilitators):
    reminders = {7: "A week before", 1: "The day before"}
    rows = [
        ("What it is about", round.about.splitlines()),
        ("Theme or case", [round.get_subject_display()]),
        ("When", [nhs_date(round.starts_at), capfirst(nhs_range(round.starts_at, round.ends_at))]),
        ("How people meet", [round.get_format_display()]),
        ("Room", [round.venue.name, round.venue.address] if round.venue else []),
        ("How to join online", round.joining_details.splitlines()),
        ("Host", [str(round.host)]),
        ("Invited", [partner.name for partner in round.partners.order_by("name")]),
        ("Places", [f"{thousands(round.places_for(way))} {PLACES_ARE[way]}" for way in round.ways]),
        ("Food", [round.food] if round.food else []),
        ("Booking opens", [capfirst(nhs_moment(round.booking_opens_at))]),
        ("Booking closes", [capfirst(nhs_moment(round.booking_closes_at))]),
        ("Reminders", [reminders.get(days, f"{days} days before") for days in round.reminder_days] or ["None"]),
        ("Facilitators", [str(person) for person in facilitators]),
    ]
    return [{"key": key, "lines": [line for line in lines if line]} for key, lines in rows if any(lines)]


PLACES_ARE = {Way.IN_PERSON: "in the room", Way.ONLINE: "online"}


def _history(round):
    """What happened to the Round, in its order; never what became of anybody's place."""
    who = f" by {round.planned_by}" if round.planned_by else ""
    lines = [f"Planned{who} on {nhs_date(round.created_at)}"]
    if round.published_at:
        lines.append(f"Published on {nhs_date(round.published_at)}")
    if round.invitations_released_at:
        by = f" by {round.invitations_released_by}" if round.invitations_released_by else ""
        lines.append(f"Invitations released{by} on {nhs_date(round.invitations_released_at)}")
    changes = round.version - 1 - (round.state == RoundState.CANCELLED)
    if changes:
        lines.append("Changed once" if changes == 1 else f"Changed {changes} times")
    if round.state == RoundState.CANCELLED:
        lines.append(f"Cancelled: {round.cancelled_reason}" if round.cancelled_reason else "Cancelled")
    return lines
