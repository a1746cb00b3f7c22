"""How the boxes of all Rounds stand, and what of them was destroyed when, as everybody may know it. No Round is named:
that one was called off, or its key lost, is for those who were invited to it."""

from dataclasses import dataclass

from django.db.models import Count
from django.db.models.functions import TruncMonth

from evaluation.models import FeedbackBox
from evaluation.states import BoxState

MONTHS = 12


@dataclass(frozen=True)
class Boxes:
    """`kept_apart`: the keys of all open boxes lie on another device than the databases; of the newest where none is
    open. `sealed`: all that waits was sealed, which is not so of boxes that were open when sealing began."""

    numbers: dict[str, int]
    waiting_for_a_key: int
    kept_apart: bool
    sealed: bool
    destroyed: list[dict]


def boxes() -> Boxes:
    known = dict(FeedbackBox.objects.order_by().values_list("state").annotate(Count("pk")))
    open_ones = list(FeedbackBox.objects.filter(state=BoxState.OPEN).order_by("-opens_at"))
    newest = open_ones or list(FeedbackBox.objects.exclude(public_key="").order_by("-opens_at")[:1])
    return Boxes(
        numbers={state.value: known.get(state.value, 0) for state in BoxState},
        waiting_for_a_key=sum(box.key_is_missed for box in open_ones),
        kept_apart=bool(newest) and all(box.key_apart for box in newest),
        sealed=all(box.public_key for box in open_ones),
        destroyed=_destroyed(),
    )


def _destroyed() -> list[dict]:
    """By month, the newest first: in how many boxes forms were, and whose key is gone."""
    gone = FeedbackBox.objects.exclude(key_destroyed_at=None).annotate(month=TruncMonth("key_destroyed_at"))
    return list(gone.values("month").order_by("-month").annotate(boxes=Count("pk"))[:MONTHS])


def a_key_is_missed() -> bool:
    return FeedbackBox.objects.filter(state=BoxState.OPEN).exclude(key_missed_at=None).exists()
