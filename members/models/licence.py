"""Under which licence a system holds Rounds, and which of its partners it covers. Who licenses is a setting."""

import datetime as dt

from django.db import models
from django.db.models import F, Q

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .organisation import Organisation, System

ENDS_SOON = dt.timedelta(days=90)


class Licence(Record):
    """The licence of a system, as it stands. `holder`: the partner that holds it, or None for the system itself.
    `last_on`: the last day on which it holds, or None where none was agreed."""

    privacy = {Kept.REFERENCE: "system holder number starts_on last_on"}

    system = models.OneToOneField(System, on_delete=models.CASCADE, related_name="licence")
    holder = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    number = models.CharField(max_length=60)
    starts_on = models.DateField()
    last_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(last_on__gte=F("starts_on")), name="licence_ends_after_it_begins"
            )
        ]

    def has_ended(self, on):
        return self.last_on is not None and self.last_on < on

    def ends_soon(self, on):
        return self.last_on is not None and on <= self.last_on <= on + ENDS_SOON

    def covers(self, organisation):
        """Whoever holds it needs no memorandum."""
        covered = {each.organisation_id for each in self.coverages.all()}
        return organisation.pk == self.holder_id or organisation.pk in covered


class Coverage(Record):
    """That a memorandum with this partner lets it hold Rounds under the licence, and from which day it is."""

    privacy = {Kept.REFERENCE: "licence organisation memorandum_on"}

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="coverages")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="coverages")
    memorandum_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["licence", "organisation"], name="coverage_once")]
