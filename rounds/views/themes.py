"""The bank of themes: what Rounds were about, how it went, and what staff suggest."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import today
from rounds import access
from rounds.actions import themes as actions
from rounds.colleagues import names_in
from rounds.forms.voices import KeptThemeForm
from rounds.models import Round, ThemeUse
from rounds.states import RoundState
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import stretch

# So many of the latest Rounds of a system are offered to tick.
LATEST = 12


@require_safe
@login_required
def themes(request):
    uses = ThemeUse.objects.select_related("round").order_by("round__starts_at", "pk")
    found = access.themes_to_keep(request.user, now=timezone.now()).prefetch_related(Prefetch("uses", uses))
    suggested = found.filter(is_suggested=True).order_by("created_at", "pk")
    kept = found.filter(is_suggested=False).order_by("title", "pk")
    context = {
        "suggested": stretch(suggested, request, name="suggested"),
        "kept": stretch(kept, request, name="kept"),
    }
    return render(request, "rounds/themes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_theme(request):
    now = timezone.now()
    systems = list(access.systems_to_find_voices_in(request.user, now=now))
    form = KeptThemeForm(request.POST if request.method == "POST" else None, systems=systems, rounds=[])
    points = form.points_at(partial(colleagues, form.system, now)) if form.is_valid() else []
    if form.is_valid() and not points:
        actions.add(key=form.cleaned_data["key"], system=form.system, **form.words(), now=now)
        messages.success(request, "The theme is kept.")
        return redirect("themes")
    return render(request, "rounds/theme.html", {"form": form, "theme": None, "points": points})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def theme(request, pk):
    now = timezone.now()
    found = access.get_theme(request.user, pk, now=now)
    used = list(found.uses.values_list("round", flat=True))
    begins = {name: getattr(found, name) for name in ("title", "about", "went")}
    form = KeptThemeForm(
        request.POST if request.method == "POST" else None,
        systems=[found.system],
        rounds=_rounds(found.system, used),
        initial=begins | {"key": found.pk, "rounds": [str(key) for key in used]},
    )
    points = form.points_at(partial(colleagues, found.system, now)) if form.is_valid() else []
    if form.is_valid() and not points and _kept(found, form, now):
        messages.success(request, "The theme is kept.")
        return redirect("themes")
    return render(request, "rounds/theme.html", {"form": form, "theme": found, "points": points})


def _kept(theme, form, now):
    try:
        return actions.keep(theme=theme, **form.words(), rounds=form.ticked, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))


def colleagues(system, now, text):
    return names_in(text, system, on=today(now))


def _rounds(system, used):
    """The latest that were held, and whichever were ticked before."""
    held = Round.objects.in_state(RoundState.HELD, RoundState.CLOSED).filter(system=system).order_by("-starts_at", "pk")
    latest = list(held[:LATEST])
    return latest + list(Round.objects.filter(pk__in=used).exclude(pk__in=[each.pk for each in latest]))


@verb("theme", "pk")
def drop_theme(request, pk):
    actions.drop(theme=access.get_theme(request.user, pk, now=timezone.now()))
    messages.success(request, "The theme is dropped.")
    return redirect("themes")
