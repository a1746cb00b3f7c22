"""Entries in people's diaries, under the lock of their Round, which every caller holds.

Each change that an entry tells of raises its SEQUENCE in the transaction of that change, so that no diary ever holds an
older version against a newer one, in whatever order letters are made and leave.
"""

from django.db.models import Exists, OuterRef

from members.models import Delivery
from members.models.delivery import DeliveryState
from members.models.person import DiaryStyle
from rounds import emails
from rounds.models import DiaryEntry
from rounds_site.kit.acting import counting, on_round


def put_in(booking, address, *, now):
    entry = booking.next_entry()
    entry.address, entry.created_at = address, now
    entry.save(force_insert=True)
    emails.diary_entry(entry, now=now)


def rename(entry, style, *, now):
    entry.style = style
    entry.sequence += 1
    entry.save(update_fields=["style", "sequence"])
    emails.diary_entry(entry, now=now)


def retitle(round, *, now):
    """Those that show the title of the Round show the new one: by a letter to each such diary, and to nobody else. One
    whose letter waits already says it by itself."""
    on_round(round.pk)
    theirs = of_round(round).filter(style=DiaryStyle.PLAIN)
    waiting = Delivery.objects.filter(kind="diary_entry", part=OuterRef("pk"), state=DeliveryState.PENDING)
    to_tell = list(theirs.exclude(Exists(waiting)).select_related("booking__round").order_by("pk"))
    theirs.raised()
    for entry in to_tell:
        entry.sequence += 1
    emails.diary_entries(to_tell, now=now)


def take_out(entry, *, now):
    """For good; whoever calls sees to the letter that says so to the diary."""
    entry.sequence += 1
    entry.ended_at = now
    entry.save(update_fields=["sequence", "ended_at"])


def of_round(round):
    return DiaryEntry.objects.open().filter(booking__round=round.pk)


def not_yet_taken_out(round):
    """Those that ended with news to everybody which has not gone. Newer news drops it at hand-over, so whoever writes
    that, or a letter to one of these people, sees to these entries too."""
    news = Delivery.objects.filter(kind__in=emails.TAKING_OUT, about=round.pk).exclude(state__in=emails.HANDED)
    theirs = news.filter(person=OuterRef("booking__person"), created_at=OuterRef("ended_at"))
    return DiaryEntry.objects.filter(Exists(theirs), booking__round=round.pk)


def end_with_news(round, *, now):
    """All of the Round: the news to everybody that is written at the same moment takes them out."""
    not_yet_taken_out(round).raised(ended_at=now)
    of_round(round).raised(ended_at=now)


def take_out_by_letters(some, *, now):
    """By a letter of its own to each such diary; the places stay."""
    for entry in some.select_related("booking__round"):
        take_out(entry, now=now)
        emails.out_of_diary(entry, now=now)


@counting
def number(round):
    """How many diaries a change of the Round would reach. Counts what lies in diaries that the asker may not see."""
    on_round(round.pk)
    return of_round(round).count()
