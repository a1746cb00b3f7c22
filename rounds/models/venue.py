"""Rooms where Rounds happen."""

from django.db import models

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class Venue(Record):
    """A room and how to get into it. `room_limit` is the most people it may hold."""

    privacy = {Kept.REFERENCE: "organisation name address getting_in room_limit"}

    organisation = models.ForeignKey("members.Organisation", on_delete=models.CASCADE, related_name="venues")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    getting_in = models.TextField(blank=True)
    room_limit = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="venue_name_once")]

    def __str__(self):
        return f"{self.name}, {self.address}" if self.address else self.name
