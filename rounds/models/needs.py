"""What somebody needs at one Round: to get in and follow, and to eat."""

from datetime import timedelta

from django.db import models

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

KEPT_AFTER = timedelta(hours=24)


class NeedsQuerySet(models.QuerySet):
    def over(self, now):
        """Of Rounds that ended a day ago, and of those that do not take place."""
        return self.filter(
            models.Q(round__ends_at__lte=now - KEPT_AFTER) | models.Q(round__state="cancelled"),
        )


class Needs(Record):
    """Said by the person who has the place, and gone with it. No page shows it beside a name but to themself.

    `diet` holds codes of ``states.Diet``; `food` and `access` their own words. It bears no time but that of its making.
    """

    privacy = {Kept.DAY_AFTER: "round person diet food access"}

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="needs")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="needs")
    diet = models.JSONField(default=list)
    food = models.CharField(max_length=200, blank=True)
    access = models.CharField(max_length=300, blank=True)

    objects = NeedsQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="needs_once")]
