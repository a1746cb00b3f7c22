"""Who tells a story at one Round, and how they are prepared: rows of that Round, gone without trace when someone
steps back."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.utils import timezone

from rounds.days import nearest_working_day
from rounds.states import DAYS_BEFORE, FROM_THE_DAY, LOOKED_AFTER_BY, MAY_STILL_BE, PREPARED_BY, Step
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .keeping import still_kept


@dataclass
class Panel:
    """A panel in numbers, for whoever may know no name. `due`: storytellers with a step before the Round whose date has
    come and to which this person sees, or nobody yet; `due_after` the same of steps after it."""

    asked: int = 0
    agreed: int = 0
    prepared: int = 0
    placed: int = 0
    looked_after: int = 0
    due: int = 0
    due_after: int = 0

    def count(self, storyteller, steps, person, on):
        """`steps`: all of the storyteller's, {kind: step}."""
        self.asked += 1
        if steps[Step.AGREED].done_on is None:
            return
        before, after = [steps[kind] for kind in PREPARED_BY], [steps[kind] for kind in LOOKED_AFTER_BY]
        self.agreed += 1
        self.prepared += all(step.done_on for step in before)
        self.looked_after += all(step.done_on for step in after)
        self.due += any(step.needs(person, on) for step in before)
        self.due_after += any(step.needs(person, on) for step in after)
        self.placed += storyteller.position is not None


class StorytellerQuerySet(models.QuerySet):
    def agreed(self):
        return self.filter(Exists(_done(Step.AGREED)))

    def unanswered(self):
        """Asked and without a yes so far, at Rounds that may still be."""
        return self.filter(~Exists(_done(Step.AGREED)), round__state__in=MAY_STILL_BE)

    def in_order(self):
        """In the order in which they speak; those without a turn yet come last, as they were asked."""
        return self.order_by(F("position").asc(nulls_last=True), "created_at", "pk")

    def not_looked_after(self):
        """Who has told, and with whom not all has been done that follows."""
        left = PreparationStep.objects.filter(storyteller=OuterRef("pk"), kind__in=LOOKED_AFTER_BY, done_on=None)
        return self.agreed().filter(Exists(left))

    def with_steps(self):
        """Each carries `steps_by_kind`, all of their steps with the owners."""
        return self.prefetch_related(Prefetch("steps", PreparationStep.objects.select_related("owner")))

    def shown(self, now):
        """Nobody is named later than every page promises, whenever the rows themselves go."""
        return self.filter(still_kept(now, "round__"))

    def panels(self, rounds, *, person, on):
        """{key: Panel} of each of the Rounds as `person` sees it, in one query however many there are."""
        found, steps = {round.pk: Panel() for round in rounds}, defaultdict(dict)
        tellers = self.filter(round__in=found).values("pk")
        for each in PreparationStep.objects.filter(storyteller__in=tellers).select_related("storyteller__round"):
            steps[each.storyteller][each.kind] = each
        for storyteller, theirs in steps.items():
            found[storyteller.round_id].count(storyteller, theirs, person, on)
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

    @property
    def is_ready(self) -> bool:
        """Whether all that comes before the day is done."""
        return self.next_step is None or self.next_step.kind in FROM_THE_DAY


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

    @property
    def best_by(self):
        """The day that was set, or else the one that the Round's own day proposes; None where there is neither."""
        return self.due_on or self.proposed_on

    @property
    def proposed_on(self):
        """A working day, worked back from the Round; never before there was a day to do it, for whoever is asked late.
        It moves with the Round, since it is kept nowhere."""
        round, days = self.storyteller.round, DAYS_BEFORE.get(self.kind)
        if days is None or not round.has_a_date:
            return None
        its_day = timezone.localdate(round.starts_at)
        if days <= 0:
            return nearest_working_day(its_day - dt.timedelta(days=days), later=True) if days else its_day
        day_after_asking = timezone.localdate(self.created_at) + dt.timedelta(days=1)
        best = nearest_working_day(its_day - dt.timedelta(days=days))
        return min(max(best, nearest_working_day(day_after_asking, later=True)), its_day)

    def is_due(self, on) -> bool:
        return self.done_on is None and self.best_by is not None and self.best_by <= on

    def needs(self, person, on) -> bool:
        """Whether it is due and theirs to see to, or nobody's yet."""
        return self.is_due(on) and self.owner_id in (None, person.pk)
