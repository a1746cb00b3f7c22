"""What a facilitator has learnt, and with whom."""

from django.db import models
from django.db.models import F, Q

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .person import Person


class Training(Record):
    """The training record of one facilitator, as far as anybody has entered it.

    When they last facilitated is not entered: Rounds know (``registry.practices``). Nothing here says which Rounds
    somebody came to.
    """

    privacy = {Kept.ROLE: "person course held_on mentor first_round_on refresh_due"}

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="training")
    course = models.CharField(max_length=120, blank=True)
    held_on = models.DateField(null=True, blank=True)
    mentor = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    first_round_on = models.DateField(null=True, blank=True)
    refresh_due = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(mentor=F("person")), name="training_mentor_is_somebody_else")
        ]
