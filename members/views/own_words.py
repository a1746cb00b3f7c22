"""What a partner adds to letters to its own staff."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone

from members.access import get_organisation_to_manage, today
from members.actions import organisations as actions
from members.emails import rendered
from members.forms.organisations import OwnWordsForm
from members.models import System
from members.registry import letters

SAVE = "save"


@login_required
def manage_own_words(request, code):
    """Whoever writes them sees first how they would stand; saving is a press of its own."""
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    posted = request.POST if request.method == "POST" else None
    form = OwnWordsForm(posted, initial={"words": partner.own_words})
    words = partner.own_words
    if posted is not None and form.is_valid():
        words = form.cleaned_data["words"]
        if SAVE in posted:
            actions.set_own_words(organisation=partner, words=words, by=request.user, now=now)
            messages.success(request, _saved(partner, words))
            return redirect("manage_organisation", partner.code)
    # Beside words that were refused an earlier letter would read like theirs.
    looks = [] if form.errors else _letters_with(words, partner, now)
    context = {"form": form, "partner": partner, "looks": looks, "is_draft": bool(posted)}
    return render(request, "members/manage_own_words.html", context)


def _saved(partner, words):
    if not words:
        return f"Letters to staff of {partner} go without words of its own from now on."
    return f"The words are saved. They stand in letters to staff of {partner}, those that wait to go too."


def _letters_with(words, partner, now):
    """[(title, subject, text)] of the kinds that go to its staff, about a Round that does not exist."""
    system = System.objects.filter(edges__in=partner.system_edges.in_force(today(now))).order_by("name").first()
    return [
        (letter.told.title, *_as_it_goes(letter, words, partner, system or System.objects.of_this_portal()))
        for letter in letters
        if letter.told and letter.told.carries_own_words and (letter.lane_rank or not partner.has_staff_list)
    ]


def _as_it_goes(letter, words, partner, system):
    facts = next(iter(letter.told.samples(system).values()))
    context = facts.context | ({"partner": partner.name} if "partner" in facts.context else {})
    return rendered(facts.template or letter.template, replace(facts, own_words=words, context=context))[:2]
