"""Entries in the diaries of people who asked for them, and the addresses from which diaries fetch theirs."""

import hashlib

from django.db import models
from django.db.models import F, Q

from members.models.person import DiaryStyle
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class DiaryEntryQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ended_at=None)

    def coming(self, now):
        return self.filter(booking__round__starts_at__gt=now)

    def raised(self, **changes):
        """Each is a newer version of itself; a diary ignores what is not newer than what it has. How many these are."""
        return self.update(sequence=F("sequence") + 1, **changes)


class DiaryEntry(Record):
    """That a booking lies in a diary: put there by a letter to `address` and kept up to date there until it has ended.

    * `sequence` is the SEQUENCE of its latest version. It rises in the transaction of each change that the entry tells
      of, and never for anything else.
    * `style` is what this version is called.
    * An entry that has ended is never opened again: a diary that was told to drop an entry may refuse to take it back.
      The next one has a key, and so a UID, of its own. The first has the key of its booking, so that a file that
      somebody had taken before is the same entry.
    """

    privacy = {Kept.ROUND_30: "booking address style sequence ended_at"}

    booking = models.ForeignKey("rounds.Booking", on_delete=models.CASCADE, related_name="diary_entries")
    address = models.EmailField()
    style = models.CharField(max_length=10, choices=DiaryStyle.choices)
    sequence = models.PositiveIntegerField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DiaryEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking"], condition=Q(ended_at=None), name="diary_entry_open_once"),
            models.CheckConstraint(condition=Q(style__in=DiaryStyle.values), name="diary_entry_known_style"),
        ]


class DiaryFeedQuerySet(models.QuerySet):
    def at(self, token):
        return self.filter(digest=digest_of(token))


class DiaryFeed(Record):
    """That somebody's diary may fetch their places, without signing in. Of the token in its address only a digest is
    kept, so that a copy of the database opens nobody's diary: it is shown once, when it is made."""

    privacy = {Kept.ACCOUNT: "person digest"}

    person = models.OneToOneField("members.Person", on_delete=models.CASCADE, related_name="diary_feed")
    digest = models.CharField(max_length=64, unique=True)

    objects = DiaryFeedQuerySet.as_manager()


def digest_of(token):
    """Without a salt: a token is long and random, so there is nothing to try out."""
    return hashlib.sha256(f"diary feed {token}".encode()).hexdigest()
