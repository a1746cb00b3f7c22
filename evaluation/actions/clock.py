"""What time alone brings about: boxes open, are written about, counted or emptied; Rounds that are done are closed."""

import logging

from django.db.models import Q

from evaluation import emails
from evaluation.actions import counting, feedback, half_year_answers, pools, releases
from evaluation.models import FeedbackBox
from evaluation.states import STAYS_OPEN, BoxState
from rounds.actions import scheduling
from rounds.models import Round
from rounds.states import RoundState

logger = logging.getLogger(__name__)


def follow(*, now) -> None:
    """One turn of both clocks. Each step is a transaction of its own and finds its own work, so a turn may stop
    anywhere."""
    follow_boxes(now=now)
    follow_rounds(now=now)


def follow_boxes(*, now) -> None:
    """What needs the keys of boxes: the worker of the queue `box` does it, and no other."""
    for round in feedback.rounds_without_a_box(now):
        _try(feedback.open_box, round=round, now=now)
    for box in FeedbackBox.objects.open_without_a_key():
        _try(feedback.give_key, box=box)
    _try(feedback.keep_open_for_a_moved_round, now=now)
    for box in FeedbackBox.objects.of_cancelled_rounds():
        _try(feedback.empty, box=box)
    for box in FeedbackBox.objects.of_postponed_rounds():
        _try(feedback.take_away, box=box)
    for box in FeedbackBox.objects.waiting_to_be_counted(now):
        _try(counting.count, box=box, now=now)
    for system_id, half_year in pools.to_close(now):
        _try(pools.close, system_id=system_id, half_year=half_year, now=now)
    for box in FeedbackBox.objects.with_a_key_to_destroy(now):
        _try(feedback.destroy_key, box=box, now=now)
    _keep_answers(now)


def _keep_answers(now):
    """Last, since nobody waits for it; at first of many years."""
    for system, half_year in half_year_answers.to_keep(now):
        _try(half_year_answers.keep, system=system, half_year=half_year)


def follow_rounds(*, now) -> None:
    _write(now)
    for round in rounds_that_are_done(now):
        _try(scheduling.close, round=round, now=now)
    _try(releases.follow, now=now)


def _write(now):
    """The letters whose time has come."""
    for round in emails.rounds_of_tomorrow(now):
        _try(emails.tell_what_is_open, round, now=now)
    for box in emails.boxes_to_write_about(now).select_related("round"):
        _try(emails.write_after, box.round, now=now)
    for box in emails.boxes_without_a_headcount(now):
        _try(emails.remind_of_headcount, box, now=now)


def _try(step, *what, **about):
    """One Round that cannot be dealt with must not keep all others from it, minute after minute."""
    try:
        step(*what, **about)
    except Exception as error:  # noqa: BLE001 (whatever it is, the next step is to be tried)
        logger.error("The clock could not %s: %s", step.__name__, type(error).__name__)


def rounds_that_are_done(now):
    """Held, register closed, box counted or lost. A Round that never had a box (the portal stood still) needs none; and
    no register is waited for once we no longer keep who came."""
    never_had_a_box = Q(feedback_box=None, ends_at__lte=now - STAYS_OPEN)
    settled = Q(register__closed_at__isnull=False) | Q(pk__in=Round.objects.forgotten(now).values("pk"))
    return Round.objects.in_state(RoundState.HELD).filter(
        Q(feedback_box__state__in=[BoxState.COUNTED, BoxState.LOST]) | never_had_a_box, settled
    )
