"""What the small Rounds of a half-year said together. Before their pool is complete there is nothing to read here."""

from dataclasses import dataclass

from evaluation.disclosure import Share, item_share
from evaluation.models import Item
from evaluation.reports.answers import items_of
from evaluation.reports.half_years import midnight
from evaluation.reports.round import ALL, counts_of_half_years, places_of
from evaluation.states import POOL_STAYS_OPEN


@dataclass(frozen=True)
class Pooled:
    """One question in the wording in which it was asked, with what may be said of it."""

    item: Item
    share: Share


def closes_at(half_year):
    """From when on the pool of a half-year is shown, and takes no more."""
    return midnight(half_year.ends) + POOL_STAYS_OPEN


def small_rounds(system_id, half_year) -> list[Pooled]:
    """The newest questions first. [] where nothing can be shown, or not yet."""
    pool = pool_of(counts_of_half_years(system_id, [half_year]), half_year)
    return pooled_answers(items_of(pool), pool)


def pool_of(by_half_year, half_year):
    """Of the counts of half-years (``counts_of_half_years``) those of the pool: question → value → number."""
    return {
        item: by_value for (key, group, item), by_value in by_half_year.items() if (key, group) == (half_year.key, ALL)
    }


def pooled_answers(items, pool) -> list[Pooled]:
    """In the order of the questions."""
    found = [(item, item_share(pool.get(item.pk, {}), scale=places_of(item), outside=True)) for item in items]
    return [Pooled(item, share) for item, share in found if share]
