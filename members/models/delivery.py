"""The record of every letter: the database is the truth, the queue only a doorbell."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rounds_site.kit.privacy import Kept

from .organisation import System
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


class Settled(models.TextChoices):
    """What a person has said of an uncertain letter, and what came of it. It may go again once."""

    LEFT = "left"
    ASKED = "asked"
    GONE = "gone"
    STAYED = "stayed"


class DeliveryQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(state=DeliveryState.PENDING, due_at__lte=now).order_by("lane_rank", "due_at", "id")

    def not_held(self):
        """Without those of systems whose administrator holds them back."""
        return self.exclude(system__in=System.objects.filter(letters_held_at__isnull=False).values("pk"))

    def to_go_again(self, now):
        """Uncertain ones for which a person asked, and which no dispatcher holds."""
        asked = self.filter(state=DeliveryState.UNCERTAIN, settled=Settled.ASKED, due_at__lte=now)
        return asked.filter(Q(claimed_until=None) | Q(claimed_until__lt=Now())).order_by("due_at", "id")

    def oldest_due(self, now, *, lane_rank):
        """Since when the oldest letter of a lane waits that may go now; None where none does."""
        waiting = self.filter(state=DeliveryState.PENDING, lane_rank=lane_rank, due_at__lte=now)
        return waiting.aggregate(models.Min("due_at"))["due_at__min"]

    def asks_for_a_word(self):
        """Uncertain ones of which nobody has said what is to become of them."""
        return self.filter(state=DeliveryState.UNCERTAIN, settled__in=["", Settled.GONE])

    def by_state(self):
        """Pairs of each state and how many letters are in it, none left out. Of rows and not of keys: these stand in an
        index, which is far smaller than the letters."""
        found = dict(self.values_list("state").annotate(number=models.Count("*")).order_by())
        return [(state, found.get(state, 0)) for state in DeliveryState.values]


class Delivery(models.Model):
    """One letter to one recipient.

    * `dedupe_key` makes a second row for the same reason impossible (``invite:<round>:<person>``).
    * `about` is an opaque id, and `part` that of the part of it that this letter is of (a Round, a booking); whoever
      registered `kind` understands them. `version` is the version of that thing which was rendered: hand-over compares
      it and renders again when it has moved on.
    * `person` is null only for named contacts of partners, whose address then stands in `address`.
    * `system` is the key of the care system whose letter it is; null for the portal's own. No foreign key: whoever
      books writes a letter under the lock of a Round, and would wait for whoever holds the system.
    * `token` and `state` are the fence: only the dispatcher that holds the token may change the row. Times are used by
      the sweeper alone.
    * Rows with one `message_id` left in one message, and share what became of it.
    * `had_to_wait`: another letter to many had gone to this person within the days that lie between two.
    * `settled`: of an uncertain letter, that it was *left* as it is; that somebody *asked* for it to go again, and that
      it has *gone*, or *stayed*: it would say something else by now, or was refused. "" where nobody has said anything.
      An uncertain letter stays *uncertain* until it is in hand again, so that whoever asks who was written to finds it.
    * `error` is a class and code (``SMTPRecipientsRefused 550``), never text, which may quote an address.
    """

    privacy = {
        Kept.LETTER: "dedupe_key kind lane_rank person address system about part state due_at expires_at version token "
        "claimed_until attempts message_id content_hash handed_at finished_at had_to_wait settled error"
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField()
    dedupe_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    lane_rank = models.PositiveSmallIntegerField(default=0, help_text="0 personal, 1 bulk: personal letters go first")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    address = models.EmailField(blank=True)
    system = models.UUIDField(null=True, blank=True)
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
    had_to_wait = models.BooleanField(default=False)
    settled = models.CharField(max_length=10, choices=Settled.choices, blank=True)
    error = models.CharField(max_length=80, blank=True)

    objects = DeliveryQuerySet.as_manager()

    # When a dispatcher read what the letter says; not kept.
    looked_at = None
    # Others to the same person that leave in the same message, while a dispatcher holds them; not kept.
    beside = ()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_known_state"),
            models.CheckConstraint(condition=Q(settled__in=["", *Settled.values]), name="delivery_known_settled"),
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
            models.Index(fields=["due_at"], condition=Q(settled="asked"), name="delivery_to_go_again"),
            models.Index(fields=["about", "kind"], name="delivery_about"),
            models.Index(fields=["address"], condition=~Q(address=""), name="delivery_to_address"),
            models.Index(fields=["system", "state"], name="delivery_of_a_system"),
            models.Index(fields=["person", "handed_at"], condition=Q(lane_rank=1), name="delivery_to_many"),
            models.Index(fields=["handed_at"], condition=Q(lane_rank=1), name="delivery_last_to_many"),
        ]

    @property
    def in_this_message(self):
        return [self, *self.beside]
