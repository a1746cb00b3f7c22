"""Rounds that were planned together, and by which rule."""

from django.db import models
from django.db.models import Q

from rounds.days import EVERY, NTH, Rule
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class Series(Record):
    """What its Rounds had in common when they were planned. Each of them is a Round like any other from then on, and
    may move or be called off alone; so this row says where they came from, never what they are.

    * `title` is the pattern: “[month]” in it stands for the month of each Round.
    * The rule is that of ``rounds.days.Rule``.
    """

    privacy = {
        Kept.EVENT: "system host_organisation host_place title week weekday every first_on number starts ends "
        "months_off bank_holidays_off",
        Kept.PLANNER: "planned_by",
    }

    RULED_BY = "week weekday every first_on number starts ends months_off bank_holidays_off".split()

    system = models.ForeignKey("members.System", on_delete=models.PROTECT, related_name="series")
    host_organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    host_place = models.ForeignKey("members.Place", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=120)
    week = models.SmallIntegerField()
    weekday = models.PositiveSmallIntegerField()
    every = models.PositiveSmallIntegerField(default=1)
    first_on = models.DateField()
    number = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()
    months_off = models.JSONField(default=list)
    bank_holidays_off = models.BooleanField(default=True)
    planned_by = models.ForeignKey("members.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(week__in=list(NTH), weekday__lte=6, every__in=list(EVERY)), name="series_known_rule"
            ),
            models.CheckConstraint(condition=Q(host_organisation=None) | Q(host_place=None), name="series_one_host"),
        ]

    def __str__(self):
        return self.title

    @property
    def rule(self):
        return Rule(**{name: getattr(self, name) for name in self.RULED_BY})
