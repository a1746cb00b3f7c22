"""The record of every letter: the database is the truth, the queue only a doorbell."""

import uuid

from django.db import models
from django.db.models import Q

from rounds_site.kit.privacy import Kept

from .person import Person


class Lane(models.TextChoices):
    PERSONAL = "personal"
    BULK = "bulk"


class DeliveryState(models.TextChoices):
    """pending → claimed → handing → sent | failed | uncertain | cancelled; see ``members.actions.correspondence``."""

    PENDING = "pending"
    CLAIMED = "claimed"
    HANDING = "handing"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


class DeliveryQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(state=DeliveryState.PENDING, due_at__lte=now).order_by("lane_rank", "due_at", "id")


class Delivery(models.Model):
    """One letter to one recipient.

    * `dedupe_key` makes a second row for the same reason impossible (``invite:<round>:<person>``).
    * `about` is an opaque id, and `part` that of the part of it that this letter is of (a Round, a booking); whoever
      registered `kind` understands them. `version` is the version of that thing which was rendered: hand-over compares
      it and renders again when it has moved on.
    * `person` is null only for named contacts of partners, whose address then stands in `address`.
    * `token` and `state` are the fence: only the dispatcher that holds the token may change the row. Times are used by
      the sweeper alone.
    * `error` is a class and code (``SMTPRecipientsRefused 550``), never text, which may quote an address.
    """

    privacy = {
        Kept.LETTER: "dedupe_key kind lane_rank person address about part state due_at expires_at version token "
        "claimed_until attempts message_id content_hash handed_at finished_at error"
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField()
    dedupe_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    lane_rank = models.PositiveSmallIntegerField(default=0, help_text="0 personal, 1 bulk: personal letters go first")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    address = models.EmailField(blank=True)
    about = models.UUIDField(null=True, blank=True)
    part = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=120, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=80, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_known_state"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, address="") | (Q(person=None) & ~Q(address="")),
                name="delivery_one_recipient",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "handing"], token__isnull=False)
                | ~Q(state__in=["claimed", "handing"]),
                name="delivery_held_with_a_token",
            ),
            # So that a diary entry and its cancellation cannot overtake each other on two connections.
            models.UniqueConstraint(
                fields=["person", "about"], condition=Q(state="handing"), name="delivery_one_in_hand"
            ),
        ]
        indexes = [
            models.Index(fields=["lane_rank", "due_at", "id"], condition=Q(state="pending"), name="delivery_due"),
            models.Index(fields=["claimed_until"], condition=Q(state__in=["claimed", "handing"]), name="delivery_held"),
            models.Index(fields=["about", "kind"], name="delivery_about"),
        ]
