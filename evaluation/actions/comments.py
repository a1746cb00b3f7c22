"""A facilitator's word on the comments of their Round."""

import re

from django.db import transaction

from evaluation.actions import report_files
from evaluation.actions.feedback import leave_no_bytes
from evaluation.models.results import Comment
from evaluation.sealing import COMMENT_LIMIT, normalised
from evaluation.states import Review
from rounds_site.kit.refusals import Refused

GONE = "This comment was withheld, and its words are gone."
IN_BRACKETS = re.compile(r"\[[^\[\]]{1,40}\]")
WORD = re.compile(r"\w+")


def publish(*, round, comment_id) -> None:
    """It may stand where others than the facilitators read it."""
    if not _still_there(round, comment_id).update(review=Review.SHOWN):
        raise Refused(GONE)


def withhold(*, round, comment_id) -> None:
    """Its words are destroyed, in files of reports too; that there was a comment remains."""
    with transaction.atomic(using="box"):
        _still_there(round, comment_id).update(review=Review.WITHHELD, text="")
        transaction.on_commit(leave_no_bytes, using="box", robust=True)
    report_files.drop_of(round=round)


def edit_out(*, round, comment_id, text) -> None:
    """What could tell of somebody is taken out, and the earlier words are destroyed. Nothing is put into the mouth of
    whoever wrote it: words may only go, and what stands in their place stands in square brackets."""
    with transaction.atomic(using="box"):
        _edit_out(round, comment_id, text)
    report_files.drop_of(round=round)


def _edit_out(round, comment_id, text):
    comment = _still_there(round, comment_id).select_for_update().first()
    if comment is None:
        raise Refused(GONE)
    text = normalised(text)
    if not WORD.search(IN_BRACKETS.sub(" ", text)):
        raise Refused("Nothing of the comment is left. Withhold it instead")
    if len(text) > COMMENT_LIMIT or not only_takes_out(comment.text, text):
        raise Refused(
            "You can take words out, and put something in square brackets in their place, like [a ward]. All other "
            "words stay as they were written"
        )
    _still_there(round, comment_id).update(text=text)
    transaction.on_commit(leave_no_bytes, using="box", robust=True)


def only_takes_out(before: str, after: str) -> bool:
    """
    >>> only_takes_out("Sister Ann on Elm was kind.", "[A colleague] was kind")
    True
    >>> only_takes_out("She was kind", "She was not kind"), only_takes_out("She was kind", "kind she was")
    (False, False)
    """
    written = iter(WORD.findall(before.casefold()))
    return all(word in written for word in WORD.findall(IN_BRACKETS.sub(" ", after).casefold()))


def _still_there(round, comment_id):
    return Comment.objects.filter(pk=comment_id, round_id=round.pk).exclude(review=Review.WITHHELD)
