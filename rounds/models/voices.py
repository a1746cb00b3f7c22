"""Finding voices: who offered to tell a story, who was asked, which themes there are, and how a year's voices mix."""

import datetime as dt
import uuid
from collections import Counter

from django.db import models
from django.db.models import Q

from members.roles import SECTORS
from rounds.states import Voice
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept, kept_for

KEPT_FOR = kept_for("voices")
# So long after a quarter nobody of its Rounds is named any more.
COUNTED_AFTER = dt.timedelta(days=30)


class KeptForAYear(models.QuerySet):
    def over(self, now):
        return self.filter(created_at__lte=now - KEPT_FOR)

    def standing(self, now):
        return self.filter(created_at__gt=now - KEPT_FOR)


class Offer(Record):
    """That somebody might tell a story, said to one reader whom they chose among those who look for voices. Whoever
    writes to several has a row for each, and what is taken back is gone for all."""

    privacy = {Kept.VOICES: "system person reader about theme reach"}

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="+")
    reader = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=1000, blank=True)
    theme = models.CharField(max_length=150, blank=True)
    reach = models.CharField(max_length=200, blank=True)

    objects = KeptForAYear.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "reader"], name="offer_once_to_each_reader")]
        indexes = [models.Index(fields=["reader", "-created_at", "id"], name="offer_latest_first")]


class Approach(Record):
    """That somebody was asked to tell a story in a system, when and by whom; never what they answered.

    `name` is what whoever asked calls them. Asking through a panel writes one. Whoever says no at once leaves it, or a
    row that stays would tell who said yes; whoever steps back after a yes takes with them all since they were asked
    (``actions.approaches.forget``).
    """

    privacy = {Kept.VOICES: "system person name by"}

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="+")

    objects = KeptForAYear.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | ~Q(name=""),
                name="approach_of_somebody",
            )
        ]
        indexes = [models.Index(fields=["-created_at", "id"], name="approach_latest_first")]

    def __str__(self):
        return self.name or str(self.person)


class Theme(Record):
    """A title that might call stories forth, what it is about and how it went, a line each. Who suggested it is kept
    nowhere."""

    privacy = {Kept.REVIEWED: "system title about went is_suggested"}

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=150)
    about = models.CharField(max_length=300, blank=True)
    went = models.CharField(max_length=300, blank=True)
    is_suggested = models.BooleanField(default=False)

    def __str__(self):
        return self.title


class ThemeUse(Record):
    """That a Round was held under that theme."""

    privacy = {Kept.EVENT: "theme round"}

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="uses")
    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["theme", "round"], name="theme_used_once_at_a_round")]


def quarter_of(day):
    """The first day of its quarter."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


class VoiceTallyQuerySet(models.QuerySet):
    def of_the_year(self, on):
        """Of the last four quarters of which everybody has been forgotten by that day."""
        first, after = year_counted(on)
        return self.filter(quarter__gte=first, quarter__lt=after)

    def by(self, *fields):
        """{field: {value: how many voices}}"""
        found = {field: Counter() for field in fields}
        for *values, number in self.order_by(*fields).values_list(*fields, "number"):
            for field, value in zip(fields, values, strict=True):
                found[field][value] += number
        return found


def year_counted(on):
    """(its first day, the day after its last)"""
    after = quarter_of(on - COUNTED_AFTER)
    return after.replace(year=after.year - 1), after


class VoiceTally(models.Model):
    """How many told a story in the Rounds of a quarter, by the kind of their work and their sector.

    Added to as the panel of a Round is forgotten, when nobody can step back any more, and read only once the whole
    quarter is: a count that followed the live panels would tell, from one look to the next, that somebody has gone.
    """

    privacy = {Kept.COUNT: "id system quarter kind sector number"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="+")
    quarter = models.DateField()
    kind = models.CharField(max_length=12, choices=Voice.choices)
    sector = models.CharField(max_length=20, choices=list(SECTORS.items()), blank=True)
    number = models.PositiveIntegerField(default=0)

    objects = VoiceTallyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "quarter", "kind", "sector"], name="voice_tally_once"),
            models.CheckConstraint(condition=Q(kind__in=Voice.values), name="voice_tally_known_kind"),
        ]
