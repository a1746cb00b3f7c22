"""How far the invitations of a Round have got: numbers only, of letters and not of what people did with them."""

from members.models import Delivery
from members.models.delivery import DeliveryState
from rounds.models import Round

from .writing import HANDED, invitation_audience

TO_GO = [DeliveryState.PENDING, DeliveryState.CLAIMED]


def progress(round, *, now):
    """Letters handed over (`sent`), those waiting or still to be made (`to_go`), those no mailbox took (`failed`)."""
    made = Delivery.objects.filter(kind="invitation", about=round.pk)
    sent = made.filter(state__in=HANDED).count()
    waiting = made.filter(state__in=TO_GO).count()
    missing = 0
    if Round.objects.still_inviting(now).filter(pk=round.pk).exists():
        missing = invitation_audience(round, now=now).exclude(pk__in=made.values("person")).count()
    failed = made.filter(state=DeliveryState.FAILED).count()
    return {"sent": sent, "to_go": waiting + missing, "failed": failed}
