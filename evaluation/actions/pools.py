"""The pool of a half-year: the counts of Rounds too small to be shown, together and without any Round beside them.

A pool that is shown while it grows gives back the Round that was counted between two looks. So nobody reads it until
three weeks after the half-year, when no box of it can still be counted. Then what may be shown of it is written down
once, all else of it is destroyed, and whatever is counted later goes nowhere.

A Round adds an item where 5 of its forms answered it, and an item is shown where more than one Round answered it, with
8 answers in all. Which Rounds these were is kept nowhere, nor how many.
"""

from collections import Counter

from django.db import transaction

from evaluation.actions.feedback import leave_no_bytes
from evaluation.disclosure import POOLED_FROM, THRESHOLD
from evaluation.models.results import PoolCount, PoolTally
from evaluation.reports.half_years import HalfYear
from evaluation.reports.small_rounds import closes_at
from members.models import System


def add(*, answers, box, now) -> None:
    """Within the transaction that counts the box, and under the lock of its system. `answers`: (item, value) → how
    many. All rows of the pool are written anew, so that none keeps which Round it came from."""
    half_year = HalfYear.of_round(box.round)
    if now >= closes_at(half_year):
        return
    where = {
        "system_id": box.round.system_id,
        "half_year": half_year.key,
        "questionnaire_id": box.questionnaire_id,
    }
    known = PoolTally.objects.filter(**where)
    before = list(known.order_by("id"))
    sums, several = Counter(enough(answers)), {str(row.item_id) for row in before if row.several}
    several |= {item for item, _ in sums} & {str(row.item_id) for row in before}
    sums.update({(str(row.item_id), row.value): row.n for row in before})
    known.delete()
    PoolTally.objects.bulk_create(
        PoolTally(**where, item_id=item, value=value, n=number, several=item in several)
        for (item, value), number in sorted(sums.items())
    )


def enough(answers):
    """The answers to items which enough of the forms answered.

    >>> enough({("a", 1): 3, ("a", 2): 2, ("b", 1): 4})
    {('a', 1): 3, ('a', 2): 2}
    """
    to_each = answered(answers)
    return {(item, value): number for (item, value), number in answers.items() if to_each[item] >= POOLED_FROM}


def answered(answers) -> Counter:
    """How often each item was answered."""
    to_each = Counter()
    for (item, _), number in answers.items():
        to_each[item] += number
    return to_each


def to_close(now) -> list[tuple]:
    """(system, half-year) of the pools whose time has come."""
    growing = PoolTally.objects.order_by("system_id", "half_year").values_list("system_id", "half_year").distinct()
    return [each for each in growing if now >= closes_at(HalfYear.called(each[1]))]


@transaction.atomic
def close(*, system_id, half_year, now) -> None:
    """Write down what may be shown, once, and destroy the rest. A pool that was closed before stays as it was shown:
    what a counter with another clock added to it since is destroyed."""
    System.objects.select_for_update(no_key=True).get(pk=system_id)
    if now < closes_at(HalfYear.called(half_year)):
        return
    pool = {"system_id": system_id, "half_year": half_year}
    with transaction.atomic(using="box"):
        if not PoolCount.objects.filter(**pool).exists():
            PoolCount.objects.bulk_create(_shown(list(PoolTally.objects.filter(**pool).order_by("id"))))
        PoolTally.objects.filter(**pool).delete()
        transaction.on_commit(leave_no_bytes, using="box", robust=True)


def _shown(tallies):
    to_each = answered({(tally.item_id, (tally.questionnaire_id, tally.value)): tally.n for tally in tallies})
    told = [tally for tally in tallies if tally.several and to_each[tally.item_id] >= THRESHOLD]
    return [
        PoolCount(
            system_id=tally.system_id,
            half_year=tally.half_year,
            questionnaire_id=tally.questionnaire_id,
            item_id=tally.item_id,
            value=tally.value,
            n=tally.n,
        )
        for tally in sorted(told, key=lambda tally: (str(tally.item_id), tally.value))
    ]
