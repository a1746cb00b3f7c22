"""What the small Rounds of a half-year said together. Before their pool is complete there is nothing to read here."""

from dataclasses import dataclass

from evaluation.disclosure import Share, item_share
from evaluation.models import Item
from evaluation.reports.answers import items_of
from evaluation.reports.half_year_counts import counts_of_half_years, pool_of
from evaluation.reports.round import places_of


@dataclass(frozen=True)
class Pooled:
    """One question in the wording in which it was asked, with what may be said of it."""

    item: Item
    share: Share


def small_rounds(system_id, half_year) -> list[Pooled]:
    """The newest questions first. [] where nothing can be shown, or not yet."""
    pool = pool_of(counts_of_half_years(system_id, [half_year]), half_year)
    return pooled_answers(items_of(pool), pool)


def pooled_answers(items, pool) -> list[Pooled]:
    """In the order of the questions."""
    found = [(item, item_share(pool.get(item.pk, {}), scale=places_of(item), outside=True)) for item in items]
    return [Pooled(item, share) for item, share in found if share]
