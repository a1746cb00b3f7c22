"""Hours of cover that a care provider asks for, so that somebody can leave the floor for a Round."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import F, Q

from members.roles import STAFF_GROUPS
from rounds.states import BackfillState
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .keeping import forgotten

PENNY = Decimal("0.01")


class BackfillQuerySet(models.QuerySet):
    def standing(self):
        return self.exclude(state__in=[BackfillState.DECLINED, BackfillState.WITHDRAWN])

    def saying_whose_work(self, now):
        """Of Rounds of which nobody is named any more."""
        return self.exclude(staff_group="").filter(forgotten(now, "round__"))


class Backfill(Record):
    """Money, and nothing about people: not whose hours they are, nor who asked. It is asked for before the Round, and
    whether anybody came is never compared with it: who did what stands in the security log. Where a partner has one
    nurse, their staff group is a name: it is empty once nobody is named of that Round.
    """

    privacy = {Kept.COVER: "staff_group", Kept.EVENT: "round organisation hours rate state reason invoice changed_at"}

    round = models.ForeignKey("rounds.Round", on_delete=models.PROTECT, related_name="backfill")
    organisation = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    staff_group = models.CharField(max_length=20, choices=list(STAFF_GROUPS.items()), blank=True)
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    rate = models.DecimalField(max_digits=6, decimal_places=2)
    state = models.CharField(max_length=10, choices=BackfillState.choices, default=BackfillState.ASKED)
    reason = models.CharField(max_length=200, blank=True)
    invoice = models.CharField(max_length=40, blank=True)
    changed_at = models.DateTimeField()

    objects = BackfillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BackfillState.values), name="backfill_known_state"),
            models.CheckConstraint(condition=Q(hours__gt=0, rate__gt=0), name="backfill_costs_something"),
            models.CheckConstraint(
                condition=~Q(state__in=["invoiced", "paid"]) | ~Q(invoice=""), name="backfill_invoice_has_a_number"
            ),
            models.UniqueConstraint(
                F("round"),
                F("organisation"),
                F("staff_group"),
                condition=~Q(state__in=["declined", "withdrawn"]) & ~Q(staff_group=""),
                name="backfill_once_a_staff_group",
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "id"], name="backfill_latest_first")]

    @property
    def hours_said(self):
        return f"{self.hours.normalize():f}"

    @property
    def amount(self):
        return amount_of(self.hours, self.rate)


def amount_of(hours, rate):
    """In pounds."""
    return (hours * rate).quantize(PENNY, ROUND_HALF_UP)
