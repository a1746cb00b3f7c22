"""The screen in the room."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.states import OPENS_BEFORE
from rounds_site.kit.links import absolute_url

LAST_MINUTES = 10
# Until then whoever comes early is welcomed; from then on they read the ground rules.
WELCOMED_BEFORE = timedelta(minutes=15)
THOUGHTS = ("welcome", "rules", "time", "code")


@login_required
@require_safe
def round_screen(request, pk):
    """One thought: a welcome and the ground rules before, the time that is left, the code at the end; or another
    that is asked for."""
    now = timezone.now()
    round = access.get_round_at_the_door(request.user, pk, now=now)
    box = getattr(round, "feedback_box", None)
    minutes_left = max(0, -((now - round.ends_at).total_seconds() // 60))
    shown = request.GET.get("show") if request.GET.get("show") in THOUGHTS else _thought(round, now)
    about = 5 * max(1, -(-int(minutes_left) // 5))
    context = {
        "round": round,
        "shown": shown,
        "box": box if box and box.takes_forms(now) else None,
        "opens_now": box is None and round.starts_at - OPENS_BEFORE <= now < round.ends_at,
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


def _thought(round, now):
    if now < round.starts_at:
        return "welcome" if now < round.starts_at - WELCOMED_BEFORE else "rules"
    return "time" if (round.ends_at - now).total_seconds() > LAST_MINUTES * 60 else "code"
