"""Letting a helper's device in to the check-in of one Round."""

from django.utils import timezone

from evaluation.models import DoorLink
from members.models.audit import Opened
from rounds.actions import openings, registration, team
from rounds.states import RoundState
from rounds_site.kit.acting import acting
from rounds_site.kit.refusals import Refused
from rounds_site.kit.sight import seen_by

IN_PROGRESS = (RoundState.PUBLISHED, RoundState.HELD)


@acting
def make(*, round, by, now):
    """A new link; the one before stops working, so that withdrawing one is withdrawing all."""
    round = registration.lock(round.pk)
    team.refuse_unless_facilitator(round, by)
    if round.state not in IN_PROGRESS:
        raise Refused("There is no list at the door for this Round.")
    if timezone.localdate(now) < timezone.localdate(round.starts_at):
        raise Refused("A link for the door is made on the day of the Round.")
    DoorLink.objects.filter(round=round, ended_at=None).update(ended_at=now)
    link = DoorLink.objects.create(round=round, made_by=by, created_at=now)
    if not DoorLink.objects.open(now).filter(pk=link.pk).exists():
        raise Refused("The register is closed.")
    return link


@acting
def end(*, round, by, now):
    """Every device that it let in is out at its next tap."""
    round = registration.lock(round.pk)
    team.refuse_unless_facilitator(round, by)
    return DoorLink.objects.filter(round=round, ended_at=None).update(ended_at=now)


def opened(*, link, now):
    """A device was let in. The care log knows whose link it was, and nobody else: the device is nobody."""
    with seen_by(link.made_by):
        openings.opened(Opened.DOOR_LINK, round=link.round, by=link.made_by, now=now)
