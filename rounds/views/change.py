"""Moving or cancelling a Round: what changes, to what, and who will be told, before anything happens.

The preview carries what was typed and the version it was made for, signed and for half an hour; the last step makes the
same change from it, or says why it no longer fits and shows the preview anew.
"""

from copy import copy
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import systems_where
from members.roles import May
from rounds import clashes, emails
from rounds.access import get_round_to_arrange, get_round_to_run, rounds_to_arrange
from rounds.actions import postponing, scheduling, short_notice
from rounds.forms.change import SILENT, TOLD, RoundInHand, WhatForm
from rounds.forms.refusing import refused
from rounds.forms.rooms import FREED_IN_WORDS, JOINING_HOURS
from rounds.reports import team
from rounds.states import RoundState
from rounds_site.kit.fields import which_of_two
from rounds_site.kit.formats import listed, nhs_date, nhs_moment, nhs_range, thousands
from rounds_site.kit.refusals import Refused
from rounds_site.kit.typed import forget, kept, preview_of, typed_again

PREVIEW_LASTS = timedelta(minutes=30)
LAPSED = "This preview is more than half an hour old. Look again at who will be told, then confirm."
DONE = {
    "when": "The Round has moved. Whoever was told of it gets a letter.",
    "where": "The Round has changed. Whoever was told of it gets a letter.",
    "postpone": "The Round is postponed. Whoever was told of it gets a letter.",
    "new_date": "The Round has a new date. Whoever was told of it gets a letter.",
    "cancel": "The Round is cancelled. Whoever was told of it gets a letter.",
}
VERBS = {
    "words": scheduling.reword,
    "team": scheduling.name_facilitators,
    "ring": short_notice.say_whom_to_ring,
}
# What asks for a reason and no values: what refuses it, and what does it.
CALLS_OFF = {
    "postpone": (postponing.refuse_postponing, postponing.postpone),
    "cancel": (scheduling.refuse_cancelling, scheduling.cancel_round),
}
# {what is counted: (of one person who is all, of some)}
BOOKED = {
    "places": ("who has a place", "with a place"),
    "offered": ("who has an offer", "with an offer"),
    "waiting": ("who waits", "waiting"),
}
UNTOLD_BUT_DIARIES = "Nobody is written to, save diaries that show the title."
OF_THE_ROOM = {"room", "new_name", "new_organisation", "new_address", "new_getting_in", "new_limit", "places"} | {
    "csrfmiddlewaretoken"
}
UNTOLD = "The Round has changed. Nobody was written to."


@require_safe
@login_required
def round_change(request, pk):
    round = get_round_to_arrange(request.user, pk, now=timezone.now())
    facilitates = scheduling.is_facilitator(round, request.user)
    form = WhatForm(request.GET or None, facilitates=facilitates, postponed=round.state == RoundState.POSTPONED)
    if form.is_valid():
        return redirect("round_change_to", pk, form.cleaned_data["what"])
    return render(request, "rounds/round_change.html", {"round": round, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_change_to(request, pk, what):
    """The new values; then, since nothing is saved by that, the preview of them."""
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    if what not in TOLD | SILENT:
        raise Http404
    if what == "team":
        # The team sees who has booked: nobody but its facilitators says who that is.
        round = get_round_to_run(request.user, pk, now=now)
    data = request.POST if request.method == "POST" else kept(request, pk, what)
    form = (TOLD | SILENT)[what](data, draft=RoundInHand(round, person=request.user, now=now))
    if what in SILENT:
        return _put_right(request, round, what, form, now)
    if request.method == "POST" and form.is_valid():
        return preview_of(request, pk, what)
    return _values_or_preview(request, round, what, form, now)


def _put_right(request, round, what, form, now):
    if what == "team" and form.is_bound and form.is_looking:
        form.is_valid()
        form = form.looked_up()
    if not form.is_valid() or getattr(form, "asks_again", False):
        return render(request, "rounds/round_change_to.html", {"round": round, "form": form, "what": what})
    try:
        VERBS[what](round=round, **form.facts(), by=request.user, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return render(request, "rounds/round_change_to.html", {"round": round, "form": form, "what": what})
    messages.success(request, "It is changed. " + (UNTOLD_BUT_DIARIES if what == "words" else "Nobody was written to."))
    still = rounds_to_arrange(request.user, now=now).filter(pk=round.pk).exists()
    return redirect("round_details", round.pk) if still else redirect("organise")


@login_required
def confirm_change(request, pk, what):
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    if request.method != "POST" or what not in TOLD:
        return redirect("round_change", pk)
    token = request.POST.get("preview", "")
    seen, lapsed = _opened(token, round, request.user)
    if seen is None or seen["what"] != what:
        return redirect("round_change_to", pk, what)
    form = TOLD[what](typed_again(seen["typed"]), draft=RoundInHand(round, person=request.user, now=now))
    if lapsed or not form.is_valid():
        return _values_or_preview(request, round, what, form, now, refusal=LAPSED)
    gets_a_date = _gets_a_date(what, round)
    try:
        changed = _make(what, round, form, seen, request.user, now)
    except Refused as refusal:
        round.refresh_from_db()
        return _values_or_preview(request, round, what, form, now, refusal=refusal)
    forget(request)
    is_told = round.published_at and changed.version > seen["version"]
    done = DONE["new_date" if gets_a_date else what]
    messages.success(request, done if is_told else UNTOLD)
    return redirect("round_details", pk)


def _gets_a_date(what, round):
    return what == "when" and round.state == RoundState.POSTPONED


def _make(what, round, form, seen, by, now):
    who = {"seen_version": seen["version"], "seen": seen.get("counted"), "by": by, "now": now}
    if what in CALLS_OFF:
        return CALLS_OFF[what][1](round=round, **form.facts(), **who)
    if _gets_a_date(what, round):
        return postponing.set_new_date(round=round, changes=form.facts(), **who)
    return scheduling.move(round=round, changes=form.facts(), **who)


def _values_or_preview(request, round, what, form, now, refusal=None):
    """The preview of a form that fits; the form itself where it is empty, wrong or refused."""
    page = {"round": round, "form": form, "what": what}
    if not form.is_valid():
        needed = getattr(form, "needed", None)
        return render(request, "rounds/round_change_to.html", page | _ways_out(request, round, form, needed, now))
    try:
        changed, is_told, calls = _changed(what, round, form, request.user, now)
    except Refused as reason:
        form.add_error(getattr(reason, "field", None), str(reason))
        needed = reason.needed if getattr(reason, "field", None) == "places" else None
        return render(request, "rounds/round_change_to.html", page | _ways_out(request, round, form, needed, now))
    if what == "when":
        page["clashes"] = clashes.of_move(round, **form.facts(), person=request.user, now=now)
    told = _told(round, request.user) if is_told else {"quiet": True}
    page |= {"changed": changed, "calls": calls, "preview": _closed(what, round, form, told, request.user)}
    page |= {"told": told, "form": refused(refusal) if refusal else None, "gets_a_date": _gets_a_date(what, round)}
    return render(
        request,
        "rounds/round_change_preview.html",
        page | {"reason": form.facts().get("reason"), "eats": bool(round.food or round.caterer)},
    )


def _ways_out(request, round, form, needed, now):
    """Where the room is too small for those who have a place: what can be done instead, with what was typed."""
    if not needed:
        return {}
    typed = [(name, value) for name, values in form.data.lists() if name not in OF_THE_ROOM for value in values]
    rooms = [(room, max(needed, min(round.places, room.room_limit))) for room in form.rooms_for(needed)]
    may_plan = systems_where(request.user, May.PLAN_ROUNDS, now=now).filter(pk=round.system_id).exists()
    return {"ways_out": {"needed": needed, "rooms": rooms, "typed": typed, "may_plan": may_plan}}


def _changed(what, round, form, by, now):
    """(question, as it is, as it will be) of everything that differs, whether people are written to for it, and whom to
    ring if it comes at short notice."""
    after = copy(round)
    if what in CALLS_OFF:
        refuse, _ = CALLS_OFF[what]
        refuse(round, now=now)
        return [], True, _calls(after, round, {"starts_at"}, now) if round.has_a_date else None
    if _gets_a_date(what, round):
        postponing.apply_new_date(after, form.facts(), by=by, now=now)
        after.state = postponing.state_with_a_date(after)
        return _differing(round, after), True, _calls(after, after, {"starts_at"}, now)
    scheduling.apply_changes(after, form.facts(), by=by, now=now)
    rows = _differing(round, after)
    if not rows:
        raise Refused("Nothing would change. Enter what is different, or leave the Round as it is.")
    differs = scheduling.what_changes(round, after)
    calls = _calls(after, round, differs, now) if round.has_a_date else None
    return rows, scheduling.is_told(round, differs), calls


def _differing(round, after):
    pairs = zip(_in_words(round).items(), _in_words(after).values(), strict=True)
    return [[name, old, new] for (name, old), new in pairs if old != new]


def _calls(after, round, differs, now):
    is_urgent = short_notice.note(after, round, differs, now=now)
    return team.whom_to_ring(after, also=round.venue) if is_urgent else None


def _in_words(round):
    return {
        "When": _when(round),
        "Room": str(round.venue or "None"),
        "How to join online": round.joining_details or "None",
        "People see how to join": JOINING_HOURS.get(round.joining_hours, f"{round.joining_hours} hours before"),
        "Places in the room": thousands(round.places or 0),
        "Places online": thousands(round.online_places or 0),
        **(_booking_in_words(round) if round.needs_booking else {}),
    }


def _booking_in_words(round):
    return {
        "A freed place": FREED_IN_WORDS[round.gives_outright],
        "Booking opens": nhs_moment(round.booking_opens_at),
        "Booking closes": nhs_moment(round.booking_closes_at),
    }


def _when(round):
    if not round.has_a_date:
        return "Postponed, without a date"
    twice = "".join(f". {words}" for words in map(which_of_two, (round.starts_at, round.ends_at)) if words)
    return f"{nhs_date(round.starts_at)}, {nhs_range(round.starts_at, round.ends_at)}{twice}"


def _told(round, person):
    """How many are written to, and whether anybody is (`by_letter`); for whoever may not see bookings no number, and as
    if somebody were, since a difference would tell theirs.

    The panel is never counted, and others than its facilitators read of it the same where there is none.
    """
    runs = scheduling.is_facilitator(round, person)
    panel = ("letter" if round.panel.exists() else "none") if runs else "unknown"
    if not round.published_at:
        return {"nobody": True, "panel": panel}
    if not runs:
        return {
            "panel": panel,
            "words": [f"{way.label}: {round.availability_for(way).label.lower()}" for way in round.ways],
            "by_letter": True,
        }
    people, contacts = emails.told_of_changes(round)
    counted = scheduling.counted(round)
    told = {"panel": panel, "people": len(people), "contacts": len(contacts), "counted": counted}
    told["among"] = _among(counted, len(people))
    told["by_letter"] = bool(people or contacts or panel == "letter")
    return told | {"entries": counted["entries"], "eating": team.eating([round])[round.pk]}


def _among(counted, people):
    """What follows upon the number of people: who of them has a place, has an offer or waits."""
    booked = {name: counted[name] for name in BOOKED if counted[name]}
    if sum(booked.values()) != people:
        words = listed(f"the {_one_or(number)} {BOOKED[name][1]}" for name, number in booked.items())
        return f": the same letter{f', {words} among them' if words else ''}"
    if len(booked) == 1:
        [(alone, of_each)] = [BOOKED[name] for name in booked]
        return f", {alone if people == 1 else f'all {of_each}'}: the same letter"
    return f", {listed(f'{_one_or(number)} {BOOKED[name][1]}' for name, number in booked.items())}: the same letter"


def _one_or(number):
    return "one" if number == 1 else thousands(number)


def _closed(what, round, form, told, person):
    typed = {name: values for name, values in form.data.lists() if name != "csrfmiddlewaretoken"}
    seen = {"version": round.version, "counted": told.get("counted", {})}
    return _signer(round, person).sign_object({"what": what, "typed": typed} | seen)


def _opened(token, round, person):
    """What the preview said, and whether its time is over; None where this Round and person had no such preview."""
    signer = _signer(round, person)
    try:
        return signer.unsign_object(token, max_age=PREVIEW_LASTS), False
    except signing.SignatureExpired:
        return signer.unsign_object(token), True
    except signing.BadSignature:
        return None, False


def _signer(round, person):
    return signing.TimestampSigner(salt=f"change:{round.pk}:{person.pk}")
