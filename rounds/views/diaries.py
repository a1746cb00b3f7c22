"""How a place gets into somebody's diary: by a letter, as a file, or from an address that only they know."""

import hashlib
import re
from uuid import uuid5

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from rounds import calendars
from rounds.access import get_booking, get_diary_feed, get_round_to_attend
from rounds.actions import diaries, registration
from rounds.forms.refusing import refused
from rounds.models import Booking
from rounds.reports.own import for_the_diary
from rounds.states import BookingState, RoundState
from rounds_site.kit.links import absolute_url, verb
from rounds_site.kit.refusals import Refused
from rounds_site.kit.sight import seen_by

from .registration import show

# Four devices that look every five minutes, and some more.
MOST_AN_HOUR = 120
CALENDAR = "text/calendar; charset=utf-8"
IN_DIARY = "We have sent you the diary entry. If the Round moves, the entry moves with it."
OUT_OF_DIARY = "We have written to your diary to take the entry out. Your place stays yours."
FEED_ENDED = "Your diary address has ended. What your diary fetched from it goes when it looks again."


@verb("round_page", "pk")
def add_to_diary(request, pk):
    return _kept(request, pk, registration.keep_in_diary, IN_DIARY)


@verb("round_page", "pk")
def take_out_of_diary(request, pk):
    return _kept(request, pk, registration.take_out_of_diary, OUT_OF_DIARY)


def _kept(request, pk, verb, words):
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    booking = get_booking(request.user, round)
    if booking is None:
        return redirect("round_page", pk)
    try:
        verb(booking=booking, now=now)
    except Refused as refusal:
        return show(request, pk, now, form=refused(refusal))
    messages.success(request, words, extra_tags="for_title")
    return redirect("my_rounds") if "my_rounds" in request.POST else redirect("round_page", pk)


@require_safe
@login_required
def diary_file(request, pk):
    """The entry as a file, for those who want no letter."""
    now = timezone.now()
    round = get_round_to_attend(request.user, pk, now=now)
    booking = get_booking(request.user, round) if round.needs_booking else _as_if_booked(round, request.user, now)
    if booking is None or booking.state != BookingState.PLACE or not round.has_a_date:
        raise Http404
    disposition = 'attachment; filename="diary-entry.ics"'
    return HttpResponse(calendars.file(booking), CALENDAR, headers={"Content-Disposition": disposition})


def _as_if_booked(round, person, now):
    """Of a Round that nobody books: what an entry is made of, and nothing that is saved. The same key each time, so
    that a diary that takes the file twice has one entry. None unless it takes place
    still, since nothing would take it out."""
    if round.state != RoundState.PUBLISHED or now >= round.ends_at:
        return None
    key = uuid5(round.pk, str(person.pk))
    return Booking(pk=key, round=round, person=person, way=round.ways[0], state=BookingState.PLACE)


@verb("my_rounds")
def make_diary_feed(request):
    """Shows the address in the answer itself: a page to come back to would need it to be kept."""
    token = diaries.make_feed(person=request.user, now=timezone.now())
    address = absolute_url("diary_feed", token)
    return render(request, "rounds/diary_address.html", {"address": address, "subscribe": _subscribing(address)})


def _subscribing(address):
    """What opens a diary program at once. Without the s it may ask for the address over an open line first."""
    return re.sub("^http", "webcal", address)


@verb("my_rounds")
def end_diary_feed(request):
    diaries.end_feed(person=request.user)
    messages.success(request, FEED_ENDED, extra_tags="for_title")
    return redirect("my_rounds")


@require_safe
def diary_feed(request, token):
    """Nobody is signed in here, and no cookie is read: whoever has the address sees what its owner would."""
    feed = get_diary_feed(token)
    now = timezone.now()
    if _is_too_often(feed, now):
        return HttpResponse(status=429, headers={"Retry-After": "3600"})
    with seen_by(feed.person):
        body = calendars.feed(feed.person, *for_the_diary(feed.person, now=now))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer = HttpResponse(body, CALENDAR, headers={"ETag": etag, "Cache-Control": "private, no-cache"})
    return get_conditional_response(request, etag=etag, response=answer)


def _is_too_often(feed, now):
    """Counted by the hour and by the row, since no cache may hold the token."""
    count = f"diary-feed:{feed.pk}:{now:%d%H}"
    cache.add(count, 0, timeout=2 * 3600)
    return cache.incr(count) > MOST_AN_HOUR
