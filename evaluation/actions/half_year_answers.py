"""What is shown of the answers of each half-year that is over is kept beside the counts, for figures of many years.

Whatever changes those counts afterwards forgets it, and the next turn of the clock makes it anew: until then that
half-year stands in no trend. A release that shows answers by other rules empties the table in its migration.
"""

from django.db import transaction
from django.db.models import OuterRef, Subquery

from evaluation.models import EventFacts
from evaluation.models.results import HalfYearAnswers
from evaluation.reports.feedback_over_time import shares_of
from evaluation.reports.half_years import HalfYear, between, closes_at
from evaluation.reports.system import HELD
from members.models import System
from rounds.states import RoundState


def to_keep(now) -> list[tuple[System, HalfYear]]:
    """The half-years that are over and not kept, from that of the first Round held to that of the last. One of which a
    Round is over and not marked as held waits for that: its answers may be counted already."""
    over = HalfYear.at(now).before()
    over = over if now >= closes_at(over) else over.before()
    done = {*HalfYearAnswers.objects.order_by().values_list("system_id", "half_year"), *_unfinished(now)}
    return [
        (system, half_year)
        for system in _with_rounds_held()
        for half_year in _between(HalfYear.at(system.first), min(HalfYear.at(system.last), over))
        if (system.pk, half_year.key) not in done
    ]


def _with_rounds_held():
    held = EventFacts.objects.filter(system=OuterRef("pk"), state__in=HELD).order_by("starts_at")
    ends = {"first": held, "last": held.reverse()}
    found = System.objects.annotate(**{name: Subquery(rows.values("starts_at")[:1]) for name, rows in ends.items()})
    return found.exclude(first=None).order_by("code")


def _unfinished(now):
    waiting = EventFacts.objects.filter(state=RoundState.PUBLISHED, ends_at__lte=now).order_by()
    return {(system, HalfYear.at(starts_at).key) for system, starts_at in waiting.values_list("system_id", "starts_at")}


def _between(first, last):
    return between(first, last)[::-1] if first <= last else []


@transaction.atomic
def keep(*, system, half_year) -> None:
    """Under the lock under which its boxes are counted and its past Rounds imported: what they change is not missed."""
    System.objects.select_for_update(no_key=True).get(pk=system.pk)
    shares = shares_of(system, half_year)
    of = {"system_id": system.pk, "half_year": half_year.key}
    HalfYearAnswers.objects.update_or_create(**of, defaults={"shares": shares})


def forget(*, system_id, half_years) -> None:
    """Within the transaction in `box` that changes their counts."""
    keys = {half_year.key for half_year in half_years}
    HalfYearAnswers.objects.filter(system_id=system_id, half_year__in=keys).delete()
