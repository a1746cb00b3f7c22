"""Partners on their way to hosting Rounds: from the first interest to their first three."""

from django.db import models

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class NewHost(Record):
    """A partner on its way in a system. `by_hand`: codes of the steps (``states.StartStep``) that somebody ticked,
    because the portal cannot see them."""

    privacy = {Kept.REFERENCE: "system organisation interested_on by_hand"}

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="new_hosts")
    organisation = models.ForeignKey("members.Organisation", on_delete=models.CASCADE, related_name="+")
    interested_on = models.DateField()
    by_hand = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "organisation"], name="new_host_once")]
