"""What a facilitator takes along on paper: the run sheet, cards with codes, the list of names, the form."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation.actions import paper, questionnaires
from evaluation.codes import card_codes, in_parts
from evaluation.forms.paper import CardsForm
from evaluation.models import CardDeck
from evaluation.reports.door import door_of
from evaluation.views.cards import cards_answer
from members.models.audit import Opened
from rounds.access import get_round_to_run
from rounds.actions import openings
from rounds_site.kit.links import absolute_url, verb
from rounds_site.kit.refusals import Refused

CARDS_A_SHEET = 10
EMPTY_LINES = 12
# Of an hour; the talk takes what the others leave. A Round of another length is divided alike.
WELCOME, ONE_STORY, CLOSE, WHOLE = 5, 5, 8, 60
# Until somebody has agreed to tell one.
STORIES = 3


@login_required
@require_safe
def round_run_sheet(request, pk):
    """The order of the hour, by the clock. Stories by number: no name stands on a sheet that may be left behind."""
    round = get_round_to_run(request.user, pk, now=timezone.now())
    stories = round.panel.agreed().count() or STORIES
    return render(request, "evaluation/round_run_sheet.html", {"round": round, "times": _times(round, stories)})


@login_required
@require_safe
def round_prints(request, pk):
    round = get_round_to_run(request.user, pk, now=timezone.now())
    return _prints(request, round, CardsForm(round=round, initial={"number": paper.most_cards(round)}))


@verb("round_prints", "pk")
def make_cards(request, pk):
    round = get_round_to_run(request.user, pk, now=timezone.now())
    form = CardsForm(request.POST, round=round)
    if not form.is_valid():
        return _prints(request, round, form)
    try:
        paper.make_cards(round=round, number=form.cleaned_data["number"])
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("round_prints", pk=round.pk)
    query = urlencode({"number": form.cleaned_data["number"]})
    return redirect(f"{reverse('round_cards', args=[round.pk])}?{query}")


@login_required
@require_safe
def round_cards(request, pk):
    """Ten cards a sheet. Printed again they are the same cards."""
    round = get_round_to_run(request.user, pk, now=timezone.now())
    number, sheets = _sheets(request, round)
    if not sheets:
        return redirect("round_prints", pk=round.pk)
    context = {"round": round, "number": number, "sheets": sheets, "feedback_words": _feedback_words()}
    return render(request, "evaluation/round_cards.html", context)


@login_required
@require_safe
def round_cards_file(request, pk):
    """The same as a PDF, so that each card has its size whatever browser prints it."""
    round = get_round_to_run(request.user, pk, now=timezone.now())
    _, sheets = _sheets(request, round)
    return cards_answer(sheets, feedback_words=_feedback_words()) if sheets else redirect("round_prints", pk=round.pk)


@login_required
@require_safe
def round_paper_list(request, pk):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    guests = []
    if now < round.kept_until:
        openings.opened(Opened.REGISTER, round=round, by=request.user, now=now)
        guests = door_of(round, now=now).on_the_list
    context = {"round": round, "guests": guests, "empty_lines": range(EMPTY_LINES)}
    return render(request, "evaluation/round_paper_list.html", context)


@login_required
@require_safe
def round_paper_form(request, pk):
    """The questions that the box of this Round asks, or will ask, with boxes to tick."""
    round = get_round_to_run(request.user, pk, now=timezone.now())
    asked, items = questionnaires.questions_at(round)
    context = {"round": round, "items": items, "asked": asked}
    return render(request, "evaluation/round_paper_form.html", context)


def _prints(request, round, form):
    deck = CardDeck.objects.filter(round=round).first()
    context = {
        "round": round,
        "form": form,
        "cards_have_use": paper.has_use_for_cards(round),
        "cards": min(deck.cards, paper.most_cards(round)) if deck else 0,
    }
    return render(request, "evaluation/round_prints.html", context)


def _sheets(request, round):
    """How many cards are asked for, and the sheets with them; none where the Round has no deck, or not so many."""
    deck, form = CardDeck.objects.filter(round=round).first(), CardsForm(request.GET, round=round)
    if deck is None or not form.is_valid():
        return 0, []
    address, number = absolute_url("feedback"), form.cleaned_data["number"]
    cards = [
        {"code": in_parts(code), "url": f"{address}?{urlencode({'code': code})}"}
        for code in card_codes(deck.key, number)
    ]
    return number, [cards[first : first + CARDS_A_SHEET] for first in range(0, number, CARDS_A_SHEET)]


def _feedback_words():
    return absolute_url("feedback").partition("://")[2]


def _times(round, stories):
    """When each part begins; `each_story` is a list."""
    minute = (round.ends_at - round.starts_at) / WHOLE
    first, talk = WELCOME, WELCOME + ONE_STORY * stories
    return {
        "welcome": round.starts_at,
        "each_story": [_to_the_minute(round.starts_at + at * minute) for at in range(first, talk, ONE_STORY)],
        "talk": _to_the_minute(round.starts_at + talk * minute),
        "close": _to_the_minute(round.ends_at - CLOSE * minute),
    }


def _to_the_minute(moment):
    return (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)
