"""The box of a Round as everybody may know it: its code, its hours, whether it has been counted."""

import secrets

from django.db import models
from django.db.models import Q

from evaluation.codes import in_parts
from evaluation.states import KEY_AWAITED, KEY_STAYS, OPENS_BEFORE, BoxState
from rounds.states import RoundState
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class FeedbackBoxQuerySet(models.QuerySet):
    def open_without_a_key(self):
        """Those that were open when forms were not sealed yet."""
        return self.filter(state=BoxState.OPEN, public_key="")

    def with_a_key_to_destroy(self, now):
        over = Q(state__in=[BoxState.EMPTIED, BoxState.LOST]) | Q(counted_at__lte=now - KEY_STAYS)
        return self.filter(over, key_destroyed_at=None).exclude(public_key="").exclude(state=BoxState.OPEN)

    def waiting_to_be_counted(self, now):
        waiting = self.filter(state=BoxState.OPEN, closes_at__lte=now)
        return waiting.exclude(round__state__in=(RoundState.CANCELLED, RoundState.POSTPONED))

    def of_postponed_rounds(self):
        return self.filter(state=BoxState.OPEN, round__state=RoundState.POSTPONED)

    def of_cancelled_rounds(self):
        return self.filter(state=BoxState.OPEN, round__state=RoundState.CANCELLED)


class FeedbackBox(Record):
    """One box per Round. What lies in it is in another database (``models.box``) and has no key to here but the Round.

    `closes_at` may be put later while the box is open, never earlier: the database refuses it too.

    `public_key` seals the forms (``sealing``). Its private half is a file where the worker of the queue `box` runs
    (``actions.box_keys``) and stands in no database. `key_apart`: that file was made on another device than the
    databases. `key_missed_at`: when the box was to be counted and its key was not there.
    """

    privacy = {
        Kept.EVENT: "round room_code questionnaire opens_at closes_at state counted_at public_key key_apart "
        "key_missed_at key_destroyed_at"
    }

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, related_name="feedback_box")
    room_code = models.CharField(max_length=12, unique=True)
    questionnaire = models.ForeignKey("evaluation.Questionnaire", on_delete=models.PROTECT, related_name="+")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=BoxState.choices, default=BoxState.OPEN)
    counted_at = models.DateTimeField(null=True, blank=True)
    public_key = models.TextField(blank=True, editable=False)
    key_apart = models.BooleanField(default=False)
    key_missed_at = models.DateTimeField(null=True, blank=True)
    key_destroyed_at = models.DateTimeField(null=True, blank=True)

    objects = FeedbackBoxQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BoxState.values), name="feedback_box_known_state"),
            models.CheckConstraint(condition=Q(closes_at__gt=models.F("opens_at")), name="feedback_box_closes_after"),
        ]
        indexes = [models.Index(fields=["state", "opens_at"], name="feedback_box_by_state")]

    @property
    def code_in_parts(self) -> str:
        """As it is read out."""
        return in_parts(self.room_code)

    @property
    def mark(self) -> str:
        """By which whoever has its code finds it among all boxes. In digits, so that nobody takes it for a code."""
        digits = f"{self.pk.int % 10**9:09}"
        return "\N{NO-BREAK SPACE}".join([digits[:3], digits[3:6], digits[6:]])

    @property
    def takes_forms_from(self):
        """Later than it was opened where its Round has moved since."""
        return max(self.opens_at, self.round.starts_at - OPENS_BEFORE)

    def takes_forms(self, now) -> bool:
        return self.state == BoxState.OPEN and self.takes_forms_from <= now < self.closes_at

    @property
    def key_is_missed(self) -> bool:
        return self.state == BoxState.OPEN and self.key_missed_at is not None

    @property
    def given_up_on(self):
        """When the forms are destroyed, should the key not be back by then."""
        return self.key_missed_at and self.key_missed_at + KEY_AWAITED


def new_secret():
    return secrets.token_hex(32)


class CardDeck(Record):
    """The secret from which the codes on a Round's printed cards are made. No card is kept, nor who drew it: a code
    proves itself (``codes.is_card``). `cards`: how many were printed at most. Destroyed when the box is counted."""

    privacy = {Kept.BOX: "round secret cards"}

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, related_name="card_deck")
    secret = models.CharField(max_length=64, default=new_secret, editable=False)
    cards = models.PositiveSmallIntegerField(default=0)

    @property
    def key(self) -> bytes:
        return bytes.fromhex(self.secret)
