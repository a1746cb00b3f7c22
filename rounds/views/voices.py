"""Finding voices, for those who ask people to tell a story: what is offered to them, who was asked, how voices mix."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import today
from members.models import Organisation
from members.roles import SECTORS
from rounds import access
from rounds.actions import approaches
from rounds.forms.voices import ApproachForm
from rounds.models import VoiceTally
from rounds.models.voices import year_counted
from rounds.states import Voice
from rounds_site.kit.blunt import THRESHOLD, rounded
from rounds_site.kit.links import verb
from rounds_site.kit.privacy import kept_in_words
from rounds_site.kit.stretches import stretch

SUGGESTED = Q(is_suggested=True)


@require_safe
@login_required
def voices(request):
    now = timezone.now()
    systems = access.systems_to_find_voices_in(request.user, now=now)
    themes = access.themes_to_keep(request.user, now=now)
    context = {
        "offers": stretch(_latest(access.offers_to_read(request.user, now=now)), request, name="offers"),
        "asked": stretch(_latest(access.approaches_to_see(request.user, now=now)), request, name="asked"),
        **themes.aggregate(themes=Count("pk", ~SUGGESTED), suggested=Count("pk", SUGGESTED)),
        "mixes": [_mix(system, today(now)) for system in systems],
        "several": len(systems) > 1,
    }
    return render(request, "rounds/voices.html", context)


def _latest(rows):
    return rows.order_by("-created_at", "pk")


def _mix(system, on):
    """In numbers, never names; too few to show are said to be so."""
    first, after = year_counted(on)
    counted = VoiceTally.objects.filter(system=system).of_the_year(on).by("kind", "sector")
    kinds, sectors = counted["kind"], counted["sector"]
    facts = [{"term": kind.label, "lines": [_in_words(kinds.get(kind, 0))]} for kind in Voice]
    partners = set(Organisation.objects.in_system(system, on=on).values_list("sector", flat=True))
    told = {sector: sectors.get(sector, 0) for sector in SECTORS if sector in partners or sector in sectors}
    return {
        "system": system,
        "first": first,
        "after": after,
        "enough": sum(kinds.values()) >= THRESHOLD,
        "kinds": facts,
        "sectors": [{"term": SECTORS[sector], "lines": [_in_words(number)]} for sector, number in told.items()],
    }


def _in_words(number):
    """To the nearest 5, so that no number is reckoned out of the others."""
    if not number:
        return "Nobody yet"
    return f"About {rounded(number)}" if number >= THRESHOLD else f"Fewer than {THRESHOLD}"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def note_approach(request):
    now = timezone.now()
    systems = list(access.systems_to_find_voices_in(request.user, now=now))
    form = ApproachForm(request.POST if request.method == "POST" else None, systems=systems)
    if form.is_valid():
        said = {"system": form.system, "name": form.cleaned_data["called"], "email": form.cleaned_data["email"]}
        if not form.asks_again(approaches.last(**said, now=now)):
            approaches.note(**said, by=request.user, now=now)
            messages.success(
                request,
                f"It is noted, for {kept_in_words('voices')}. Only those who ask people to tell a story see it.",
            )
            return redirect("voices")
    return render(request, "rounds/note_approach.html", {"form": form, "lately": form.lately, "tells_who": True})


@verb("voices")
def take_out_approach(request, pk):
    approaches.take_out(approach=access.get_approach(request.user, pk, now=timezone.now()))
    messages.success(request, "That stands in the list no more.")
    return redirect("voices")
