"""What came back over the half-years of a system.

Each half-year stands as in its own figures and nothing is added up, so nothing can be found by comparing that could not
be read there. Of those that are over what may be shown is kept (``HalfYearAnswers``). Answers to two versions are never
joined, and those to other questions (online, say) stand apart.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import groupby

from evaluation.disclosure import Share
from evaluation.models import EventFacts, Item
from evaluation.models.results import HalfYearAnswers
from evaluation.reports.answers import answers_of, items_of
from evaluation.reports.half_years import HalfYear
from evaluation.reports.round import counts_of_shown
from evaluation.reports.system import HELD, of_many_teams
from evaluation.reports.trend import FEWEST, Measure, Point, measured, measures_of
from rounds_site.kit.drawing import for_figures

# So many half-years stand there: four years are what a chart on a phone can show legibly, and a page of twelve costs
# over a fifth more than it may. With so few, lines of chance are never firm (``xmr.FIRM``): each new one may move them.
MOST = 8
# One sentence for whatever may be the reason, so that it gives none away.
NOT_TOLD = "Too few answers at any one Round, or none that may be told together."


def shares_of(system, half_year) -> str:
    """What the figures show of these answers, as JSON: a list of [question, number of answers, in words, in per cent,
    words of Rounds that are in no sum]."""
    held = for_figures(EventFacts.objects.filter(system=system, state__in=HELD, **half_year.hours))
    rounds = of_many_teams(held.order_by("starts_at", "id"))
    by_round = counts_of_shown(rounds)
    versions = answers_of(items_of(item for item, _ in by_round), by_round, half_year=rounds, before=[])
    told = [(figure.item, figure.half_year) for version in versions for figure in version.items]
    return json.dumps([[str(item.pk), *_kept(share)] for item, share in told])


def _kept(share):
    return share.n, share.favourable, share.favourable_per_cent, share.beside


def _share(n, favourable, per_cent, beside):
    return Share(n, favourable, per_cent, distribution=None, beside=tuple(beside))


@dataclass(frozen=True)
class SetOverTime:
    """Some questions, whichever of their versions were asked, and what they measured in two half-years or more;
    nothing while there is one."""

    name: str
    measures: list[Measure]


def sets_over_time(system) -> list[SetOverTime]:
    """Those answered most often of late first."""
    rows = for_figures(HalfYearAnswers.objects.filter(system_id=system.pk)).order_by("-half_year")
    kept = [(HalfYear.called(row.half_year), _read(row.shares)) for row in rows[:MOST]]
    items = {str(item.pk): item for item in items_of({key for _, shares in kept for key in shares})}
    of_sets = defaultdict(list)
    for item in items.values():
        of_sets[item.questionnaire.system_id, item.questionnaire.code].append(item)
    often = _answers_of_late(kept, items)
    in_order = sorted(of_sets, key=lambda key: -often[key])
    return [SetOverTime(of_sets[key][0].questionnaire.name, _measures(of_sets[key], kept)) for key in in_order]


def _read(shares) -> dict[str, Share]:
    return {item: _share(*kept) for item, *kept in json.loads(shares)}


def _answers_of_late(kept, items) -> Counter:
    """In as many half-years as a trend takes: what has just been replaced is not behind what few are asked."""
    often = Counter()
    for shares in [shares for _, shares in kept if shares][:FEWEST]:
        for key, share in shares.items():
            questionnaire = items[key].questionnaire
            often[questionnaire.system_id, questionnaire.code] += share.n
    return often


def _measures(items, kept) -> list[Measure]:
    """`items` of one set, the newest version first; in the order of time its older versions stand before."""
    points = defaultdict(list)
    versions = [list(own) for _, own in groupby(items, key=lambda item: item.questionnaire_id)]
    asked = [[(key, item, str(item.pk)) for key, item in measured(own)] for own in reversed(versions)]
    for half_year, shares in reversed(kept):
        for own in asked:
            if any(pk in shares for _, _, pk in own):
                for key, item, pk in own:
                    points[key].append(_point(half_year, item, shares.get(pk)))
    return measures_of(points)


def _point(half_year, item: Item, share) -> Point:
    return Point(half_year, item, item.questionnaire, share, "" if share else NOT_TOLD)
