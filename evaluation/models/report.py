"""Reports as files, from the moment they are asked for until they are gone."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from evaluation.states import ReportKind, ReportState
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .tally import HALF_YEAR

KEPT_FOR = timedelta(days=7)
# A worker that was killed says nothing.
GIVEN_UP_AFTER = timedelta(minutes=10)


class ReportFileQuerySet(models.QuerySet):
    def kept(self, now):
        return self.filter(created_at__gt=now - KEPT_FOR)

    def forgotten(self, now):
        return self.filter(created_at__lte=now - KEPT_FOR)

    def of_system(self, system):
        """Of a half-year or a year of it, and not of one Round."""
        return self.filter(system=system, round=None)

    def to_make(self, now):
        """The oldest first."""
        return self.kept(now).filter(state=ReportState.WAITING).order_by("created_at", "pk")

    def left(self, now):
        return self.filter(state=ReportState.MAKING, begun_at__lte=now - GIVEN_UP_AFTER)


class ReportFile(Record):
    """A report that somebody asked for, and its file once it is ready: for them alone.

    `half_year` is the first of its period; `round` is set where the report is of that Round alone.
    """

    privacy = {Kept.REPORT: "system kind half_year round asked_by state begun_at content"}

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=ReportKind.choices)
    half_year = models.CharField(max_length=HALF_YEAR)
    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    asked_by = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="report_files")
    state = models.CharField(max_length=10, choices=ReportState.choices, default=ReportState.WAITING)
    begun_at = models.DateTimeField(null=True, blank=True)
    content = models.BinaryField(default=bytes, blank=True)

    objects = ReportFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by", "system", "kind", "half_year"],
                condition=Q(round=None),
                name="report_file_once",
            ),
            models.UniqueConstraint(fields=["asked_by", "round"], name="report_file_of_a_round_once"),
            models.CheckConstraint(
                condition=Q(kind=ReportKind.ROUND, round__isnull=False) | ~Q(kind=ReportKind.ROUND) & Q(round=None),
                name="report_file_of_a_round_has_one",
            ),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_file_known_state"),
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="report_file_known_kind"),
        ]
