"""What letters wait for besides their day: the pace of a lane, and addresses that are written to no more."""

import hashlib

from django.db import models
from django.db.models import Q

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .organisation import System
from .person import plain_email


class Reason(models.TextChoices):
    """Why a lane stands still."""

    CLOCK = "clock"
    RELAY = "relay"


class Pace(models.Model):
    """How fast the letters of a lane go, shared by all dispatchers; one row a lane.

    * `tokens`: letters that may go at once, as of `counted_at`; they come back with time.
    * `day` and `handed`: how many were claimed on that day.
    * `paused_until` and `reason`: the lane stands still until then.
    """

    privacy = {Kept.REFERENCE: "lane_rank tokens counted_at day handed paused_until reason"}

    lane_rank = models.PositiveSmallIntegerField(primary_key=True)
    tokens = models.FloatField(default=0)
    counted_at = models.DateTimeField(null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    handed = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_until=None, reason="") | Q(paused_until__isnull=False, reason__in=Reason.values),
                name="pace_paused_for_a_reason",
            ),
        ]

    def stands(self, now):
        """Whether nothing of this lane goes now."""
        return self.paused_until is not None and now < self.paused_until


class Why(models.TextChoices):
    """Why an address is written to no more."""

    REFUSED = "refused"
    STOPPED = "stopped"


class SuppressionQuerySet(models.QuerySet):
    def of(self, *addresses):
        return self.filter(print__in=[print_of(each) for each in addresses])

    def stopping(self, system):
        """Those that count for the letters of a system (its key); None for the portal's own letters."""
        return self.filter(Q(system=None) | Q(system=system))


class Suppression(Record):
    """An address to which no letter goes: its relay says that there is no such mailbox, or an administrator stopped it.

    Kept as a print, so that the list can be asked about an address and cannot be read. Ended by deleting the row.
    What an administrator says holds for the letters of their `system`; null for all, as of a mailbox that is not there.
    """

    privacy = {Kept.SUPPRESSED: "print system why"}

    print = models.CharField(max_length=64, db_index=True)
    system = models.ForeignKey(System, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    why = models.CharField(max_length=10, choices=Why.choices)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(why__in=Why.values), name="suppression_known_reason"),
            models.UniqueConstraint(fields=["print"], condition=Q(system=None), name="suppression_once"),
            models.UniqueConstraint(fields=["print", "system"], name="suppression_once_a_system"),
        ]


def print_of(address):
    return hashlib.sha256(f"no letters to {plain_email(address)}".encode()).hexdigest()
