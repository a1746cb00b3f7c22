"""After a Round: what its committee and its panel say of it, and the word that somebody is still owed.

Nothing here is logged, and nothing names anybody but the facilitator who sees to it.
"""

from django.db import IntegrityError

from members.access import today
from rounds import emails
from rounds.models import CareOwed, Debrief
from rounds.models.after import CARED_FOR, TALKED_OF
from rounds.states import RoundState
from rounds_site.kit.acting import acting
from rounds_site.kit.prints import print_of
from rounds_site.kit.refusals import Refused

from . import registration
from .team import is_facilitator

WENT_AHEAD = (RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED)
NOT_YET = "This opens once the Round is over."
NO_MORE = "This Round is too long ago: what was noted here has had its time."
WRITTEN_ELSEWHERE = (
    "Somebody else of the team has saved this meanwhile. Copy what you want to keep, then open the page again."
)


def is_over(round, now):
    return round.state in WENT_AHEAD and round.ends_at <= now


@acting
def debrief(*, round, of, went_well, to_change, seen, now):
    """Keep what was said; nothing at all is no debrief. `seen`: the print of what its writer had before them, so that
    nobody writes over what they have not seen."""
    round = registration.lock(round.pk)
    _refuse_outside(round, now, TALKED_OF)
    found = Debrief.objects.filter(round=round, of=of).first()
    if seen != (print_of(found.went_well, found.to_change) if found else print_of("", "")):
        raise Refused(WRITTEN_ELSEWHERE)
    if not went_well and not to_change:
        return found and found.delete()
    found = found or Debrief(round=round, of=of, created_at=now)
    found.went_well, found.to_change = went_well, to_change
    found.save()
    return found


@acting
def owe(*, round, key, owner, due_on, now):
    """Somebody is owed a word, and `owner` sees to it by that day. `key` is random and becomes the row's, so that a
    double press notes one."""
    round = registration.lock(round.pk)
    _refuse_outside(round, now, CARED_FOR)
    if not is_facilitator(round, owner):
        raise Refused("Choose one of this Round’s facilitators.")
    said = {"owner": owner, "due_on": due_on, "created_at": now}
    try:
        care, _ = CareOwed.objects.get_or_create(pk=key, round=round, defaults=said)
    except IntegrityError:
        # The key stands with another Round, which need not be seen here.
        raise Refused("Open the page again and note it there.") from None
    emails.care_due(care, now=now)
    return care


@acting
def settle(*, round, care_id, done, now):
    """It was done, or was not after all; None where it stands here no more."""
    care = _locked(round, care_id)
    if care is None:
        return None
    care.done_on = (care.done_on or today(now)) if done else None
    care.save(update_fields=["done_on"])
    emails.care_due(care, now=now)
    return care


@acting
def take_on(*, round, care_id, by, now):
    """From now on `by` sees to it."""
    care = _locked(round, care_id)
    if care is None or not is_facilitator(care.round, by):
        return None
    care.owner = by
    care.save(update_fields=["owner"])
    emails.care_due(care, now=now)
    return care


@acting
def take_back(*, round, care_id):
    """It stood here by mistake."""
    care = _locked(round, care_id)
    if care is not None:
        emails.forget_care([care.pk])
        care.delete()


def _locked(round, care_id):
    round = registration.lock(round.pk)
    return CareOwed.objects.select_related("round", "owner").filter(round=round, pk=care_id).first()


def _refuse_outside(round, now, period):
    if not is_over(round, now):
        raise Refused(NOT_YET)
    if now >= round.ends_at + period:
        raise Refused(NO_MORE)
