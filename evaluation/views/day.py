"""The screen in the room, and what all verbs of the day share."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.actions import feedback
from evaluation.states import OPENS_BEFORE
from rounds_site.kit.links import absolute_url, verb
from rounds_site.kit.refusals import Refused

LAST_MINUTES = 10


@login_required
@require_safe
def round_screen(request, pk):
    """One thought: the ground rules before, the time that is left, the code at the end; or the one asked for."""
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    box = getattr(round, "feedback_box", None)
    minutes_left = max(0, -((now - round.ends_at).total_seconds() // 60))
    shown = request.GET.get("show") if request.GET.get("show") in ("rules", "time", "code") else _thought(round, now)
    about = 5 * max(1, -(-int(minutes_left) // 5))
    context = {
        "round": round,
        "shown": shown,
        "box": box if box and box.takes_forms(now) else None,
        "may_open": box is None and round.starts_at - OPENS_BEFORE <= now < round.ends_at,
        "about_minutes": about,
        "chairs_left": min(12, about // 5),
        "ahead": now < round.starts_at,
        "over": now >= round.ends_at,
    }
    if context["box"]:
        address = absolute_url("feedback")
        context["feedback_url"] = f"{address}?{urlencode({'code': box.room_code})}"
        context["feedback_words"] = address.partition("://")[2]
    return render(request, "evaluation/round_screen.html", context)


@verb("round_screen", "pk")
def open_box(request, pk):
    """The clock does it too; this is for the room that cannot wait a minute."""
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    try:
        feedback.open_box(round=round, now=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect(reverse("round_screen", kwargs={"pk": round.pk}) + "?show=code")


def _thought(round, now):
    if now < round.starts_at:
        return "rules"
    return "time" if (round.ends_at - now).total_seconds() > LAST_MINUTES * 60 else "code"
