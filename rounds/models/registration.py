"""Places, offers and the waiting list of a Round."""

import uuid

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from rounds.codes import place_code
from rounds.states import ENDED, HOLDING, RESERVED, BookingState, Jump, Way
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .diary import DiaryEntry


class BookingQuerySet(models.QuerySet):
    def with_a_place(self):
        return self.filter(state=BookingState.PLACE)

    def holding(self):
        """Those with a place, and those to whom one is offered."""
        return self.filter(state__in=HOLDING)

    def offered(self):
        return self.filter(state=BookingState.OFFERED).order_by("offer_ends_at", "queue_number")

    def waiting(self):
        """In the order of the queue: those whom a facilitator put first, with a reason; then the order in which the
        Round's lock was taken."""
        in_order = (F("jumped_at").asc(nulls_last=True), "queue_number")
        return self.filter(state=BookingState.WAITING).order_by(*in_order)

    def in_line_for(self, way):
        """Those who wait for a place of that way, or would take one of either."""
        return self.filter(Q(way=way) | Q(either=True))

    def before(self, booking):
        """Those who wait and come before this one, of the same Round and way."""
        same = self.in_line_for(booking.way).filter(state=BookingState.WAITING, round=booking.round_id)
        joined_before = Q(queue_number__lt=booking.queue_number)
        if booking.jumped_at is None:
            return same.filter(Q(jumped_at__isnull=False) | joined_before)
        return same.filter(Q(jumped_at__lt=booking.jumped_at) | Q(joined_before, jumped_at=booking.jumped_at))

    def overtaking(self, booking):
        """Those who joined after this one and were put before it or have a reserved place, and have not gone since."""
        if booking.jumped_at is not None:
            return self.none()
        later = self.in_line_for(booking.way).active().filter(round=booking.round_id)
        later = later.filter(queue_number__gt=booking.queue_number)
        return later.filter(Q(jumped_at__isnull=False) | Q(state__in=HOLDING, reserve__isnull=False))

    def latest_of_each(self, person):
        """Of each Round the person's booking that stands, or the offer that they did not answer in time, unless they
        have booked again or left since."""
        later = Booking.objects.filter(
            round=OuterRef("round"), person=person, queue_number__gt=OuterRef("queue_number")
        )
        return self.filter(~Exists(later), person=person).exclude(state=BookingState.CANCELLED)

    def active(self):
        return self.exclude(state__in=ENDED)


class Booking(Record):
    """A person's place at a Round, the offer of one, or their turn in its waiting list.

    A booking that has ended stays until retention takes it; booking again makes a new row, and so new letters.

    * `way`: how they come, or would like to; `either`: that they would take a place of the other way too, where a Round
      has two. Whichever comes first is offered, and is their way from then on.
    * `queue_number` grows per Round and is never given twice.
    * `offer_ends_at`: until when the place that is offered is held for them. A booking has one offer at most: whoever
      declines it or does not answer is on the list no more.
    * `reserve`: that the place is a reserved one, which nobody before them in the queue could have.
    * `jumped_at`, `jump_reason`: that a facilitator put it before those who joined earlier, and why, as these read it.
      It stands here alone, in no log, and goes with the booking.
    """

    privacy = {
        Kept.ROUND_30: "round person way either state queue_number changed_at offer_ends_at reserve jumped_at "
        "jump_reason",
    }

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="bookings")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="bookings")
    way = models.CharField(max_length=10, choices=Way.choices)
    either = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=BookingState.choices)
    queue_number = models.PositiveIntegerField()
    changed_at = models.DateTimeField()
    offer_ends_at = models.DateTimeField(null=True, blank=True)
    reserve = models.ForeignKey(
        "rounds.KeptPlaces", on_delete=models.SET_NULL, null=True, blank=True, related_name="bookings"
    )
    jumped_at = models.DateTimeField(null=True, blank=True)
    jump_reason = models.CharField(max_length=14, choices=Jump.choices, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person"],
                condition=~Q(state__in=["lapsed", "cancelled"]),
                name="booking_one_per_person_and_round",
            ),
            models.UniqueConstraint(fields=["round", "queue_number"], name="booking_queue_number_once"),
            models.CheckConstraint(condition=Q(state__in=BookingState.values), name="booking_known_state"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="booking_known_way"),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offer_ends_at__isnull=False), name="booking_offer_has_an_end"
            ),
            models.CheckConstraint(
                condition=Q(jumped_at=None, jump_reason="") | Q(jumped_at__isnull=False, jump_reason__in=Jump.values),
                name="booking_jump_has_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["person", "state"], name="booking_by_person")]

    @property
    def door_code(self):
        return place_code(self.pk)

    @property
    def why_before(self) -> str:
        """Why they come before those who joined earlier; "" where they do not."""
        return self.get_jump_reason_display() or (RESERVED if self.reserve_id else "")

    @property
    def open_entry(self):
        """The one in the person's diary; None where they did not ask for it."""
        return next((entry for entry in self.diary_entries.all() if entry.ended_at is None), None)

    def next_entry(self):
        """The one that would be put into a diary now; not saved, and without an address."""
        before = len(self.diary_entries.all())
        key = uuid.uuid5(self.pk, f"{before}") if before else self.pk
        return DiaryEntry(pk=key, booking=self, style=self.person.diary_style, sequence=self.round.version)
