"""What people need at a Round: said by each for themself, read by its facilitators as lists without names."""

from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.exports import csv_answer
from rounds.access import get_booking, get_round_to_attend, get_round_to_run
from rounds.actions import catering
from rounds.actions import needs as actions
from rounds.forms.catering import FoodForm
from rounds.forms.needs import NeedsForm
from rounds.models import Needs
from rounds.models.needs import KEPT_AFTER
from rounds.reports import standing
from rounds.reports.standing import Standing
from rounds.reports.team import eating
from rounds.states import Diet
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

SAVED = "It is saved. It goes by itself 24 hours after the Round, or at once if you give your place back."
NOTHING = "You have told us nothing, and that is fine. You still can, until the Round begins."
TAKEN_AWAY = "What you had told us is deleted, and that is fine. You can tell us again until the Round begins."


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def needs(request, pk):
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    seen = standing.seen(round, get_booking(request.user, round), now=now)
    if seen.standing != Standing.PLACE or seen.has_begun:
        return redirect("round_page", pk)
    mine = Needs.objects.filter(round=round, person=request.user).first()
    initial = {name: getattr(mine, name) for name in ("access", "diet", "food")} if mine else {}
    posted = request.POST if request.method == "POST" else None
    form = NeedsForm(posted, initial=initial, eats=bool(round.food) and not seen.comes_online)
    if form.is_valid():
        try:
            said = actions.say(round=round, person=request.user, **form.facts, now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, SAVED if said else TAKEN_AWAY if mine else NOTHING)
            return redirect("round_page", pk)
    return render(request, "rounds/needs.html", {"round": round, "form": form})


@require_safe
@login_required
def round_catering(request, pk):
    """For the Round's facilitators alone, since the numbers are those of places. What is needed to get in is not for
    the caterer, and stands apart from food: two lists that nobody can lay side by side."""
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    return _catering(request, round, now)


def _catering(request, round, now, form=None):
    said = [] if now >= round.ends_at + KEPT_AFTER else list(round.needs.all())
    order = getattr(round, "food_order", None)
    given = {"people": order.people, "order_by": order.order_by} if order else None
    people, ordered = 0 if now >= round.kept_until else _eating(round), order and order.people
    context = {
        "round": round,
        "people": people,
        "ordered": ordered,
        "is_right": ordered and order.is_right_for(people),
        "takes_orders": bool(round.food) and now < round.ends_at,
        "is_late": timezone.localdate(now) > round.food_by,
        "form": form or FoodForm(initial=given, auto_id="food-%s"),
        "food": {"caption": "What they eat", "head": ["Food", "How many"], "rows": _food(said)},
        "access": sorted(each.access for each in said if each.access),
        "is_over": now >= round.ends_at + KEPT_AFTER,
    }
    return render(request, "rounds/round_catering.html", context)


@verb("round_catering", "pk")
def order_food(request, pk):
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    form = FoodForm(request.POST, auto_id="food-%s")
    if form.is_valid():
        try:
            catering.order(round=round, **form.cleaned_data, by=request.user, now=now)
        except Refused as refusal:
            form.add_error("order_by", str(refusal))
        else:
            messages.success(request, "It is saved. When the number changes, the page of the Round says so.")
            return redirect("round_catering", pk)
    return _catering(request, round, now, form)


@require_safe
@login_required
def catering_file(request, pk):
    """The caterer's list: food and numbers, never access, never a name."""
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    said = [] if now >= round.ends_at + KEPT_AFTER else list(round.needs.all())
    people = 0 if now >= round.kept_until else _eating(round)
    rows = [["People with a place in the room", people], *_food(said)]
    return csv_answer(name="food", head=["Food", "How many"], rows=rows)


def _eating(round):
    return eating([round])[round.pk]


def _food(said):
    """[words, how many], in the order of the words, which is that of nobody's coming."""
    words = Counter(filter(None, map(_in_words, said)))
    return [[each, words[each]] for each in sorted(words)]


def _in_words(each):
    diet = [Diet(code).label for code in each.diet]
    diet = [diet[0], *map(str.lower, diet[1:])] if diet else []
    return ", ".join([*diet, *([each.food] if each.food else [])])
