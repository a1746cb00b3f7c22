"""The steering group of a system: its meetings, what was decided, and who sees to what. Its members hold the role."""

from django.db import models
from django.db.models import Q

from rounds.states import LineKind
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class SteeringMeeting(Record):
    """`agenda`: a line each, drawn from the state of the programme when it was planned and edited since. It names
    nobody, nor what was said at a Round."""

    privacy = {Kept.REFERENCE: "system on agenda"}

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="steering_meetings")
    on = models.DateField()
    agenda = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "on"], name="steering_meeting_once_a_day")]


class SteeringLineQuerySet(models.QuerySet):
    def open(self):
        """Actions that are not done."""
        return self.filter(kind=LineKind.ACTION, done_on=None)


class SteeringLine(Record):
    """A decision or an action, in a line. `owner` sees to it; their name goes with their account."""

    privacy = {Kept.REFERENCE: "meeting kind text due_on done_on", Kept.ACCOUNT: "owner"}

    meeting = models.ForeignKey(SteeringMeeting, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=10, choices=LineKind.choices)
    text = models.CharField(max_length=200)
    owner = models.ForeignKey("members.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)

    objects = SteeringLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LineKind.values), name="steering_line_known_kind"),
            models.CheckConstraint(
                condition=Q(kind=LineKind.ACTION) | Q(due_on=None, done_on=None), name="steering_decision_is_not_due"
            ),
        ]
