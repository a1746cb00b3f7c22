"""How far the invitations of a Round have got: numbers only, of letters and not of what people did with them."""

from django.db.models import Count, Q

from members.models import Delivery
from members.models.delivery import DeliveryState
from rounds.models import Round

from .writing import HANDED, TO_GO, not_written_to


def progress(round, *, now):
    """Numbers of letters, those whose rows are forgotten among them.

    * `sent` were handed over, `failed` no mailbox took, `to_go` wait or are still to be made.
    * `wait_for_week` of those to go wait until their reader's last invitation is a week old.
    * `too_late` do not go, because by then booking has closed.
    """
    made = Delivery.objects.filter(kind="invitation", about=round.pk)
    closes = round.booking_closes_at
    still_waiting = Q(state=DeliveryState.PENDING, had_to_wait=True)
    dropped = Q(state=DeliveryState.CANCELLED, had_to_wait=True, finished_at__gte=closes)
    found = made.aggregate(
        sent=Count("pk", filter=Q(state__in=HANDED)),
        failed=Count("pk", filter=Q(state=DeliveryState.FAILED)),
        to_go=Count("pk", filter=Q(state__in=TO_GO) & ~(still_waiting & Q(due_at__gte=closes))),
        wait_for_week=Count("pk", filter=still_waiting & Q(due_at__gt=now, due_at__lt=closes)),
        too_late=Count("pk", filter=(still_waiting & Q(due_at__gte=closes)) | dropped),
    )
    for name in ("sent", "failed", "too_late"):
        found[name] += getattr(round, f"invitations_{name}")
    if not Round.objects.still_inviting(now).filter(pk=round.pk).exists():
        return found | {"to_go": 0, "wait_for_week": 0}
    missing = not_written_to(round, now=now).count()
    return found | {"to_go": found["to_go"] + missing}
