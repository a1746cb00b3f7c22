"""What time alone brings about: boxes open, are written about, counted or emptied; Rounds that are done are closed."""

import logging

from django.db.models import Q

from evaluation import emails
from evaluation.actions import counting, feedback, folding
from evaluation.models import FeedbackBox
from evaluation.states import STAYS_OPEN, BoxState
from rounds.actions import scheduling
from rounds.models import Round
from rounds.states import RoundState

logger = logging.getLogger(__name__)


def follow(*, now) -> None:
    """One turn. Each step is a transaction of its own and finds its own work, so a turn may stop anywhere."""
    for round in feedback.rounds_without_a_box(now):
        _try(feedback.open_box, round=round, now=now)
    _try(feedback.keep_open_for_a_moved_round, now=now)
    for box in emails.boxes_to_write_about(now).select_related("round"):
        _try(emails.write_after, box.round, now=now)
    for box in FeedbackBox.objects.of_cancelled_rounds():
        _try(feedback.empty, box=box)
    for box in FeedbackBox.objects.waiting_to_be_counted(now):
        _try(counting.count, box=box, now=now)
    for round in rounds_that_are_done(now):
        _try(scheduling.close, round=round, now=now)
    _try(folding.follow, now=now)


def _try(step, *what, **about):
    """One Round that cannot be dealt with must not keep all others from it, minute after minute."""
    try:
        step(*what, **about)
    except Exception as error:  # noqa: BLE001 (whatever it is, the next step is to be tried)
        logger.error("The clock could not %s: %s", step.__name__, type(error).__name__)


def rounds_that_are_done(now):
    """Held, register closed, box counted. A Round that never had a box (the portal stood still) needs none."""
    never_had_a_box = Q(feedback_box=None, ends_at__lte=now - STAYS_OPEN)
    return Round.objects.in_state(RoundState.HELD).filter(
        Q(feedback_box__state=BoxState.COUNTED) | never_had_a_box, register__closed_at__isnull=False
    )
