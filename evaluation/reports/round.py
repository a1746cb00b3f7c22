"""What the facilitators of a Round read of its feedback, once its box has been counted."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from evaluation.disclosure import Share, item_share
from evaluation.models import Item, Register
from evaluation.models.results import Comment, Counted, ItemCount
from evaluation.reports.together import apart, together
from evaluation.states import LeftOut, Review
from rounds_site.kit.drawing import for_figures

WHY_LEFT_OUT = {
    LeftOut.PAPER: "The paper forms were left out: with the others they were more than there can be from the people "
    "who were there.",
    LeftOut.SENT: "Fewer than 8 forms came in by code or card. They stay closed, because you know what stood on the "
    "paper forms.",
}


@dataclass(frozen=True)
class ItemResult:
    item: Item
    share: Share | None


def shown_rounds(round_ids) -> set:
    """Those of the Rounds whose answers may be read."""
    counted = for_figures(Counted.objects.filter(round_id__in=round_ids, forms__isnull=False))
    return set(counted.order_by().values_list("round_id", flat=True))


def forms_shown(round_ids) -> dict:
    """{Round whose box has been counted: how many forms there were, to the nearest 5; None where too few to show}"""
    counted = for_figures(Counted.objects.filter(round_id__in=round_ids).order_by())
    return dict(counted.values_list("round_id", "forms"))


def item_results(round) -> list[ItemResult]:
    """Every item of the Round's questionnaire with what may be said of it; [] where the answers stay closed."""
    if not shown_rounds([round.pk]):
        return []
    counts = counts_of([round.pk])
    return [
        ItemResult(item, item_share(counts[item.pk, round.pk], scale=places_of(item), outside=False))
        for item in round.feedback_box.questionnaire.items.all()
    ]


def counts_of(round_ids):
    """(item, round) → value → number."""
    counts = defaultdict(dict)
    rows = for_figures(ItemCount.objects.filter(round_id__in=round_ids).order_by())
    for item_id, round_id, value, number in rows.values_list("item_id", "round_id", "value", "n"):
        counts[item_id, round_id][value] = number
    return counts


def counts_of_shown(round_ids):
    """The same of those of the Rounds whose answers may be read: of the Rounds of a year, so a row has all answers of
    one Round."""
    shown = for_figures(Counted.objects.filter(round_id__in=round_ids, forms__isnull=False).order_by())
    own = together(ItemCount.objects.filter(round_id=OuterRef("round_id")), "item_id", "value", "n")
    read = cache(_read)
    counts = defaultdict(dict)
    for round_id, answers in shown.values_list("round_id", own):
        for item_id, value, number in map(read, apart(answers)):
            counts[item_id, round_id][value] = number
    return counts


def _read(answer):
    item_id, value, number = answer.split(" ")
    return UUID(item_id), int(value), int(number)


def places_of(item) -> list[int]:
    return [value for value, _ in item.choices]


def comments(round):
    """Those not read yet first; within that by their random keys, which keep no order of writing."""
    standing = Comment.objects.filter(round_id=round.pk).exclude(review=Review.WITHHELD)
    return sorted(standing.order_by("id"), key=lambda comment: comment.review != Review.WAITING)


def published_comments(round_id) -> list[str]:
    """What the facilitators let out of their team, in no order."""
    shown = Comment.objects.filter(round_id=round_id, review=Review.SHOWN)
    return list(shown.order_by("id").values_list("text", flat=True))


def counted_of(round):
    """What the box of a Round was counted as, with how many comments are `withheld` since; None where it was not."""
    withheld = Comment.objects.filter(round_id=OuterRef("pk"), review=Review.WITHHELD).order_by()
    number = Subquery(withheld.values("round_id").values(number=Count("pk")))
    return Counted.objects.filter(pk=round.pk).annotate(withheld=Coalesce(number, 0)).first()


def rounds_with_comments_to_read(round_ids) -> set:
    waiting = Comment.objects.filter(round_id__in=round_ids, review=Review.WAITING)
    return set(waiting.order_by().values_list("round_id", flat=True))


def left_out(counted) -> str:
    """What was destroyed uncounted beside forms that were counted, in words; "" for nothing."""
    return WHY_LEFT_OUT.get(counted.left_out, "") if counted else ""


def returned(round, counted) -> str:
    """How many forms were counted for how many people, in words: nothing keeps anybody from sending two, so its team
    sees where that must have been. "" where it is not known."""
    forms = counted.for_the_team
    if forms is None:
        return ""
    headcount = Register.objects.filter(round=round).values_list("headcount", flat=True).first()
    if headcount is None:
        return f"{forms} forms."
    said = f"{forms} forms for {headcount} people who were there."
    if forms <= headcount:
        return said
    why = "Either somebody sent more than one form, or more people were there than were counted."
    return f"{said} {why} Read the answers with that in mind."
