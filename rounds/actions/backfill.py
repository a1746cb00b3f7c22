"""Asking for hours of cover, and what becomes of it. Both sides read of each step by letter."""

from datetime import timedelta

from django.db import IntegrityError, transaction

from members.actions import audit
from members.models import SecurityEvent
from members.models.audit import Act
from rounds import emails
from rounds.models import Backfill, Round
from rounds.states import BACKFILL, CALLED_OFF, BackfillState, RoundState
from rounds_site.kit.refusals import Refused

# Nobody acts for both sides of one case: for each step, what somebody has done there who does not take it. So two
# people on both sides cannot share one out crosswise either, the first asking and paying, the second approving and
# invoicing.
# What two may do is to ask in turn, each of the other; that they did stands in the log.
OTHER_EYES = {
    BackfillState.APPROVED: {
        BackfillState.ASKED: "You asked for these hours yourself. Somebody else who pays approves or declines them.",
    },
    BackfillState.INVOICED: {
        BackfillState.APPROVED: "You approved these hours yourself. Somebody else at the partner invoices them.",
    },
    BackfillState.PAID: {
        BackfillState.INVOICED: "You invoiced these hours yourself. Somebody else who pays notes that they are paid.",
        BackfillState.ASKED: "You asked for these hours yourself. Somebody else who pays notes that they are paid.",
    },
}


@transaction.atomic
def ask(*, round, organisation, staff_group, hours, rate, by, now):
    """Before the Round alone: asked for afterwards, it would say that somebody came. And once it is published: a plan
    is its team's own."""
    round = Round.objects.select_for_update(of=("self",), no_key=True).select_related("system").get(pk=round.pk)
    if round.state != RoundState.PUBLISHED or now >= round.starts_at:
        raise Refused(
            "Hours of cover are asked for before a Round, once it is published and as long as it is to take place."
        )
    if not round.partners.filter(pk=organisation.pk).exists():
        raise Refused(f"This Round does not invite {organisation}.")
    said = {"round": round, "organisation": organisation, "staff_group": staff_group, "hours": hours, "rate": rate}
    try:
        with transaction.atomic():
            row = Backfill.objects.create(**said, created_at=now, changed_at=now)
    except IntegrityError:
        raise Refused("Hours of that staff group were asked for at this Round already. Withdraw those first.") from None
    _tell(row, by, now)
    return row


@transaction.atomic
def move(*, backfill, to, pays, by, now, reason="", invoice=""):
    """One step of the table ``states.BACKFILL``. `pays` says for which side `by` acts. The hours stay as they were
    approved, however many people came: nobody is asked."""
    row = Backfill.objects.select_for_update(of=("self",)).select_related("round", "organisation").get(pk=backfill.pk)
    if BACKFILL[BackfillState(row.state)].get(to) is not pays:
        raise Refused(f"This is {row.get_state_display().lower()} by now. Look at it again.")
    if why := needs_other_eyes(row, to, by):
        raise Refused(why)
    if to == BackfillState.WITHDRAWN and now >= row.round.starts_at and row.round.state not in CALLED_OFF:
        raise Refused("The Round has begun, so what was approved stands, whoever could come.")
    if to == BackfillState.INVOICED and row.round.state in CALLED_OFF:
        raise Refused("This Round does not take place. Withdraw the hours instead.")
    if to == BackfillState.INVOICED and now < row.round.ends_at:
        raise Refused("The hours can be invoiced once the Round is over.")
    row.state, row.changed_at = to, now
    row.reason, row.invoice = reason or row.reason, invoice or row.invoice
    row.save(update_fields=["state", "changed_at", "reason", "invoice"])
    _tell(row, by, now)
    return row


def needs_other_eyes(row, to, person) -> str:
    """Why this person does not take that step, or "". The row keeps nobody, so the log is asked who did what."""
    sentences = OTHER_EYES.get(to, {})
    if not sentences:
        return ""
    acts = {f"backfill.{state.value}": why for state, why in sentences.items()}
    # A row may be some moments younger than what the log says of it.
    since = row.created_at - timedelta(minutes=1)
    mine = SecurityEvent.objects.filter(at__gte=since, act__in=acts, about=str(row.pk), by=person.pk)
    done = set(mine.values_list("act", flat=True))
    return next((why for act, why in acts.items() if act in done), "")


def _tell(row, by, now):
    said = {"hours": str(row.hours), "pounds": str(row.amount)}
    act = Act(f"backfill.{BackfillState(row.state).value}")
    audit.record(act, by=by, about=row.pk, where=row.organisation, now=now, **said)
    emails.backfill(row, now=now)
