"""Places and the waiting list of a Round."""

from django.db import models
from django.db.models import Q

from rounds.states import BookingState, Way
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class BookingQuerySet(models.QuerySet):
    def with_a_place(self):
        return self.filter(state=BookingState.PLACE)

    def waiting(self):
        """In the order of the queue, which is the order in which the Round's lock was taken."""
        return self.filter(state=BookingState.WAITING).order_by("queue_number")

    def active(self):
        return self.exclude(state=BookingState.CANCELLED)


class Booking(Record):
    """A person's place at a Round, or their turn in its waiting list.

    A cancelled booking stays until retention takes it; booking again makes a new row, and so new letters.
    `queue_number` grows per Round and is never given twice. `in_diary` is set by one tap of the person: only then do
    letters carry calendar entries, whose UID is `diary_uid`.
    """

    privacy = {Kept.ROUND_30: "round person way state queue_number in_diary changed_at"}

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="bookings")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="bookings")
    way = models.CharField(max_length=10, choices=Way.choices)
    state = models.CharField(max_length=10, choices=BookingState.choices)
    queue_number = models.PositiveIntegerField()
    in_diary = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    objects = BookingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person"], condition=~Q(state="cancelled"), name="booking_one_per_person_and_round"
            ),
            models.UniqueConstraint(fields=["round", "queue_number"], name="booking_queue_number_once"),
            models.CheckConstraint(condition=Q(state__in=BookingState.values), name="booking_known_state"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="booking_known_way"),
        ]
        indexes = [models.Index(fields=["person", "state"], name="booking_by_person")]
