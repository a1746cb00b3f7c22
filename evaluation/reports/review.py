"""Comments as a facilitator reviews them: with what may give somebody away."""

from evaluation.reports.round import comments
from evaluation.states import Review
from members.access import today
from rounds.colleagues import names_in
from rounds.recognition import hints, marked, pieces


def comments_to_review(round, *, now) -> list:
    """The comments that still stand, each with its `pieces` and what is `marked` in them: in those that wait.

    Names of people who work in the system are looked up here, for the facilitators' page alone, and once for all.
    """
    written = comments(round)
    waiting = [comment for comment in written if comment.review == Review.WAITING]
    names = names_in("\n".join(comment.text for comment in waiting), round.system, on=today(now))
    for comment in written:
        found = hints(comment.text, names=names) if comment.review == Review.WAITING else []
        comment.pieces = pieces(comment.text, found)
        comment.marked = marked(comment.pieces)
    return written
