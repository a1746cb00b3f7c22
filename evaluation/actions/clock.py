"""What time alone brings about: boxes open, are written about, counted or emptied; Rounds that are done are closed."""

from django.db.models import Q

from evaluation import emails
from evaluation.actions import counting, feedback, folding
from evaluation.models import FeedbackBox
from evaluation.states import BoxState
from rounds.actions import scheduling
from rounds.models import Round
from rounds.states import RoundState


def follow(*, now) -> None:
    """One turn. Each step is a transaction of its own and finds its own work, so a turn may stop anywhere."""
    for round in feedback.rounds_without_a_box(now):
        feedback.open_box(round=round, now=now)
    feedback.keep_open_for_a_moved_round(now=now)
    for box in emails.boxes_to_write_about(now).select_related("round"):
        emails.write_after(box.round, now=now)
    for box in FeedbackBox.objects.of_cancelled_rounds():
        feedback.empty(box=box)
    for box in FeedbackBox.objects.waiting_to_be_counted(now):
        counting.count(box=box, now=now)
    for round in rounds_that_are_done(now):
        scheduling.close(round=round, now=now)
    folding.follow(now=now)


def rounds_that_are_done(now):
    """Held, register closed, box counted. A Round that never had a box (the portal stood still) needs none."""
    never_had_a_box = Q(feedback_box=None, ends_at__lte=now - feedback.STAYS_OPEN)
    return Round.objects.in_state(RoundState.HELD).filter(
        Q(feedback_box__state=BoxState.COUNTED) | never_had_a_box, register__closed_at__isnull=False
    )
