"""Somebody's diary as a whole: what becomes of its entries when they want their letters otherwise, and the address from
which it may fetch all their places."""

import secrets

from django.db import transaction

from members import postbox
from rounds import emails
from rounds.models import DiaryEntry, DiaryFeed
from rounds.models.diary import digest_of
from rounds_site.kit.acting import acting, for_person

from . import entries, registration


@acting
def follow_letters(person, now):
    """Entries that lie elsewhere than where letters go now are taken out there, and none is put into another diary
    unasked: it may be one that others read. Those that stay are called as the person wants.

    In the order of the Rounds' keys, so that two who change several at once wait for each other and never block.
    """
    for_person(person.pk)
    theirs = DiaryEntry.objects.open().coming(now).filter(booking__person=person.pk)
    if not theirs.exists():
        return
    chosen = postbox.address_for_places(person)
    for round in list(theirs.order_by("booking__round").values_list("booking__round", flat=True)):
        registration.lock(round)
        for entry in theirs.filter(booking__round=round).select_related("booking"):
            _follow(entry, chosen, person.diary_style, now)


def _follow(entry, chosen, style, now):
    if entry.address != chosen:
        entries.take_out(entry, now=now)
        emails.out_of_diary(entry, now=now)
    elif entry.style != style:
        entries.rename(entry, style, now=now)


@transaction.atomic
def make_feed(*, person, now):
    """The token of its address, which is known from now on to nobody but whoever asked. The one before has ended."""
    end_feed(person=person)
    token = secrets.token_urlsafe(24)
    DiaryFeed.objects.create(person=person, digest=digest_of(token), created_at=now)
    return token


def end_feed(*, person):
    return DiaryFeed.objects.filter(person=person).delete()
