"""The pool of a half-year: the counts of Rounds too small to be shown, together and without any Round beside them.

A pool that is shown while it grows gives back the Round that was counted between two looks; and so would two copies of
the database. So it lies sealed, is written anew at every counting of its half-year, and nobody reads it until
three weeks after the half-year, when no box of it can still be counted. Then what may be shown of it is written down
once, all else of it is destroyed, and whatever is counted later goes nowhere.

A Round adds an item where 5 of its forms answered it, and an item is shown where more than one Round answered it, with
8 answers in all. Which Rounds these were is kept nowhere, nor how many.
"""

import json
import logging
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction

from evaluation.actions import box_keys
from evaluation.actions.feedback import leave_no_bytes
from evaluation.disclosure import POOLED_FROM, THRESHOLD
from evaluation.models.results import PoolCount, PoolTally
from evaluation.reports.half_years import HalfYear, closes_at
from evaluation.sealing import seal_pool, unseal_pool
from members.models import System

logger = logging.getLogger(__name__)


def add(*, answers, box, now) -> None:
    """Within the transaction that counts the box, and under the lock of its system. `answers`: (item, value) → how
    many; empty where the Round is none of the small ones. The pool is written anew all the same (``PoolTally``)."""
    half_year = HalfYear.of_round(box.round)
    if now >= closes_at(half_year):
        return
    pool = Pool(box.round.system_id, half_year.key)
    before = pool.opened()
    said, known = enough(answers), {tally.item for tally in before}
    several = {tally.item for tally in before if tally.several} | ({item for item, _ in said} & known)
    sums = Counter({(tally.questionnaire, tally.item, tally.value): tally.n for tally in before})
    sums.update({(str(box.questionnaire_id), item, value): number for (item, value), number in said.items()})
    pool.write([Tally(*key, number, key[1] in several) for key, number in sorted(sums.items())])


class Tally(NamedTuple):
    """`several`: more than one Round stands in the counts of this item. How many more is not kept, nor which."""

    questionnaire: str
    item: str
    value: int
    n: int
    several: bool


@dataclass(frozen=True)
class Pool:
    """Its key lies beside those of the boxes, and is destroyed when it is closed: from then on no copy of the database
    says what stood in it, or when."""

    system_id: uuid.UUID
    half_year: str

    @property
    def about(self) -> str:
        return f"{self.system_id}:{self.half_year}"

    @property
    def rows(self):
        return PoolTally.objects.filter(system_id=self.system_id, half_year=self.half_year)

    def opened(self) -> list[Tally]:
        content = self.rows.values_list("content", flat=True).first()
        if content and not content.startswith("["):
            key = box_keys.of_pool(self.system_id, self.half_year)
            content = unseal_pool(content, key=key, about=self.about)
            if not content:
                logger.error("A pool of small Rounds cannot be opened: its key is not in BOX_KEY_DIR")
        return [Tally(*row) for row in json.loads(content)] if content else []

    def write(self, tallies) -> None:
        key = box_keys.of_pool(self.system_id, self.half_year)
        content = seal_pool(json.dumps(tallies), key=key, about=self.about)
        self.rows.delete()
        PoolTally.objects.create(system_id=self.system_id, half_year=self.half_year, content=content)


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
    """(system, half-year) of the pools whose time has come, and of those whose key was left when they were closed."""
    growing = PoolTally.objects.order_by("system_id", "half_year").values_list("system_id", "half_year")
    known = sorted({*growing, *box_keys.pools()})
    return [each for each in known if now >= closes_at(HalfYear.called(each[1]))]


def close(*, system_id, half_year, now) -> None:
    """Write down what may be shown, once, and destroy the rest, at last the key. A pool that was closed before stays as
    it was shown: what a counter with another clock added to it since is destroyed."""
    if now < closes_at(HalfYear.called(half_year)):
        return
    with transaction.atomic():
        System.objects.select_for_update(no_key=True).filter(pk=system_id).first()
        _write_down(Pool(system_id, half_year))
        box_keys.destroy_pool(system_id, half_year)


def _write_down(pool):
    with transaction.atomic(using="box"):
        if not PoolCount.objects.filter(system_id=pool.system_id, half_year=pool.half_year).exists():
            PoolCount.objects.bulk_create(_shown(pool))
        pool.rows.delete()
        transaction.on_commit(leave_no_bytes, using="box", robust=True)


def _shown(pool):
    tallies = pool.opened()
    to_each = answered({(tally.item, tally.value): tally.n for tally in tallies})
    told = [tally for tally in tallies if tally.several and to_each[tally.item] >= THRESHOLD]
    return [
        PoolCount(
            system_id=pool.system_id,
            half_year=pool.half_year,
            questionnaire_id=tally.questionnaire,
            item_id=tally.item,
            value=tally.value,
            n=tally.n,
        )
        for tally in sorted(told)
    ]
