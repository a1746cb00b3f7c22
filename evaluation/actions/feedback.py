"""The box of a Round: opened by the clock, filled by people who are not signed in, emptied if the Round is cancelled.

A box is opened where its key is kept: by the clock of the queue `box`, never by a page. Forms come sealed by the
browser, or are sealed here the moment they arrive; nothing here can open one.

Nothing here may learn, keep or log who gives feedback. Every write goes under the lock of the box's row in `default`,
so that counting, which takes the same lock, misses no form and meets none that comes late.
"""

from django.db import connections, transaction
from django.db.models import Q

from evaluation.actions import box_keys
from evaluation.actions.attendance import IN_PROGRESS, most_forms_of
from evaluation.actions.questionnaires import asked_at
from evaluation.codes import new_room_code
from evaluation.models import CardDeck, FeedbackBox
from evaluation.models.box import Form, PaperTally
from evaluation.sealing import is_sealed, new_keys, packed, seal, unpacked_tally
from evaluation.states import OPENS_BEFORE, STAYS_OPEN, STAYS_OPEN_FOR_A_TEAM, BoxState, stays_open
from rounds.models import Round
from rounds.states import Kind, RoundState
from rounds_site.kit.refusals import Refused

FULL = (
    "The box is full, so your form is not in it: more forms came than we expect from the people who were there. "
    "If you were there, please tell a facilitator."
)
NO_KEY_YET = "This box is being made ready. What you wrote is still here: send it again in a minute."
NOT_A_FORM = "Something went wrong on the way. What you wrote is still here: please send it again."


def rounds_without_a_box(now):
    begun = Round.objects.in_state(*IN_PROGRESS).filter(feedback_box=None, starts_at__lte=now + OPENS_BEFORE)
    closed = Q(kind=Kind.TEAM_TIME, ends_at__lte=now - STAYS_OPEN_FOR_A_TEAM)
    return begun.filter(ends_at__gt=now - STAYS_OPEN).exclude(closed)


def open_box(*, round, now) -> FeedbackBox:
    """The box of a Round that is about to begin, with a key of its own; the one it has if it is open already."""
    # Before the lock: to make a pair takes up to a second.
    pair = new_keys()
    with transaction.atomic():
        return _opened_under_lock(round, pair, now)


def _opened_under_lock(round, pair, now):
    locked = Round.objects.select_for_update(no_key=True).get(pk=round.pk)
    box = FeedbackBox.objects.filter(round=locked).first()
    if box:
        return box
    if (
        locked.state not in IN_PROGRESS
        or now < locked.starts_at - OPENS_BEFORE
        or now >= locked.ends_at + stays_open(locked)
    ):
        raise Refused("The box opens 30 minutes before the Round.")
    return FeedbackBox.objects.create(
        round=locked,
        room_code=_unused_code(),
        questionnaire=asked_at(locked),
        opens_at=now,
        closes_at=locked.ends_at + stays_open(locked),
        public_key=box_keys.keep(locked.pk, pair),
        key_apart=box_keys.are_apart(),
    )


@transaction.atomic
def give_key(*, box):
    """A box that was open before forms were sealed: what comes from now on is sealed."""
    Round.objects.select_for_update(no_key=True).get(pk=box.round_id)
    locked = FeedbackBox.objects.select_for_update().get(pk=box.pk)
    if locked.state == BoxState.OPEN and not locked.public_key:
        locked.public_key, locked.key_apart = box_keys.keep(locked.round_id), box_keys.are_apart()
        locked.save(update_fields=["public_key", "key_apart"])


@transaction.atomic
def destroy_key(*, box, now):
    """From then on no copy of the forms can be opened, wherever one may lie."""
    locked = FeedbackBox.objects.select_for_update().get(pk=box.pk)
    if locked.state != BoxState.OPEN and locked.key_destroyed_at is None:
        if locked.state == BoxState.LOST:
            destroy_forms(locked)
        box_keys.destroy(locked.round_id)
        locked.key_destroyed_at = now
        locked.save(update_fields=["key_destroyed_at"])


@transaction.atomic
def keep_open_for_a_moved_round(*, now):
    """A Round that moved to later keeps its box open for as long after it; a box never closes earlier than it said."""
    for box in FeedbackBox.objects.filter(state=BoxState.OPEN, closes_at__gt=now).select_related("round"):
        closes_at = box.round.ends_at + stays_open(box.round)
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


@transaction.atomic
def take_away(*, box):
    """The Round is postponed, so nobody has been there: what lies in its box is destroyed unread. With its new date it
    gets another. Cards that were printed stay good."""
    locked = FeedbackBox.objects.select_for_update(of=("self",)).select_related("round").get(pk=box.pk)
    if locked.state == BoxState.OPEN and locked.round.state == RoundState.POSTPONED:
        # The key first: a worker that is killed here leaves none to the box that comes with the new date.
        box_keys.destroy(locked.round_id)
        destroy_forms(locked)
        locked.delete()


def destroy_forms(box):
    with transaction.atomic(using="box"):
        Form.objects.filter(round_id=box.round_id).delete()
        PaperTally.objects.filter(pk=box.round_id).delete()
        transaction.on_commit(leave_no_bytes, using="box", robust=True)


def leave_no_bytes():
    """SQLite zeroes what it deletes (``secure_delete``), but its write-ahead log still holds it: cut that off.

    While somebody is reading it stays, until the next box is counted or the portal stops.
    """
    connection = connections["box"]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def cast(*, box, ballot_id, answers, comment, now, group=""):
    """A form that no browser sealed is sealed before anything else is done with it."""
    if not box.public_key:
        raise Refused(NO_KEY_YET)
    content = packed(answers=answers, comment=comment, group=group)
    sealed = seal(content, public_key=box.public_key, round_id=box.round_id, ballot_id=ballot_id)
    cast_sealed(box=box, ballot_id=ballot_id, sealed=sealed, now=now)


@transaction.atomic
def cast_sealed(*, box, ballot_id, sealed, now):
    """Put one form into the box. The same ballot a second time looks like a success and changes nothing.

    Whether it can be opened, and says anything, shows when the box is counted: until then it takes its room.
    """
    if not is_sealed(sealed):
        raise Refused(NOT_A_FORM)
    locked = FeedbackBox.objects.select_for_update(of=("self",)).select_related("round").get(pk=box.pk)
    if not locked.takes_forms(now) or locked.round.state not in IN_PROGRESS:
        raise Refused("This box takes no more forms.")
    if Form.objects.filter(pk=ballot_id).exists():
        return
    if _forms_in(locked) >= most_forms_of(locked.round):
        raise Refused(FULL)
    # A conflict is ignored rather than raised: a database writes failed statements, with their values, to its log.
    Form.objects.bulk_create(
        [Form(ballot_id=ballot_id, round_id=locked.round_id, content=sealed)], ignore_conflicts=True
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
