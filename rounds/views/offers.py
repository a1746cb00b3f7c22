"""For any member of staff: saying to whom they choose that they might tell a story, and seeing that they were asked."""

from collections import defaultdict
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from members.access import today
from members.models import Membership
from rounds.access import finders_of, systems_to_offer_a_story_in
from rounds.actions import approaches, offers, themes
from rounds.forms.voices import OfferForm, ReadersForm, SuggestForm
from rounds.models import Approach, Offer, Theme
from rounds_site.kit.formats import listed
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

from .themes import colleagues


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tell_a_story(request):
    now = timezone.now()
    systems = list(systems_to_offer_a_story_in(request.user, now=now))
    offered = Offer.objects.standing(now).filter(person=request.user).select_related("reader", "system")
    offered = list(offered.order_by("pk"))
    gone = offers.not_read(offered, now=now)
    form = _form(request, systems, offered, now) if gone or not offered else None
    if form and form.is_valid():
        write = offers.choose_again if offered else partial(offers.make, **form.words())
        try:
            write(person=request.user, readers=form.chosen, now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "It is sent to those you ticked, and to nobody else.")
            return redirect("tell_a_story")
    asked = Approach.objects.standing(now).filter(person=request.user).select_related("by", "system")
    context = {
        "systems": systems,
        "offered": offered,
        "readers": listed(str(each.reader) for each in offered if each not in gone),
        "gone": [str(each.reader) for each in gone],
        "form": form,
        "asked": asked.order_by("-created_at", "pk"),
    }
    return render(request, "rounds/tell_a_story.html", context)


def _form(request, systems, offered, now):
    """What it says, and to whom; of what is written already only to whom it goes beside. None where there is nobody."""
    finders, read_by = {}, [each.reader_id for each in offered]
    for system in systems:
        people = finders_of(system, now=now).exclude(pk__in=[request.user.pk, *read_by])
        works = _employers(people, system, today(now))
        for person in people:
            finders.setdefault(str(person.pk), (system, person, ", ".join(works[person.pk])))
    if not finders:
        return None
    data = request.POST if request.method == "POST" else None
    if offered:
        return ReadersForm(data, finders=finders)
    kept = Theme.objects.filter(system__in=systems, is_suggested=False).order_by("title")
    titles = list(dict.fromkeys(kept.values_list("title", flat=True)))
    return OfferForm(data, finders=finders, themes=titles)


def _employers(people, system, on):
    """{key of a person: names of those they work for in that system}"""
    found = defaultdict(list)
    jobs = Membership.objects.in_force(on).within(system, on=on).filter(person__in=people)
    for person, name in jobs.order_by("organisation__name").values_list("person", "organisation__name"):
        found[person].append(name)
    return found


@verb("tell_a_story")
def take_back_offer(request):
    offers.take_back(person=request.user)
    messages.success(request, "It is taken back, and nothing of it is kept.")
    return redirect("tell_a_story")


@verb("tell_a_story")
def leave_voices(request):
    approaches.take_out_all_of(person=request.user)
    messages.success(request, "You stand in the list no more.")
    return redirect("tell_a_story")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def suggest_theme(request):
    now = timezone.now()
    systems = list(systems_to_offer_a_story_in(request.user, now=now))
    form = SuggestForm(request.POST if request.method == "POST" else None, systems=systems) if systems else None
    points = form.points_at(partial(colleagues, form.system, now)) if form and form.is_valid() else []
    if form and form.is_valid() and not points:
        themes.add(key=form.cleaned_data["key"], system=form.system, **form.words(), is_suggested=True, now=now)
        messages.success(request, "Thank you. Your theme is suggested, without your name.")
        return redirect("tell_a_story")
    return render(request, "rounds/suggest_theme.html", {"form": form, "points": points})
