"""What the small Rounds of a half-year said together. Before their pool is complete there is nothing to read here."""

from collections import defaultdict
from dataclasses import dataclass

from evaluation.disclosure import Share, item_share
from evaluation.models import Item
from evaluation.models.results import PoolCount
from evaluation.reports.half_years import midnight
from evaluation.reports.round import places_of
from evaluation.states import POOL_STAYS_OPEN
from rounds_site.kit.drawing import for_figures


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
    pooled = defaultdict(dict)
    rows = for_figures(PoolCount.objects.filter(system_id=system_id, half_year=half_year.key).order_by())
    for item_id, value, number in rows.values_list("item_id", "value", "n"):
        pooled[item_id][value] = number
    items = Item.objects.filter(pk__in=pooled.keys()).select_related("questionnaire")
    ordered = for_figures(items.order_by("-questionnaire__version", "questionnaire__code", "number", "id"))
    found = [(item, item_share(pooled[item.pk], scale=places_of(item), outside=True)) for item in ordered]
    return [Pooled(item, share) for item, share in found if share]
