"""What Rounds of one kind begin with when they are planned."""

from django.db import models
from django.db.models import Q

from rounds.days import LONGEST
from rounds.states import Format, Kind
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

SHORTEST_MINUTES, LONGEST_MINUTES = 15, int(LONGEST.total_seconds() // 60)


class RoundTemplate(Record):
    """Answers that stand in the questions of a plan, to be changed there. A Round keeps no tie to it, so
    whoever changes or removes a template changes no Round.

    * `minutes`: how long it lasts.
    * `places`, `online_places`: as many as usual, where the format has them and somebody has said.
    * `needs_booking`: as of a Round.
    * `opens_days`: so many days before it booking opens. `reminder_days` as of a Round.
    """

    privacy = {
        Kept.REFERENCE: "system name kind format minutes places online_places needs_booking food opens_days "
        "reminder_days",
    }

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="round_templates")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.ORDINARY)
    format = models.CharField(max_length=12, choices=Format.choices)
    minutes = models.PositiveSmallIntegerField(default=60)
    places = models.PositiveIntegerField(null=True, blank=True)
    online_places = models.PositiveIntegerField(null=True, blank=True)
    needs_booking = models.BooleanField(default=True, db_default=True)
    food = models.CharField(max_length=120, blank=True)
    opens_days = models.PositiveSmallIntegerField(default=42)
    reminder_days = models.JSONField(default=list)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["system", "name"], name="template_name_once"),
            models.CheckConstraint(
                condition=Q(minutes__gte=SHORTEST_MINUTES, minutes__lte=LONGEST_MINUTES), name="template_lasts"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def in_short(self):
        numbers = [(self.places, "in the room"), (self.online_places, "online")]
        places = [f"{number} {where}" for number, where in numbers if number]
        kind = [] if self.kind == Kind.ORDINARY else [self.get_kind_display()]
        comes = [] if self.needs_booking else ["people just come"]
        return ", ".join([*kind, self.get_format_display(), f"{self.minutes} minutes", *places, *comes])
