"""Places of a Round that are kept for a partner or a sector: reserved for their people, or given to a group."""

import datetime as dt

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from members.models import Membership
from members.roles import SECTORS
from rounds.states import HOLDING, Keeping, Way
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class KeptPlacesQuerySet(models.QuerySet):
    def open(self):
        """Reserved places that have not been released yet, and those of groups."""
        return self.filter(released_at=None).order_by("created_at", "pk")

    def reserves(self):
        return self.open().filter(kind=Keeping.RESERVE)

    def groups(self):
        return self.open().filter(kind=Keeping.GROUP)

    def with_used(self):
        """Each carries `used`: how many of them are given or offered. The caller sees the Round's bookings."""
        return self.annotate(used=Count("bookings", filter=Q(bookings__state__in=HOLDING)))

    def for_people_of(self, person, *, on):
        """Reserved for a partner that the person works for on that day, or for its sector."""
        works = Membership.objects.in_force(on).filter(person=person)
        theirs = Q(organisation=OuterRef("organisation")) | Q(organisation__sector=OuterRef("sector"))
        return self.reserves().filter(Exists(works.filter(theirs)))

    def left_for_people_of(self, person, *, on):
        return self.for_people_of(person, on=on).filter(is_used_up=False)


class KeptPlaces(Record):
    """So many places, of one way of coming, that not everybody can have.

    * A **reserve** is for the people of a partner or of a sector who would otherwise not get in. Whoever belongs to it
      takes a place that is open to all as long as there is one, and a reserved one only then, so that a reserve is
      never eaten up by those who would have got in anyway. Until it is released on a day (`days_before` the Round, at
      its hour; never in the last two days) nobody else gets one of its places; then they are offered on.
    * **Group** places are for people of a partner who have no e-mail. Nobody is named: they are a number, given and
      taken back by the team, and never booked here.

    `is_used_up` is the word of a reserve, kept under the Round's lock: whether any of it is left, and never how many.
    """

    privacy = {
        Kept.EVENT: "round kind way places organisation sector days_before released_at is_used_up",
    }

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="kept_places")
    kind = models.CharField(max_length=10, choices=Keeping.choices)
    way = models.CharField(max_length=10, choices=Way.choices)
    places = models.PositiveSmallIntegerField()
    organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sector = models.CharField(max_length=20, choices=list(SECTORS.items()), blank=True)
    days_before = models.PositiveSmallIntegerField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    is_used_up = models.BooleanField(default=False, editable=False)

    objects = KeptPlacesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=Keeping.RESERVE, organisation__isnull=False, sector="", days_before__gte=2)
                | Q(kind=Keeping.RESERVE, organisation=None, days_before__gte=2) & ~Q(sector="")
                | Q(kind=Keeping.GROUP, organisation__isnull=False, sector="", days_before=None, released_at=None),
                name="kept_places_for_somebody",
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="kept_places_one_at_least"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="kept_places_known_way"),
        ]

    def __str__(self):
        return str(self.organisation) if self.organisation_id else self.get_sector_display()

    @property
    def release_moment(self):
        """By the clock on the wall, so that a Round that moves takes it along."""
        return timezone.localtime(self.round.starts_at) - dt.timedelta(days=self.days_before)
