"""The facts of a Round for those who arrange it, and the step from planned to published."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from members.access import systems_where
from members.roles import SECTORS, May
from rounds import emails
from rounds.access import get_round_to_arrange, get_round_to_run
from rounds.actions import fidelity, scheduling
from rounds.forms.refusing import refused
from rounds.forms.reserving import reserve_in_words
from rounds.forms.rooms import FREED_IN_WORDS
from rounds.models import TeamMember
from rounds.states import RoundState, Way
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_range, thousands
from rounds_site.kit.refusals import Refused


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


@login_required
def unpublish_round(request, pk):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    if request.method != "POST":
        return redirect("round_details", pk)
    try:
        scheduling.unpublish(round=round, by=request.user, now=now)
    except Refused as refusal:
        return _page(request, round, now, form=refused(refusal))
    messages.success(request, "The Round is planned again. Nobody finds it in the portal until you publish it.")
    return redirect("round_details", pk)


def _booking_in_words(round, now):
    if not round.needs_booking:
        return "Nobody needs to book."
    if round.booking_opens_at <= now:
        return "Booking is open."
    return f"Booking opens at {nhs_moment(round.booking_opens_at)}."


def _page(request, round, now, form=None):
    facilitators = _facilitators(round)
    context = {
        "round": round,
        "form": form,
        "rows": _facts(round, facilitators, now, may_see_reserves=request.user in facilitators),
        "history": _history(round),
        "is_planned": round.state == RoundState.PLANNED,
        "is_changeable": scheduling.is_changeable(round, now),
        "is_postponed": round.state == RoundState.POSTPONED,
        "may_unpublish": request.user in facilitators and round.state == RoundState.PUBLISHED and round.starts_at > now,
        "facilitates": request.user in facilitators,
        "may_plan": systems_where(request.user, May.PLAN_ROUNDS, now=now).filter(pk=round.system_id).exists(),
        "booking_is_ahead": round.booking_opens_at > now,
    }
    return render(request, "rounds/round_details.html", context)


def _facilitators(round):
    team = TeamMember.objects.facilitating().filter(round=round).select_related("person")
    return [member.person for member in team.order_by("person__name", "person_id")]


def _facts(round, facilitators, now, *, may_see_reserves):
    rows = [
        ("What it is about", round.about.splitlines()),
        ("Theme or case", [round.get_subject_display()]),
        ("Kind", [round.get_kind_display()]),
        ("For", [round.unit] if round.unit else []),
        (
            "When" if round.has_a_date else "It was to be",
            [nhs_date(round.starts_at), capfirst(nhs_range(round.starts_at, round.ends_at))],
        ),
        ("How people meet", [round.get_format_display()]),
        ("Room", [round.venue.name, round.venue.address] if round.venue else []),
        ("How to join online", _joining(round)),
        ("Host" if len(round.hosts) == 1 else "Hosts", [str(each) for each in round.hosts]),
        ("Invited", [partner.name for partner in round.partners.order_by("name")]),
        ("Places", [f"{thousands(round.places_for(way))} {PLACES_ARE[way]}" for way in round.ways]),
        ("Reserved", _reserved(round) if may_see_reserves else []),
        ("Food", [round.food] if round.food else []),
        *_booking(round, now),
        ("Ring about the room", [round.venue.contact, round.venue.phone] if round.venue else []),
        ("Ring about the food", [round.caterer, round.caterer_phone]),
        ("Facilitators", [str(person) for person in facilitators]),
        ("Otherwise than usual", [f"{unmet} “{why}”" for unmet, why in fidelity.gone_on(round)]),
    ]
    return [{"key": key, "lines": [line for line in lines if line]} for key, lines in rows if any(lines)]


def _reserved(round):
    """As a plan says it; what of it is used stands under the bookings."""
    return [
        reserve_in_words(each.places, each.organisation or SECTORS[each.sector], each.days_before)
        for each in round.kept_places.reserves().select_related("organisation")
    ]


def _booking(round, now):
    if not round.needs_booking:
        return [("Booking", ["None: people just come"])]
    return [
        ("A freed place", [FREED_IN_WORDS[round.gives_outright]]),
        ("Booking opens", [capfirst(nhs_moment(round.booking_opens_at))]),
        ("Booking closes", [capfirst(nhs_moment(round.booking_closes_at))]),
        ("Reminders", [_reminder(round, days, now) for days in round.reminder_days] or ["None"]),
    ]


def _reminder(round, days, now):
    words = {7: "A week before", 1: "The day before"}.get(days, f"{days} days before")
    return f"{words}, which has passed" if emails.reminder_moment(round, days) <= now else words


def _joining(round):
    shown = f"People with a place online see this from {nhs_moment(round.joining_from)}"
    return [*round.joining_details.splitlines(), shown] if round.joining_details else []


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
    if round.invitations_stopped_at:
        lines.append(f"Invitations stopped on {nhs_date(round.invitations_stopped_at)}")
    changes = round.version - 1 - (round.state == RoundState.CANCELLED)
    if changes:
        lines.append("Changed once" if changes == 1 else f"Changed {changes} times")
    if round.state == RoundState.POSTPONED:
        why = f": {round.postponed_reason}" if round.postponed_reason else ""
        lines.append(f"Postponed on {nhs_date(round.postponed_at)}{why}")
    if round.state == RoundState.CANCELLED:
        lines.append(f"Cancelled: {round.cancelled_reason}" if round.cancelled_reason else "Cancelled")
    return lines
