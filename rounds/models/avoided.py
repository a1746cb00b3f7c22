"""Dates on which no Round should be planned, as somebody typed them in."""

from django.db import models
from django.db.models import F, Q

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class AvoidedDates(Record):
    """From one day to another, both of them too: why, and whose they are.

    They are the whole system's unless a Place or a partner is named. They forbid nothing: whoever plans reads them, and
    decides. What somebody in particular is doing on that day has no place here.
    """

    privacy = {Kept.REFERENCE: "system place organisation starts_on ends_on why"}

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="avoided_dates")
    place = models.ForeignKey("members.Place", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    why = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="avoided_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(place=None) | Q(organisation=None), name="avoided_one_owner_at_most"),
        ]
        indexes = [models.Index(fields=["system", "ends_on"], name="avoided_by_date")]

    def __str__(self):
        return self.why

    @property
    def whose(self):
        return self.organisation or self.place or self.system
