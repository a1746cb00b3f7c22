"""Ordering food for a Round: for how many, and until when the number may change."""

from django.utils import timezone

from rounds.models import FoodOrder
from rounds_site.kit.acting import acting
from rounds_site.kit.refusals import Refused

from . import registration, team


@acting
def order(*, round, people, order_by, by, now):
    """What was ordered, as far as it was; `order_by` None is the day that is reckoned."""
    round = registration.lock(round.pk)
    team.refuse_unless_facilitator(round, by)
    if now >= round.ends_at:
        raise Refused("The Round is over, so nothing is ordered any more.")
    if order_by and order_by > timezone.localdate(round.starts_at):
        raise Refused("Food is ordered on the day of the Round at the latest.")
    said = {"people": people, "order_by": order_by}
    return FoodOrder.objects.update_or_create(round=round, defaults=said)[0]
