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

from rounds import emails
from rounds.access import get_round_to_arrange, get_round_to_run, rounds_to_arrange
from rounds.actions import scheduling
from rounds.forms.change import SILENT, TOLD, RoundInHand, WhatForm
from rounds.forms.draft import typed_again
from rounds.forms.refusing import refused
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_range, thousands
from rounds_site.kit.refusals import Refused

PREVIEW_LASTS = timedelta(minutes=30)
LAPSED = "This preview is more than half an hour old. Look again at who will be told, then confirm."
DONE = {
    "when": "The Round has moved. Everyone who was told of it gets a letter.",
    "where": "The Round has changed. Everyone who was told of it gets a letter.",
    "cancel": "The Round is cancelled. Everyone who was told of it gets a letter.",
}
UNTOLD = "The Round has changed. Nobody was written to."


@require_safe
@login_required
def round_change(request, pk):
    round = get_round_to_arrange(request.user, pk, now=timezone.now())
    form = WhatForm(request.GET or None, facilitates=scheduling.is_facilitator(round, request.user))
    if form.is_valid():
        return redirect("round_change_to", pk, form.cleaned_data["what"])
    return render(request, "rounds/round_change.html", {"round": round, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_change_to(request, pk, what):
    """The new values; then, since nothing is saved by that, the preview as the answer to the POST."""
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    if what not in TOLD | SILENT:
        raise Http404
    if what == "team":
        # The team sees who has booked: nobody but its facilitators says who that is.
        round = get_round_to_run(request.user, pk, now=now)
    data = request.POST if request.method == "POST" else None
    form = (TOLD | SILENT)[what](data, draft=RoundInHand(round, person=request.user, now=now))
    if what in SILENT:
        return _put_right(request, round, what, form, now)
    return _values_or_preview(request, round, what, form, now)


def _put_right(request, round, what, form, now):
    if what == "team" and form.is_bound and form.is_looking:
        form.is_valid()
        form = form.looked_up()
    if not form.is_valid() or getattr(form, "asks_about_one", False):
        return render(request, "rounds/round_change_to.html", {"round": round, "form": form, "what": what})
    verb = scheduling.reword if what == "words" else scheduling.name_facilitators
    try:
        verb(round=round, **form.facts(), by=request.user, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return render(request, "rounds/round_change_to.html", {"round": round, "form": form, "what": what})
    messages.success(request, "It is changed. Nobody was written to.")
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
    try:
        changed = _make(what, round, form, seen["version"], request.user, now)
    except Refused as refusal:
        round.refresh_from_db()
        return _values_or_preview(request, round, what, form, now, refusal=refusal)
    is_told = round.published_at and changed.version > seen["version"]
    messages.success(request, DONE[what] if is_told else UNTOLD)
    return redirect("round_details", pk)


def _make(what, round, form, version, by, now):
    if what == "cancel":
        return scheduling.cancel_round(round=round, **form.facts(), seen_version=version, by=by, now=now)
    return scheduling.move(round=round, changes=form.facts(), seen_version=version, by=by, now=now)


def _values_or_preview(request, round, what, form, now, refusal=None):
    """The preview of a form that fits; the form itself where it is empty, wrong or refused."""
    page = {"round": round, "form": form, "what": what}
    if not form.is_valid():
        return render(request, "rounds/round_change_to.html", page)
    try:
        changed, is_told = _changed(what, round, form, request.user, now)
    except Refused as reason:
        form.add_error(getattr(reason, "field", None), str(reason))
        return render(request, "rounds/round_change_to.html", page)
    page |= {"changed": changed, "preview": _closed(what, round, form, request.user)}
    told = _told(round, request.user) if is_told else {"quiet": True}
    page |= {"told": told, "form": refused(refusal) if refusal else None}
    return render(request, "rounds/round_change_preview.html", page | {"reason": form.facts().get("reason")})


def _changed(what, round, form, by, now):
    """(question, as it is, as it will be) of everything that differs, and whether people are written to for it."""
    if what == "cancel":
        scheduling.refuse_cancelling(round, now=now)
        return [], True
    after = copy(round)
    scheduling.apply_changes(after, form.facts(), by=by, now=now)
    pairs = zip(_in_words(round).items(), _in_words(after).values(), strict=True)
    rows = [[name, old, new] for (name, old), new in pairs if old != new]
    if not rows:
        raise Refused("Nothing would change. Enter what is different, or leave the Round as it is.")
    return rows, scheduling.is_told(scheduling.what_changes(round, after))


def _in_words(round):
    return {
        "When": f"{nhs_date(round.starts_at)}, {nhs_range(round.starts_at, round.ends_at)}",
        "Room": str(round.venue or "None"),
        "How to join online": round.joining_details or "None",
        "Places in the room": thousands(round.places or 0),
        "Places online": thousands(round.online_places or 0),
        "Booking opens": nhs_moment(round.booking_opens_at),
        "Booking closes": nhs_moment(round.booking_closes_at),
    }


def _told(round, person):
    """How many are written to; for whoever may not see bookings no number, since a difference would tell theirs.

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
        }
    people, contacts = emails.told_of_changes(round)
    bookings = round.bookings
    return {
        "panel": panel,
        "people": len(people),
        "contacts": len(contacts),
        "places": bookings.with_a_place().count(),
        "waiting": bookings.waiting().count(),
        "entries": bookings.with_a_place().filter(in_diary=True).count(),
    }


def _closed(what, round, form, person):
    typed = {name: values for name, values in form.data.lists() if name != "csrfmiddlewaretoken"}
    return _signer(round, person).sign_object({"what": what, "version": round.version, "typed": typed})


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
