"""Who came, while it is needed; what remains of it."""

import uuid

from django.db import models

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class Register(models.Model):
    """The list of one Round from the day itself until 30 days after. Its headcount is exact, so it goes with it."""

    privacy = {Kept.ROUND_30: "id round headcount closed_at"}

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, related_name="register")
    headcount = models.PositiveIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)


class Attendance(models.Model):
    """This person came to this Round.

    No time and no rising key: the order in which people came says who came with whom.
    """

    privacy = {Kept.ROUND_30: "id round person"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="attendances")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="attendances")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="attendance_once")]


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
