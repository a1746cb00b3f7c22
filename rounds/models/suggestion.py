"""What a Round made people wish for in their work, handed on to whoever could see to it."""

import uuid

from django.db import models
from django.db.models import Q

from members.models import SystemEdge
from rounds_site.kit.privacy import Kept

YEARS_KEPT = 2


class SuggestionQuerySet(models.QuerySet):
    def handed_on_in(self, systems, *, on):
        """To a partner or a Place of these systems."""
        partners = SystemEdge.objects.in_force(on).filter(system__in=systems).values("organisation")
        return self.filter(Q(organisation__in=partners) | Q(place__system__in=systems))

    def in_order(self):
        """The latest half-year first. Within it in no order: none would say which Round it came from."""
        return self.order_by("-half_year", "pk")


class Suggestion(models.Model):
    """About practice or policy, to a partner or a Place; nobody's, and of no Round. It keeps the half-year alone, since
    there may be one Round a month, and is no ``Record`` for that.

    * `half_year`: its first day.
    * `shared`: all staff may read it with its answer.
    """

    privacy = {Kept.SUGGESTION: "id organisation place half_year text answer shared"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    place = models.ForeignKey("members.Place", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    half_year = models.DateField()
    text = models.TextField()
    answer = models.TextField(blank=True)
    shared = models.BooleanField(default=False)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation=None, place__isnull=False) | Q(organisation__isnull=False, place=None),
                name="suggestion_to_one",
            ),
            models.CheckConstraint(
                condition=Q(half_year__month__in=[4, 10], half_year__day=1), name="suggestion_says_the_half_year_alone"
            ),
            models.CheckConstraint(condition=Q(shared=False) | ~Q(answer=""), name="suggestion_shared_once_answered"),
        ]
        indexes = [
            models.Index(fields=["-half_year", "id"], name="suggestion_latest_first"),
            models.Index(fields=["-half_year", "id"], condition=Q(answer=""), name="suggestion_waiting"),
        ]

    @property
    def whose(self):
        return self.organisation or self.place
