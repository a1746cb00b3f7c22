"""Who came, while it is needed; what remains of it."""

import uuid

from django.db import models
from django.db.models import Q

from members.roles import STAFF_GROUPS
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class Register(models.Model):
    """The list of one Round from the day itself until 30 days after. Its headcount is exact, so it goes with it."""

    privacy = {Kept.ROUND_30: "id round headcount closed_at"}

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, related_name="register")
    headcount = models.PositiveIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)


class AttendanceQuerySet(models.QuerySet):
    def walk_ins(self):
        return self.filter(person=None)


class Attendance(models.Model):
    """Somebody came to this Round: a person with an account, or a walk-in, of whom nothing but this row is kept.

    No time and no rising key: the order in which people came says who came with whom. `first_round` is what was tapped
    at the door; once the register is closed it stands only where it was counted (see ``actions.attendance``).
    """

    privacy = {Kept.ROUND_30: "id round person name organisation staff_group first_round"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="attendances")
    person = models.ForeignKey(
        "members.Person", on_delete=models.CASCADE, null=True, blank=True, related_name="attendances"
    )
    name = models.CharField(max_length=100, blank=True)
    organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    staff_group = models.CharField(max_length=20, choices=list(STAFF_GROUPS.items()), blank=True)
    first_round = models.BooleanField(default=False)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "person"], name="attendance_once"),
            models.CheckConstraint(
                condition=Q(person=None) | Q(name="", organisation=None, staff_group=""),
                name="attendance_describes_walk_ins_only",
            ),
        ]


class FirstRoundCounted(models.Model):
    """This person's first Round has been counted: no more is kept of it, so that nobody is counted twice in a life.

    No Round, no time. The whole table is written anew, shuffled, whenever somebody comes to it: neither the order of
    the rows nor the transaction that wrote them says who was counted together, and so at which Round.
    """

    privacy = {Kept.ACCOUNT: "person"}

    person = models.OneToOneField(
        "members.Person", on_delete=models.CASCADE, primary_key=True, related_name="first_round_counted"
    )


class RoundFigure(Record):
    """What the figures know of one Round: entered once, already rounded, never changed.

    `headcount` and `forms` are to the nearest 5, or null for "fewer than 8".
    """

    privacy = {Kept.EVENT: "round headcount headcount_entered_at forms forms_entered_at"}

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, related_name="figure")
    headcount = models.PositiveIntegerField(null=True, blank=True)
    headcount_entered_at = models.DateTimeField(null=True, blank=True)
    forms = models.PositiveIntegerField(null=True, blank=True)
    forms_entered_at = models.DateTimeField(null=True, blank=True)
