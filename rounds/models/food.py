"""What was ordered to eat at a Round: a number and a date, and nothing about people."""

from django.db import models

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

# These eat too, and have no place: for a handful more or less nobody rings the caterer.
TEAM_AND_PANEL = 10


class FoodOrder(Record):
    """`people`: for how many it was ordered, null until it was. `order_by`: the last day for another number, null for
    the one that ``Round.food_by`` reckons."""

    privacy = {Kept.EVENT: "round people order_by"}

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, related_name="food_order")
    people = models.PositiveIntegerField(null=True, blank=True)
    order_by = models.DateField(null=True, blank=True)

    def is_right_for(self, people) -> bool:
        """Of something that was ordered, whether those who have a place eat, and beside them no more than the team and
        the panel. Where nobody books, whoever orders knows best."""
        return not self.round.needs_booking or people <= self.people <= people + TEAM_AND_PANEL
