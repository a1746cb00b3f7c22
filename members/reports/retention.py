"""What is kept and until when, and what was destroyed: class by class, and nothing that tells whose it was."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Max

from members.models import Destruction, RetentionPass
from members.registry import Keeping, keepings

HEAD = ["| what | what for | who sees it | kept | what remains | ended by |", "|---|---|---|---|---|---|"]


def by_the_clock():
    return [keeping for keeping in keepings if keeping.due]


def to_read():
    """All classes as people read of them: who they are first, then what they do. The clock goes the other way."""
    backwards = list(keepings)[::-1]
    apps = list(dict.fromkeys(map(_app, backwards)))
    return sorted(backwards, key=lambda keeping: apps.index(_app(keeping)))


def _app(keeping):
    return keeping.covers[0].partition(".")[0]


def passed_at():
    """When the clock last went through all classes, or None."""
    return RetentionPass.objects.filter(name=RetentionPass.ALL).values_list("done_at", flat=True).first()


def is_whole():
    """Whether nothing of what was due at the last pass is left."""
    return not RetentionPass.objects.filter(left__gt=0).exists()


def last_destroyed(name):
    """The month in which something of that class last went by its time, or None."""
    return Destruction.objects.filter(name=name).aggregate(last=Max("month"))["last"]


@dataclass(frozen=True)
class Line:
    """Of one class: when it was last gone through, the month in which something of it last went, and when the next is
    due where everybody may know."""

    keeping: Keeping
    done_at: dt.datetime | None
    last: dt.date | None
    next_due: dt.date | None


def lines(now):
    done = dict(RetentionPass.objects.values_list("name", "done_at"))
    last = dict(Destruction.objects.order_by().values("name").annotate(last=Max("month")).values_list("name", "last"))
    return [
        Line(keeping, done.get(keeping.name), last.get(keeping.name), keeping.next_due(now))
        for keeping in to_read()
        if keeping.due
    ]


def in_a_table():
    """The lines of docs/privacy.md."""
    return [*HEAD, *map(_in_a_row, to_read())]


def _in_a_row(each):
    ended = "; ".join(filter(None, ["the clock, each hour" if each.due else "", each.ends]))
    said = [f"**{each.title}** (`{each.name}`)", each.purpose, each.seen_by, each.until.value, each.remains, ended]
    return f"| {' | '.join(said)} |"
