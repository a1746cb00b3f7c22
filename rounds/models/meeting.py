"""When a storyteller and a facilitator, or all of a panel, meet to prepare: times that were proposed, who can, and the
one that was set. Rows of one Round, gone with its panel."""

import datetime as dt

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from rounds.states import RoundState, Step
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .panel import PreparationStep, Storyteller
from .team import TeamMember

LASTS = {Step.ONE_TO_ONE: dt.timedelta(minutes=30), Step.GROUP: dt.timedelta(hours=1)}


class MeetingQuerySet(models.QuerySet):
    def of_teller(self, person):
        """Their own, and those of all on a panel of which they are; of whoever has said yes."""
        return self.filter(_tells(person))

    def open_to(self, person):
        """And to the facilitators; each meeting's `they_run_it` says whether `person` is one of them."""
        return self.filter(_tells(person) | _runs(person)).annotate(they_run_it=_runs(person))

    def to_come(self, now):
        """Of Rounds that are not over, and not over themselves where their time is set."""
        ahead = Q(round__ends_at__gt=now) & (Q(fixed_at=None) | Q(fixed_at__gt=now))
        return self.filter(ahead).exclude(round__state=RoundState.CANCELLED)

    def to_go_to(self, person):
        """Those for their diary: of a facilitator the one-to-ones that they see to themself."""
        steps = PreparationStep.objects.filter(storyteller=OuterRef("storyteller"), kind=Step.ONE_TO_ONE)
        theirs = Q(storyteller=None) | Exists(steps.filter(owner=person))
        return self.filter(_tells(person) | _runs(person) & theirs).exclude(fixed_at=None)


def _tells(person):
    agreed = Storyteller.objects.agreed().filter(round=OuterRef("round"), person=person)
    return (Q(storyteller=None) | Q(storyteller__person=person)) & Exists(agreed)


def _runs(person):
    return Exists(TeamMember.objects.facilitating().filter(round=OuterRef("round"), person=person))


class Meeting(Record):
    """One to one, or of the whole panel where it has no `storyteller`; at most one of each, so that another proposal
    takes its place. `times` are moments as text in UTC, the first one first; `fixed_at` is one of them."""

    privacy = {Kept.ROUND_30: "round storyteller times place fixed_at"}

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="meetings")
    storyteller = models.OneToOneField(
        "rounds.Storyteller", on_delete=models.CASCADE, null=True, blank=True, related_name="meeting"
    )
    times = models.JSONField()
    place = models.CharField(max_length=200)
    fixed_at = models.DateTimeField(null=True, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round"], condition=Q(storyteller=None), name="meeting_of_all_once")
        ]

    @property
    def kind(self):
        """The step that it is for."""
        return Step.ONE_TO_ONE if self.storyteller_id else Step.GROUP

    @property
    def ends_at(self):
        return self.fixed_at + LASTS[self.kind]

    @property
    def moments(self):
        """{as text: the moment}"""
        return {each: timezone.localtime(dt.datetime.fromisoformat(each)) for each in self.times}


def as_text(moment):
    return moment.astimezone(dt.UTC).isoformat(timespec="minutes")


class MeetingAnswer(Record):
    """At which of its times somebody can, or at none. For themself, and for the facilitators."""

    privacy = {Kept.ROUND_30: "meeting person can"}

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="answers")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="+")
    can = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "person"], name="meeting_answer_once")]
