"""Ideas for Rounds: keeping one, its own page, and what becomes of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from members.access import systems_where
from members.roles import May
from rounds.access import get_idea, systems_to_plan_in
from rounds.actions import ideas
from rounds.forms.ideas import IdeaForm
from rounds.forms.refusing import refused
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

from .planning import begin_with


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def keep_idea(request):
    now = timezone.now()
    systems = list(systems_to_plan_in(request.user, now=now))
    if not systems:
        raise PermissionDenied
    form = IdeaForm(request.POST if request.method == "POST" else None, systems=systems)
    if not form.is_bound or not form.is_valid():
        return render(request, "rounds/keep_idea.html", {"form": form})
    key = form.cleaned_data["key"]
    ideas.keep(key=key, system=form.system, **form.words(), by=request.user, now=now)
    messages.success(request, "Your idea is kept. Nobody is told, and it needs no date yet.")
    return redirect("organise")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def idea(request, pk):
    now = timezone.now()
    found = get_idea(request.user, pk, now=now)
    form = IdeaForm(request.POST if request.method == "POST" else None, idea=found)
    if form.is_bound and form.is_valid() and _reworded(found, form, request.user, now):
        messages.success(request, "It is saved.")
        return redirect("idea", pk)
    keepers = [str(person) for person in found.team.able(now).people()]
    plans = found.system in systems_where(request.user, May.PLAN_ROUNDS, now=now)
    context = {"idea": found, "form": form, "keepers": keepers, "plans": plans}
    return render(request, "rounds/idea.html", context)


def _reworded(found, form, by, now):
    try:
        return ideas.reword(idea=found, **form.words(), by=by, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))


@verb("idea", "pk")
def plan_idea(request, pk):
    """The questions of a plan, with what the idea says already; saving it makes the Round of it."""
    now = timezone.now()
    found = get_idea(request.user, pk, now=now)
    return begin_with(request, found, _systems_to_plan_it_in(request.user, found, now), now)


@verb("idea", "pk")
def take_idea(request, pk):
    """Of one that nobody keeps any more."""
    now = timezone.now()
    found = get_idea(request.user, pk, now=now)
    _systems_to_plan_it_in(request.user, found, now)
    try:
        ideas.take(idea=found, by=request.user, now=now)
    except Refused as refusal:
        return _refused(request, found, refusal)
    messages.success(request, "You keep this idea from now on.")
    return redirect("idea", pk)


def _systems_to_plan_it_in(person, idea, now):
    systems = list(systems_to_plan_in(person, now=now))
    if idea.system not in systems:
        raise PermissionDenied
    return systems


@verb("idea", "pk")
def drop_idea(request, pk):
    now = timezone.now()
    found = get_idea(request.user, pk, now=now)
    try:
        ideas.drop(idea=found, by=request.user, now=now)
    except Refused as refusal:
        return _refused(request, found, refusal)
    messages.success(request, "The idea is dropped. Nothing of it is kept.")
    return redirect("organise")


def _refused(request, idea, refusal):
    return render(request, "rounds/idea.html", {"idea": idea, "form": refused(refusal), "keepers": []})
