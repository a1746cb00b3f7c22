"""How the letters of a system do, as numbers that name nobody.

Of personal letters nothing here moves with what somebody does today. Else whoever looks could book, look again and
learn the step; or stop an address, and learn whether its owner books.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Count, IntegerField, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from members import postbox
from members.access import today
from members.models import Delivery, Membership, Pace, Suppression, System
from members.models.delivery import DeliveryState, Settled
from members.models.lane import Reason, Why
from members.registry import letters as kinds
from members.registry import namings, title_of
from rounds_site.kit.formats import nearest, nhs_date, nhs_time, thousands
from rounds_site.kit.moments import midnight

PERSONAL, BULK = 0, 1
LATE = dt.timedelta(minutes=15)
HOUR = dt.timedelta(hours=1)
COARSE = 50
FEW = 8
SHOWN = 50
# More letters in one state than these are not counted.
MANY = 5_000
FINISHED = {
    DeliveryState.SENT: "Sent",
    DeliveryState.FAILED: "Refused by the mail relay",
    DeliveryState.CANCELLED: "Dropped, because nobody needed them any more",
}
WHY = {
    Reason.CLOCK: "because the clock of the computer that sends them has jumped",
    Reason.RELAY: "because the mail relay asked us to come more slowly",
}


def coarsely(number):
    """
    >>> coarsely(0), coarsely(49), coarsely(50), coarsely(1234), coarsely(MANY + 1)
    ('None', 'Fewer than 50', 'About 50', 'About 1,250', 'More than 5,000')
    """
    if not number:
        return "None"
    if number > MANY:
        return exactly(number)
    return f"About {thousands(COARSE * nearest(number / COARSE))}" if number >= COARSE else f"Fewer than {COARSE}"


def exactly(number):
    """
    >>> exactly(4312), exactly(MANY + 1)
    ('4,312', 'More than 5,000')
    """
    return thousands(number) if number <= MANY else f"More than {thousands(MANY)}"


@dataclass(frozen=True)
class Lane:
    """`late_since`: of personal letters, since when the oldest that may go has been due, where that is long ago; of
    letters to many, since when none has gone though some may."""

    rank: int
    paused_until: dt.datetime | None = None
    why: str = ""
    held_since: dt.datetime | None = None
    late_since: dt.datetime | None = None
    full_today: bool = False

    @property
    def stands(self):
        return bool(self.paused_until or self.held_since)


class SomeOf(Subquery):
    """How many rows there are, or one more than ``MANY``: the others are not read."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) letters)"
    output_field = IntegerField()

    def __init__(self, rows):
        super().__init__(rows.order_by().values("pk")[: MANY + 1])


def table(letters, *, system, now):
    """By state and lane, in one query. Of personal letters: those finished before today, to the nearest fifty."""
    many, personal = letters.filter(lane_rank=BULK), letters.filter(lane_rank=PERSONAL)
    pending, settled = many.filter(state=DeliveryState.PENDING), personal.filter(finished_at__lt=midnight(today(now)))
    counted = {
        "Wait for their day or their turn": [pending.filter(due_at__gt=now)],
        "Due": [pending.filter(due_at__lte=now)],
        "Leaving now": [many.filter(state__in=[DeliveryState.CLAIMED, DeliveryState.HANDING])],
        **{words: [many.filter(state=state), settled.filter(state=state)] for state, words in FINISHED.items()},
        "Uncertain": [each.filter(state=DeliveryState.UNCERTAIN) for each in (many, personal)],
    }
    asked = [SomeOf(rows) for of_lanes in counted.values() for rows in of_lanes]
    found = iter(System.objects.filter(pk=system.pk).values_list(*asked).get())
    numbers = {words: [next(found) for _ in of_lanes] for words, of_lanes in counted.items()}
    rows = [[words, exactly(number), coarsely(*rest) if rest else None] for words, (number, *rest) in numbers.items()]
    rows[-1] = ["Uncertain", *map(exactly, numbers["Uncertain"])]
    return {"caption": "Letters by state", "head": ["State", "To many", "Personal"], "rows": rows}


def lanes(letters, *, system, systems, now):
    """Both, as this system's letters find them; `systems` are all that there are."""
    return standing(letters, system=system, systems=systems, now=now)[0]


def standing(letters, *, system, systems, now):
    """(``lanes``, how many uncertain messages ask somebody what is to become of them)"""
    paces = {pace.lane_rank: pace for pace in Pace.objects.order_by("lane_rank")}
    personal, many = paces.get(PERSONAL, Pace()), paces.get(BULK, Pace())
    speaking = letters.exclude(system__in=silent(systems, now))
    oldest = _oldest(letters, PERSONAL, now), _oldest(speaking, BULK, now - LATE)
    asking = letters.asks_for_a_word().order_by().values(all=Value(1))
    asking = asking.annotate(number=Count("message_id", distinct=True)).values("number")
    moments = *oldest, Subquery(_last_to_many()), Coalesce(Subquery(asking), 0)
    [(due, due_to_many, last, uncertain)] = System.objects.filter(pk=system.pk).values_list(*moments)
    return [
        _lane(PERSONAL, personal, due if due and now - due > LATE else None, system, now),
        _lane(BULK, many, _standing_since(many, due_to_many, last, now), system, now),
    ], uncertain


def _oldest(letters, lane, now):
    return Subquery(letters.due(now).filter(lane_rank=lane).order_by("due_at").values("due_at")[:1])


def _last_to_many():
    handed = Delivery.objects.filter(lane_rank=BULK, handed_at__isnull=False)
    return handed.order_by("-handed_at").values("handed_at")[:1]


def standing_since(letters, pace, now):
    """Since when no letter to many has gone, though for a good while some might have; None where all is well."""
    speaking = letters.exclude(system__in=silent(System.objects.all(), now))
    oldest = speaking.oldest_due(now - LATE, lane_rank=BULK)
    last = _last_to_many().values_list("handed_at", flat=True).first() if oldest else None
    return _standing_since(pace, oldest, last, now)


def silent(systems, now):
    """Keys of those whose letters to many waited by quiet hours or an administrator's word, until a short while ago."""
    return {each.pk for each in systems if _keeps_quiet(each, now) or _keeps_quiet(each, now - LATE)}


def _standing_since(pace, oldest, last, now):
    """Since they keep to a pace, the last of many may be due for hours: that alone is no fault. Nor is it one that they
    stood still by day's number or a pause, until a short while ago."""
    before = now - LATE
    if not oldest or pace.stands(before) or _is_full(pace, now) or _is_full(pace, before):
        return None
    since = max(oldest, last) if last else oldest
    return since if now - since > LATE else None


def _keeps_quiet(system, now):
    return bool(system.letters_held_at or system.quiet_until_when(now))


def _is_full(pace, now):
    return pace.day == today(now) and 0 < settings.BULK_PER_DAY <= pace.handed


def _lane(rank, pace, late, system, now):
    stands = pace.stands(now)
    return Lane(
        rank=rank,
        paused_until=pace.paused_until if stands else None,
        why=WHY[pace.reason] if stands else "",
        held_since=system.letters_held_at if rank == BULK else None,
        late_since=late,
        full_today=rank == BULK and _is_full(pace, now),
    )


@dataclass
class Group:
    """The uncertain letters of one kind, counted as messages. `open` still ask for a word, and `fresh` of them may go
    again; `asked` wait to go again, `stayed` did not go after all."""

    kind: str
    title: str
    open: int = 0
    fresh: int = 0
    asked: int = 0
    stayed: int = 0
    shown: list = field(default_factory=list)

    @property
    def more(self):
        return self.open - len(self.shown)


@dataclass(frozen=True)
class Uncertain:
    """One message: in which hour it was handed over, and about which Rounds, where everybody has the same words."""

    pk: object
    kind: str
    when: str
    about: list
    fresh: bool


def uncertain(letters):
    """[Group] by title."""
    rows = letters.filter(state=DeliveryState.UNCERTAIN)
    groups = {}
    numbers = rows.values("kind", "settled").annotate(number=Count("message_id", distinct=True)).order_by()
    for each in numbers.exclude(settled=Settled.LEFT):
        group = groups.setdefault(each["kind"], Group(each["kind"], title_of(each["kind"])))
        _count(group, each["settled"], each["number"])
    for one in _shown(letters.asks_for_a_word()):
        groups[one.kind].shown.append(one)
    return sorted(groups.values(), key=lambda group: group.title)


def _count(group, settled, number):
    if settled in ("", Settled.GONE):
        group.open += number
    if settled == "":
        group.fresh += number
    elif settled != Settled.GONE:
        setattr(group, settled, number)


def _shown(rows):
    """The latest; those that left in one message together."""
    messages = defaultdict(list)
    for row in rows.order_by("-handed_at", "pk")[: 2 * SHOWN]:
        messages[row.message_id or row.pk].append(row)
    some = list(messages.values())[:SHOWN]
    keys = [row.about for message in some for row in message if _may_be_named(row)]
    names = {key: words for naming in namings for key, words in naming.words(keys).items()} if keys else {}
    return [_as_shown(message, names) for message in some]


def _as_shown(message, names):
    first = message[0]
    hour = timezone.localtime(first.handed_at).replace(minute=0, second=0, microsecond=0)
    when = f"between {nhs_time(hour)} and {nhs_time(hour + HOUR)} on {nhs_date(hour)}"
    about = sorted({names[row.about] for row in message if _may_be_named(row) and row.about in names})
    return Uncertain(first.pk, first.kind, when, about, fresh=first.settled == "")


def _may_be_named(row):
    told = kinds[row.kind].told if row.kind in kinds else None
    return bool(told and told.names_its_round and row.system)


def unwritten(system, *, now):
    """How many addresses are written to no more, and why, in words."""
    rows = Suppression.objects.filter(Q(system=None) | Q(system=system))
    numbers = dict(rows.values_list("why").annotate(Count("pk")).order_by())
    stopped = _who_stopped_invitations(system, now)
    return {
        "refused": thousands(numbers.get("refused", 0)),
        "stopped": thousands(numbers.get("stopped", 0)),
        "unsubscribed": thousands(stopped) if stopped >= FEW or not stopped else f"Fewer than {FEW}",
    }


def not_reached(person):
    """Of the addresses to which letters for somebody go: [(address, whether its mail system knows no such mailbox, whom
    to ask)]; the others were stopped by an administrator."""
    addresses = dict.fromkeys(filter(None, (person.email, postbox.address_for_places(person))))
    system = System.objects.of_this_portal()
    found = []
    for address in addresses:
        rows = list(Suppression.objects.of(address).select_related("system").order_by("created_at", "pk"))
        if rows:
            whose = next((row.system for row in rows if row.system), system)
            found.append((address, any(row.why == Why.REFUSED for row in rows), whose.contact if whose else ""))
    return found


def _who_stopped_invitations(system, now):
    jobs = Membership.objects.in_force(today(now)).within(system, on=today(now))
    stopped = jobs.filter(person__is_active=True, person__invitations_stopped_at__isnull=False)
    return stopped.values("person").distinct().count()
