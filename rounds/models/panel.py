"""Who tells a story at one Round, and how they are prepared: rows of that Round, gone without trace when someone
steps back."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q

from rounds.states import PREPARED_BY, Step
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

SHOWN_FOR = timedelta(days=30)


@dataclass
class Panel:
    """A panel in numbers, for whoever may know no name. `overdue`: steps before the Round whose date has come."""

    asked: int = 0
    agreed: int = 0
    prepared: int = 0
    placed: int = 0
    overdue: int = 0

    def count(self, storyteller, on):
        self.asked += 1
        if storyteller.has_agreed:
            steps = [storyteller.steps_by_kind[kind] for kind in PREPARED_BY]
            self.agreed += 1
            self.prepared += all(step.done_on for step in steps)
            self.overdue += any(step.is_due(on) for step in steps)
            self.placed += storyteller.position is not None


class StorytellerQuerySet(models.QuerySet):
    def agreed(self):
        return self.filter(Exists(_done(Step.AGREED)))

    def in_order(self):
        """In the order in which they speak; those without a turn yet come last, as they were asked."""
        return self.order_by(F("position").asc(nulls_last=True), "created_at", "pk")

    def with_steps(self):
        """Each carries `steps_by_kind`, all of their steps with the owners."""
        return self.prefetch_related(Prefetch("steps", PreparationStep.objects.select_related("owner")))

    def shown(self, now):
        """Nobody is named later than every page promises, whenever the rows themselves go."""
        return self.filter(round__ends_at__gt=now - SHOWN_FOR)

    def panels(self, rounds, *, on):
        """{key: Panel} of each of the Rounds, in two queries however many there are."""
        found = {round.pk: Panel() for round in rounds}
        for each in self.filter(round__in=found).with_steps():
            found[each.round_id].count(each, on)
        return found


def _done(kind):
    return PreparationStep.objects.filter(storyteller=OuterRef("pk"), kind=kind, done_on__isnull=False)


class Storyteller(Record):
    """A person who was asked to tell a story at a Round, or has agreed to.

    Whoever steps back is not marked: their row goes, with its steps and letters, so no state says that they did.
    `position` is their turn, from 1 on without a gap; null until the order has been set.
    """

    privacy = {Kept.ROUND_30: "round person position"}

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="panel")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = StorytellerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "person"], name="storyteller_once"),
            models.UniqueConstraint(fields=["round", "position"], name="storyteller_own_turn"),
            models.CheckConstraint(condition=Q(position=None) | Q(position__gte=1), name="storyteller_turn_from_one"),
        ]

    @property
    def steps_by_kind(self):
        """{kind: step} in the order of the steps; cheap after ``with_steps``."""
        kept = {step.kind: step for step in self.steps.all()}
        return {kind: kept[kind] for kind in Step}

    @property
    def has_agreed(self) -> bool:
        return self.steps_by_kind[Step.AGREED].done_on is not None

    @property
    def next_step(self):
        """The first that is not done; None when all are."""
        return next((step for step in self.steps_by_kind.values() if step.done_on is None), None)


class PreparationStep(Record):
    """One step of a storyteller's preparation: when, who sees to it (one of the Round's facilitators), when done."""

    privacy = {Kept.ROUND_30: "storyteller kind due_on owner done_on"}

    storyteller = models.ForeignKey(Storyteller, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=16, choices=Step.choices)
    due_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey("members.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    done_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["storyteller", "kind"], name="preparation_step_once"),
            models.CheckConstraint(condition=Q(kind__in=Step.values), name="preparation_step_known"),
        ]

    def is_due(self, on) -> bool:
        return self.done_on is None and self.due_on is not None and self.due_on <= on
