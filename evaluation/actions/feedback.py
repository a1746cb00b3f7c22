"""The box of a Round: opened by the clock, filled by people who are not signed in, emptied if the Round is cancelled.

Nothing here may learn, keep or log who gives feedback. Every write goes under the lock of the box's row in `default`,
so that counting, which takes the same lock, misses no form and meets none that comes late.
"""

from django.db import connections, transaction

from evaluation.actions.attendance import IN_PROGRESS, most_forms_of
from evaluation.actions.questionnaires import in_use
from evaluation.codes import new_room_code
from evaluation.models import CardDeck, FeedbackBox
from evaluation.models.box import Form, PaperTally
from evaluation.sealing import packed, unpacked_tally
from evaluation.states import OPENS_BEFORE, STAYS_OPEN, BoxState
from rounds.models import Round
from rounds_site.kit.refusals import Refused

FULL = (
    "The box is full, so your form is not in it: more forms came than we expect from the people who were there. "
    "If you were there, please tell a facilitator."
)


def rounds_without_a_box(now):
    return Round.objects.in_state(*IN_PROGRESS).filter(
        feedback_box=None, starts_at__lte=now + OPENS_BEFORE, ends_at__gt=now - STAYS_OPEN
    )


@transaction.atomic
def open_box(*, round, now) -> FeedbackBox:
    """The box of a Round that is about to begin; the one it has if it is open already."""
    locked = Round.objects.select_for_update().get(pk=round.pk)
    box = FeedbackBox.objects.filter(round=locked).first()
    if box:
        return box
    if locked.state not in IN_PROGRESS or now < locked.starts_at - OPENS_BEFORE or now >= locked.ends_at + STAYS_OPEN:
        raise Refused("The box opens 30 minutes before the Round.")
    return FeedbackBox.objects.create(
        round=locked,
        room_code=_unused_code(),
        questionnaire=in_use(locked.format),
        opens_at=now,
        closes_at=locked.ends_at + STAYS_OPEN,
    )


@transaction.atomic
def keep_open_for_a_moved_round(*, now):
    """A Round that moved to later keeps its box open for as long after it; a box never closes earlier than it said."""
    for box in FeedbackBox.objects.filter(state=BoxState.OPEN, closes_at__gt=now).select_related("round"):
        closes_at = box.round.ends_at + STAYS_OPEN
        FeedbackBox.objects.filter(pk=box.pk, state=BoxState.OPEN, closes_at__lt=closes_at).update(closes_at=closes_at)


@transaction.atomic
def empty(*, box):
    """The Round is cancelled: what lies in its box is destroyed unread."""
    locked = FeedbackBox.objects.select_for_update().get(pk=box.pk)
    if locked.state == BoxState.OPEN:
        destroy_forms(locked)
        CardDeck.objects.filter(round=locked.round_id).delete()
        locked.state = BoxState.EMPTIED
        locked.save(update_fields=["state"])
    return locked


def destroy_forms(box):
    with transaction.atomic(using="box"):
        Form.objects.filter(round_id=box.round_id).delete()
        PaperTally.objects.filter(pk=box.round_id).delete()
        transaction.on_commit(_leave_no_bytes, using="box", robust=True)


def _leave_no_bytes():
    """SQLite zeroes what it deletes (``secure_delete``), but its write-ahead log still holds the forms: cut it off.

    While somebody is reading it stays, until the next box is counted or the portal stops.
    """
    connection = connections["box"]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@transaction.atomic
def cast(*, box, ballot_id, answers, comment, now, group=""):
    """Put one form into the box. The same ballot a second time looks like a success and changes nothing."""
    content = packed(answers=answers, comment=comment, group=group)
    locked = FeedbackBox.objects.select_for_update(of=("self",)).select_related("round").get(pk=box.pk)
    if not locked.takes_forms(now) or locked.round.state not in IN_PROGRESS:
        raise Refused("This box takes no more forms.")
    if Form.objects.filter(pk=ballot_id).exists():
        return
    if _forms_in(locked) >= most_forms_of(locked.round):
        raise Refused(FULL)
    # A conflict is ignored rather than raised: a database writes failed statements, with their values, to its log.
    Form.objects.bulk_create(
        [Form(ballot_id=ballot_id, round_id=locked.round_id, content=content)], ignore_conflicts=True
    )


def _forms_in(box):
    """Those on paper too, as far as the team has counted them."""
    tally = PaperTally.objects.filter(pk=box.round_id).first()
    return Form.objects.filter(round_id=box.round_id).count() + (unpacked_tally(tally.content).forms if tally else 0)


def _unused_code():
    while True:
        code = new_room_code()
        if not FeedbackBox.objects.filter(room_code=code).exists():
            return code
