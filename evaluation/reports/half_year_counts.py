"""Answers that are counted over all Rounds of a half-year together, and which of them may be read."""

from collections import defaultdict

from django.db.models import CharField, Value

from evaluation.models.results import CrossCount, PoolCount
from evaluation.reports.half_years import closes_at
from evaluation.states import BROAD_GROUPS
from rounds_site.kit.drawing import for_figures

ALL = ""


def counts_of_half_years(system_id, half_years):
    """(key of a half-year, kind of work, item) → value → number, over all Rounds of a system; of the kind ALL over its
    small Rounds together, of which no kinds are known."""
    counts, own = defaultdict(dict), {"system_id": system_id, "half_year__in": [each.key for each in half_years]}
    names = ("half_year", "item_id", "value", "n")
    pools = PoolCount.objects.filter(**own).order_by().values_list(Value(ALL, CharField()), *names)
    rows = for_figures(CrossCount.objects.filter(**own).order_by()).values_list("staff_group", *names)
    for group, half_year, item, value, number in rows.union(pools, all=True):
        counts[half_year, group, item][value] = number
    return counts


def told_by_work(by_half_year, half_year, *, now):
    """Of the counts of half-years (``counts_of_half_years``) those by kind of work in the half-year and the one before
    it, once these are complete."""
    told = [each.key for each in (half_year, half_year.before()) if now >= closes_at(each)]
    return {key: by_value for key, by_value in by_half_year.items() if key[0] in told and key[1] in BROAD_GROUPS}


def pool_of(by_half_year, half_year):
    """Of the counts of half-years (``counts_of_half_years``) those of the pool: question → value → number."""
    return {
        item: by_value for (key, group, item), by_value in by_half_year.items() if (key, group) == (half_year.key, ALL)
    }
