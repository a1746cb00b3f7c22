"""What people of each broad kind of work answered, question by question, over the Rounds of a half-year together.

It is shown once, when every box of the half-year has been counted or is lost, and changes no more (``counting``): what
grew from day to day would tell what each Round added. What may be added at all ``disclosure.groups_to_add`` decides.
"""

from dataclasses import dataclass

from evaluation.disclosure import Share, group_share
from evaluation.models import Item
from evaluation.reports.round import places_of
from evaluation.states import BROAD_GROUPS


@dataclass(frozen=True)
class ByWork:
    """One question; {kind of work: what may be said of its answers}, in the order of these."""

    item: Item
    half_year: dict[str, Share]
    before: dict[str, Share]


def answers_by_work(items, counts, half_year) -> list[ByWork]:
    """In the order of the questions. Beside them those of the half-year before."""
    found = [
        ByWork(item, *(_shares(item, each.key, counts) for each in (half_year, half_year.before()))) for item in items
    ]
    return [each for each in found if each.half_year or each.before]


def _shares(item, half_year, counts):
    scale = places_of(item)
    shares = {group: group_share(counts.get((half_year, group, item.pk), {}), scale=scale) for group in BROAD_GROUPS}
    return {group: share for group, share in shares.items() if share}
