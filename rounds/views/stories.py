"""What a storyteller writes down beforehand: their own page, and that of the facilitators they chose.

Both ask for a code by letter first. As on all pages of a storyteller, titles say nothing and the session keeps nothing.
"""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from members.access import today
from members.models.audit import Opened
from members.views.proving import recently_proven
from rounds import access
from rounds.actions import openings, panel, stories
from rounds.colleagues import names_in
from rounds.forms.stories import AllowForm, ShareForm, StoryForm
from rounds.recognition import hints, marked, pieces
from rounds.sealing import CannotOpen
from rounds_site.kit.refusals import Refused

WORDS_A_MINUTE = 130
SAID = {
    "saved": "It is saved",
    "shared": "They can read it now",
    "stopped": "They can no longer read it",
    "deleted": "It is deleted, with the key that opened it. Nobody can bring it back",
    "allowed": "What you allow is saved",
}


@sensitive_post_parameters()
@sensitive_variables()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proven
def my_story(request, pk):
    now = timezone.now()
    storyteller = access.get_preparation(request.user, pk, now=now)
    if not storyteller.has_agreed:
        return redirect("preparation", pk)
    if request.method != "POST":
        return _page(request, storyteller, now)
    form = StoryForm(request.POST)
    if form.is_valid():
        text, version = form.cleaned_data["text"], form.cleaned_data["version"]
        try:
            stories.write(storyteller=storyteller, text=text, seen_version=version, now=now)
        except Refused as refusal:
            form.add_error("text", str(refusal))
        else:
            return _back(pk, "saved" if text else "deleted")
    return _page(request, storyteller, now, form=form)


@sensitive_variables()
@never_cache
@recently_proven
def share_story(request, pk):
    if request.method != "POST":
        return redirect("my_story", pk)
    now = timezone.now()
    storyteller = access.get_preparation(request.user, pk, now=now)
    form = ShareForm(request.POST, storyteller=storyteller, people=storyteller.round.team.facilitating().people())
    if form.is_valid():
        try:
            stories.share(storyteller=storyteller, people=form.chosen, now=now)
        except Refused as refusal:
            form.add_error("readers", str(refusal))
        else:
            return _back(pk, "shared")
    return _page(request, storyteller, now, sharing=form)


# To take something back nobody is asked for a code.


@never_cache
@login_required
def stop_sharing_story(request, pk, reader):
    if request.method != "POST":
        return redirect("my_story", pk)
    storyteller = access.get_preparation(request.user, pk, now=timezone.now())
    stories.stop_sharing(storyteller=storyteller, reader=reader)
    return _back(pk, "stopped")


@never_cache
@login_required
def delete_story(request, pk):
    if request.method != "POST":
        return redirect("my_story", pk)
    storyteller = access.get_preparation(request.user, pk, now=timezone.now())
    stories.delete(storyteller=storyteller)
    return _back(pk, "deleted")


@never_cache
@recently_proven
def allow_uses(request, pk):
    if request.method != "POST":
        return redirect("my_story", pk)
    now = timezone.now()
    storyteller = access.get_preparation(request.user, pk, now=now)
    form = AllowForm(request.POST, storyteller=storyteller)
    if not form.is_valid():
        return redirect("my_story", pk)
    stories.allow(storyteller=storyteller, uses=form.cleaned_data["uses"], now=now)
    return _back(pk, "allowed")


@sensitive_variables()
@never_cache
@recently_proven
@require_safe
def round_story(request, pk, storyteller):
    now = timezone.now()
    found = access.get_story_to_read(request.user, pk, storyteller, now=now)
    openings.opened(Opened.STORY, round=found.round, by=request.user, now=now)
    text, cannot_open = _read(found)
    context = {"round": found.round, "storyteller": found, "cannot_open": cannot_open}
    return render(request, "rounds/round_story.html", context | _about(text, found.round, now))


@sensitive_variables()
def _page(request, storyteller, now, form=None, sharing=None):
    text, cannot_open = _read(storyteller)
    story = getattr(storyteller, "story", None)
    readers = list(storyteller.readers.select_related("person").order_by("person__name", "pk"))
    reading = {each.person_id for each in readers}
    others = [person for person in storyteller.round.team.facilitating().people() if person.pk not in reading]
    allowed = storyteller.consents.values_list("use", flat=True)
    wrong = next((each for each in (form, sharing) if each and each.errors), None)
    context = {
        "storyteller": storyteller,
        "round": storyteller.round,
        "said": SAID.get(request.GET.get("said"), "") if request.method == "GET" else "",
        "text": text,
        "cannot_open": cannot_open,
        "is_written": story is not None,
        "may_write": not panel.is_over(storyteller.round, now),
        "writing": form or StoryForm(initial={"text": text, "version": story.version if story else 0}),
        "readers": readers,
        "sharing": sharing or (ShareForm(storyteller=storyteller, people=others) if others else None),
        "allowing": AllowForm(storyteller=storyteller, initial={"uses": list(allowed)}),
        "form": wrong,
    }
    return render(request, "rounds/my_story.html", context | _about(text, storyteller.round, now))


@sensitive_variables()
def _read(storyteller):
    """(text, whether it does not open)"""
    try:
        return stories.read(storyteller)[0], False
    except CannotOpen:
        return "", True


@sensitive_variables()
def _about(text, round, now):
    """How long it takes to tell, and what in it may give somebody away. No name that is looked up leaves the server."""
    words = len(text.split())
    cut = pieces(text, hints(text, names=names_in(text, round.system, on=today(now))))
    return {"words": words, "minutes": max(1, -(-words // WORDS_A_MINUTE)), "pieces": cut, "marked": marked(cut)}


def _back(pk, said):
    return redirect(f"{reverse('my_story', args=[pk])}?said={said}")
