"""The answers of many Rounds, question by question. Versions of a question are never put together."""

from dataclasses import dataclass
from itertools import groupby

from evaluation.disclosure import Share, may_be_told, pooled_share
from evaluation.models import Item, Questionnaire
from evaluation.reports.round import places_of
from rounds_site.kit.drawing import for_figures


@dataclass(frozen=True)
class ItemFigure:
    item: Item
    half_year: Share | None
    before: Share | None


@dataclass(frozen=True)
class Answered:
    """What may be told of one half-year: (question, share) of each, and at how many Rounds enough answered one."""

    told: list[tuple[Item, Share]]
    rounds: int


@dataclass(frozen=True)
class QuestionnaireFigures:
    """One version of the questions with whatever may be said of each."""

    questionnaire: Questionnaire
    items: list[ItemFigure]
    half_year: Answered
    before: Answered

    @property
    def in_half_year(self) -> bool:
        return bool(self.half_year.told)


def items_of(keys) -> list[Item]:
    """The questions with these keys, the newest first."""
    items = Item.objects.filter(pk__in=set(keys)).select_related("questionnaire")
    return list(for_figures(items.order_by("-questionnaire__version", "questionnaire__code", "number", "id")))


def answers_of(items, counts, *, half_year, before) -> list[QuestionnaireFigures]:
    """`half_year` and `before` are ids of Rounds, `counts` those of ``counts_of_shown``. The newest questions that were
    answered in the half-year come first, then the others, the newest first."""
    figures = [ItemFigure(item, _pooled(item, half_year, counts), _pooled(item, before, counts)) for item in items]
    told = [figure for figure in figures if figure.half_year or figure.before]
    versions = []
    for questionnaire, own in groupby(told, key=lambda figure: figure.item.questionnaire):
        own = list(own)
        now = _answered([(each.item, each.half_year) for each in own], half_year, counts)
        then = _answered([(each.item, each.before) for each in own], before, counts)
        versions.append(QuestionnaireFigures(questionnaire, own, now, then))
    return sorted(versions, key=lambda version: not version.in_half_year)


def _answered(shares, rounds, counts):
    at = {round for round in rounds for item, _ in shares if may_be_told(counts.get((item.pk, round), {}))}
    return Answered([(item, share) for item, share in shares if share], len(at))


def _pooled(item, rounds, counts) -> Share | None:
    return pooled_share([counts.get((item.pk, round), {}) for round in rounds], scale=places_of(item))
