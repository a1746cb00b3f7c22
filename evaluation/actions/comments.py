"""A facilitator's word on the comments of their Round."""

from django.db import transaction

from evaluation.models.results import Comment
from evaluation.states import Review
from rounds_site.kit.refusals import Refused


def publish(*, round, comment_id) -> None:
    """It may stand where others than the facilitators read it."""
    if not _still_there(round, comment_id).update(review=Review.SHOWN):
        raise Refused("This comment was withheld, and its words are gone.")


@transaction.atomic(using="box")
def withhold(*, round, comment_id) -> None:
    """Its words are destroyed; that there was a comment remains."""
    _still_there(round, comment_id).update(review=Review.WITHHELD, text="")


def _still_there(round, comment_id):
    return Comment.objects.filter(pk=comment_id, round_id=round.pk).exclude(review=Review.WITHHELD)
