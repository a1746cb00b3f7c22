"""What came back over time, from Round to Round, for a facilitator of them all; of a system from half-year to half-year
(``feedback_over_time``).

It shows again what stands on the pages of results of these Rounds, whose figures are fixed once their boxes have been
counted; so nothing can be found by comparing that could not be read there. Only Rounds that the person facilitated are
among them: others keep their results to their own team. Answers to two versions are never joined.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from evaluation.disclosure import CLOSED_ANSWERS, Share, item_share
from evaluation.models import FeedbackBox, Item, Questionnaire
from evaluation.reports.half_years import HalfYear
from evaluation.reports.round import counts_of, places_of, shown_rounds
from evaluation.states import CONSTRUCTS, BoxState, Scale
from members.models import Succession
from rounds.models import Round

TOO_FEW_ANSWERS = "Fewer than 8 answers to this question, so they are not shown."
# Of one there is no trend.
FEWEST = 2


@dataclass(frozen=True, eq=False)
class Point:
    """One question at one Round or in one half-year; `share` is None where nothing may be said, and `why` says why."""

    at: Round | HalfYear
    item: Item
    questionnaire: Questionnaire
    share: Share | None
    why: str = ""


@dataclass(frozen=True)
class Measure:
    """What some questions with the same answers to choose from measure, whatever their words, in the order of time.
    `changes` are the points at which another version was asked than at the one before them."""

    name: str
    scale: Scale
    points: list[Point]

    @cached_property
    def shown(self) -> list[Point]:
        return [point for point in self.points if point.share]

    @cached_property
    def versions(self) -> list[Questionnaire]:
        return list(dict.fromkeys(point.questionnaire for point in self.points))

    @cached_property
    def changes(self) -> list[Point]:
        return [after for before, after in pairwise(self.points) if after.questionnaire != before.questionnaire]


@dataclass(frozen=True)
class Trend:
    """`counted`: how many Rounds there are whose boxes have been counted, `closed` of how many the answers stay so."""

    counted: int
    closed: int
    measures: list[Measure]


def rounds_beside(round, person):
    """Those of its series that the person facilitated or, where it is in none, those in no series with its hosts."""
    if round.series_id:
        beside = Round.objects.filter(series=round.series_id)
    else:
        beside = Round.objects.filter(series=None, **_same_host(round))
    return beside.run_by(person)


def _same_host(round):
    """An organisation goes on in the one that all of it became."""
    if not round.host_organisation_id:
        return {"host_organisation": None, "host_place": round.host_place_id, "system": round.system_id}
    heir = Succession.objects.heirs().get(round.host_organisation_id, round.host_organisation_id)
    return {"host_organisation__in": {heir, *Succession.objects.forebears()[heir]}}


def trend_of(round, person) -> Trend:
    boxes = FeedbackBox.objects.filter(state=BoxState.COUNTED, round__in=rounds_beside(round, person))
    boxes = list(boxes.select_related("round", "questionnaire").order_by("round__starts_at", "round"))
    shown = shown_rounds([box.round_id for box in boxes])
    counts, items = counts_of(shown), defaultdict(list)
    for item in Item.objects.filter(questionnaire__in={box.questionnaire_id for box in boxes}).order_by("number"):
        items[item.questionnaire_id].append(item)
    points = defaultdict(list)
    for box in boxes:
        for key, item in measured(items[box.questionnaire_id]):
            points[key].append(_point(box, item, counts, shown))
    return Trend(len(boxes), len(boxes) - len(shown), measures_of(points))


def measures_of(points) -> list[Measure]:
    """Those of which there is a trend. `points`: (what is measured, scale) → its points in the order of time."""
    often = Counter(name for name, _ in points)
    measures = [Measure(_named(name, scale, often[name]), scale, of) for (name, scale), of in points.items()]
    return [measure for measure in measures if len(measure.shown) >= FEWEST]


def _named(name, scale, often):
    """Where other versions asked for the same with other answers, each figure says which of them it counts."""
    return name if often == 1 else f"{name}, {scale.in_quotes}"


def measured(items):
    """((what it measures, scale), item). Two questions of one version that measure the same go by their own words."""
    often = Counter((item.construct, item.answers) for item in items)
    for item in items:
        alone = item.construct in CONSTRUCTS and often[item.construct, item.answers] == 1
        yield (item.short_name if alone else item.text, item.answers), item


def _point(box, item, counts, shown):
    if box.round_id not in shown:
        return Point(box.round, item, box.questionnaire, None, CLOSED_ANSWERS)
    share = item_share(counts.get((item.pk, box.round_id), {}), scale=places_of(item), outside=False)
    return Point(box.round, item, box.questionnaire, share, "" if share else TOO_FEW_ANSWERS)
