"""Rooms where Rounds happen."""

from django.db import models
from django.db.models import Q

from rounds.states import Access
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class VenueQuerySet(models.QuerySet):
    def in_use(self, on):
        """Rooms that can be chosen for a Round on that day or later."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=on))


class Venue(Record):
    """A room, how to get there, and what somebody meets there who cannot climb steps, hear well or stay in a crowd.

    * `room_limit`: the most people it may hold.
    * `step_free`, `hearing_loop`, `quiet_space`: yes, no, or nobody has said; "no" is said to people as plainly as yes.
    * `contact` and `phone`, which only those who arrange Rounds see: a desk that somebody answers at short notice.
    * `ended_on`: from then on it cannot be chosen. Rounds that were held there stay held there.
    """

    privacy = {
        Kept.REFERENCE: "organisation site name address getting_in room_limit step_free hearing_loop quiet_space "
        "parking travel contact phone ended_on",
    }

    organisation = models.ForeignKey("members.Organisation", on_delete=models.CASCADE, related_name="venues")
    site = models.ForeignKey("members.Site", on_delete=models.SET_NULL, null=True, blank=True, related_name="venues")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    getting_in = models.TextField(blank=True)
    room_limit = models.PositiveIntegerField(null=True, blank=True)
    contact = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    step_free = models.CharField(max_length=3, choices=Access.choices, blank=True)
    hearing_loop = models.CharField(max_length=3, choices=Access.choices, blank=True)
    quiet_space = models.CharField(max_length=3, choices=Access.choices, blank=True)
    parking = models.CharField(max_length=200, blank=True)
    travel = models.CharField(max_length=200, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = VenueQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="venue_name_once"),
            *(
                models.CheckConstraint(condition=Q(**{f"{fact}__in": ["", *Access.values]}), name=f"venue_known_{fact}")
                for fact in ("step_free", "hearing_loop", "quiet_space")
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.address}" if self.address else self.name

    @property
    def has(self) -> list[str]:
        """What there is, in a word or two each."""
        return [there for fact, (there, _) in ACCESS_IN_WORDS.items() if getattr(self, fact) == Access.YES]

    @property
    def access(self) -> list[str]:
        """What there is and what there is not, of all that somebody has said."""
        said = {fact: getattr(self, fact) for fact in ACCESS_IN_WORDS if getattr(self, fact)}
        return [ACCESS_IN_WORDS[fact][answer == Access.NO] for fact, answer in said.items()]

    @property
    def not_said(self) -> list[str]:
        """What nobody has said yet of who can get in and follow."""
        return [there for fact, (there, _) in ACCESS_IN_WORDS.items() if not getattr(self, fact)]


ACCESS_IN_WORDS = {
    "step_free": ("Step-free", "Not step-free"),
    "hearing_loop": ("Hearing loop", "No hearing loop"),
    "quiet_space": ("Quiet space", "No quiet space"),
}
