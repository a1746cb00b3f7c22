"""What is left to do once a Round is over: to talk it through, and to look after whoever it stirred."""

from django.db import models
from django.db.models import Q

from rounds.states import DebriefOf
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept, kept_for

CARED_FOR = kept_for("care")
TALKED_OF = kept_for("debriefs")


class Debrief(Record):
    """What the committee or the panel says of a Round: what went well and what to change, without a name. It does not
    say who wrote it down."""

    privacy = {Kept.EVENT: "round", Kept.DEBRIEF: "of went_well to_change"}

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="debriefs")
    of = models.CharField(max_length=10, choices=DebriefOf.choices)
    went_well = models.TextField(blank=True)
    to_change = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "of"], name="debrief_once"),
            models.CheckConstraint(condition=Q(of__in=DebriefOf.values), name="debrief_known"),
        ]


class CareOwedQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done_on=None)


class CareOwed(Record):
    """That somebody is owed a word: who of the team sees to it, by when, and whether it was done. To whom and why it is
    owed stands nowhere, and nothing here leads there.

    * `owner`: None where whoever saw to it is in the team no more, so that it waits for somebody to take it on.
    """

    privacy = {Kept.CARE_OWED: "round owner due_on done_on"}

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="care_owed")
    owner = models.ForeignKey("members.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)

    objects = CareOwedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "care owed"

    def is_due(self, on) -> bool:
        return self.done_on is None and self.due_on <= on
