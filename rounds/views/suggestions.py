"""What Rounds made people wish for, handed on without a name, and what became of it."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import today
from members.models import Organisation, Place, System, SystemEdge
from rounds import access
from rounds.actions import suggestions as actions
from rounds.colleagues import names_in
from rounds.forms.suggestions import AnswerForm, HandOnForm
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import stretch


@login_required
@require_safe
def suggestions(request):
    now = timezone.now()
    rows = access.suggestions_to_see(request.user, now=now)
    context = {
        "waiting": stretch(rows.filter(answer=""), request, name="waiting"),
        "answered": stretch(rows.exclude(answer=""), request, name="answered"),
        "hands_on": access.systems_to_suggest_in(request.user, now=now).exists(),
    }
    return render(request, "rounds/suggestions.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_on_suggestion(request):
    now = timezone.now()
    systems = list(access.systems_to_suggest_in(request.user, now=now))
    if not systems:
        raise PermissionDenied
    partners = {each for system in systems for each in Organisation.objects.in_system(system, on=today(now))}
    places = Place.objects.filter(system__in=systems).order_by("name")
    data = request.POST if request.method == "POST" else None
    form, points = HandOnForm(data, partners=sorted(partners, key=str), places=places), []
    if form.is_valid():
        points = form.points_at(partial(_names, systems, now))
        if not points:
            actions.hand_on(**form.said(), now=now)
            messages.success(request, "It is handed on. Nothing says by whom, or after which Round.")
            return redirect("suggestions")
    return render(request, "rounds/hand_on_suggestion.html", {"form": form, "points": points})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer_suggestion(request, pk):
    now = timezone.now()
    row = access.get_suggestion_to_answer(request.user, pk, now=now)
    data = request.POST if request.method == "POST" else None
    form, points = AnswerForm(data, row=row), []
    if form.is_valid():
        points = form.points_at(partial(_names, _systems_of(row, now), now))
        if not points and _answered(row, form):
            messages.success(request, _what_became(form.said()["answer"]))
            return redirect("suggestions")
    return render(request, "rounds/answer_suggestion.html", {"row": row, "form": form, "points": points})


def _answered(row, form):
    try:
        actions.answer(suggestion=row, **form.said())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _what_became(answer):
    if answer:
        return "It is saved. Those who facilitate read it beside the suggestion."
    return "There is no answer, so the suggestion waits for one."


@verb("suggestions")
def remove_suggestion(request, pk):
    actions.remove(suggestion=access.get_suggestion_to_answer(request.user, pk, now=timezone.now()))
    messages.success(request, "It is gone.")
    return redirect("suggestions")


@login_required
@require_safe
def you_said(request):
    rows = stretch(access.answers_to_read(request.user, now=timezone.now()), request)
    return render(request, "rounds/you_said.html", {"rows": rows})


def _systems_of(row, now):
    if row.place:
        return [row.place.system]
    there = SystemEdge.objects.in_force(today(now)).filter(organisation=row.organisation)
    return System.objects.filter(pk__in=there.values("system"))


def _names(systems, now, text):
    return {name for system in systems for name in names_in(text, system, on=today(now))}
