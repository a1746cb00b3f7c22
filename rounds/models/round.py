"""The Round, which partners it invites and who runs it."""

from datetime import timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q

from members.models import Membership, PlaceEdge
from rounds.states import WAYS, Availability, Format, RoundState, TeamPart, Way
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .registration import Booking

DOOR_STAYS_OPEN = timedelta(hours=12)
SHOWN = [RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED]


class RoundQuerySet(models.QuerySet):
    def upcoming(self, now):
        return self.filter(state=RoundState.PUBLISHED, ends_at__gt=now).order_by("starts_at", "id")

    def in_state(self, *states):
        return self.filter(state__in=states)

    def still_inviting(self, now):
        """Rounds whose invitations were released, until booking closes."""
        return self.filter(state=RoundState.PUBLISHED, invitations_released_at__isnull=False, booking_closes_at__gt=now)

    def run_by(self, person):
        """Rounds in whose team the person stands as a facilitator."""
        return self.filter(
            Exists(TeamMember.objects.filter(round=OuterRef("pk"), person=person, part=TeamPart.FACILITATOR))
        )

    def helped_by(self, person):
        """Rounds at whose door the person helps."""
        return self.filter(Exists(TeamMember.objects.filter(round=OuterRef("pk"), person=person, part=TeamPart.HELPER)))

    def at_whose_door(self, now):
        """Rounds ahead, and those over for so short a time that the door may still be open."""
        ahead = [RoundState.PLANNED, RoundState.PUBLISHED, RoundState.HELD]
        return self.filter(state__in=ahead, ends_at__gt=now - DOOR_STAYS_OPEN).order_by("starts_at", "pk")

    def inviting(self, person, *, on):
        """Rounds that invite an organisation the person works for on that day."""
        employers = Membership.objects.in_force(on).filter(person=person).values("organisation")
        return self.filter(Exists(RoundPartner.objects.filter(round=OuterRef("pk"), organisation__in=employers)))

    def with_booking_of(self, person):
        """Each Round carries `own_bookings`: the booking of that person which stands, or none."""
        own = Booking.objects.active().filter(person=person)
        return self.prefetch_related(Prefetch("bookings", queryset=own, to_attr="own_bookings"))

    def in_place(self, place, *, on):
        """Held in that Place: by the Place itself, by an organisation that serves it, or in a room of one."""
        there = PlaceEdge.objects.in_force(on).filter(place=place).values("organisation")
        return self.filter(Q(host_place=place) | Q(host_organisation__in=there) | Q(venue__organisation__in=there))

    def that_one_can_join(self, way):
        return self.filter(format__in=[code for code, ways in WAYS.items() if way in ways])

    def starting_between(self, first_hour, last_hour):
        """By the clock on the wall: from that hour until just before the other."""
        return self.filter(starts_at__hour__gte=first_hour, starts_at__hour__lt=last_hour)


class Round(Record):
    """One hour of one group of people.

    * `version` rises with every change that people have been told of; letters and diary entries carry it.
    * Places are counted per way: `places` in the room, `online_places` for those who join by link; a way that the
      format lacks has null.
    * `availability` is the word shown outside the team, kept under the Round's lock (see ``states.availability``).
    * Exactly one of `host_organisation` and `host_place` is set, or neither for a system-wide Round.
    * `reminder_days`: how many days before, each a whole number.
    """

    privacy = {
        Kept.EVENT: "system title about subject format starts_at ends_at venue joining_details places online_places "
        "host_organisation host_place food state version booking_opens_at booking_closes_at reminder_days "
        "availability online_availability published_at moved_at invitations_released_at cancelled_reason",
        Kept.ROLE: "planned_by invitations_released_by",
    }

    system = models.ForeignKey("members.System", on_delete=models.PROTECT, related_name="rounds")
    title = models.CharField(max_length=120)
    about = models.TextField(blank=True)
    subject = models.CharField(max_length=10, choices=[("theme", "A theme"), ("case", "A case")], default="theme")
    format = models.CharField(max_length=12, choices=Format.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    venue = models.ForeignKey("rounds.Venue", on_delete=models.PROTECT, null=True, blank=True, related_name="rounds")
    joining_details = models.TextField(blank=True)
    places = models.PositiveIntegerField(null=True, blank=True)
    online_places = models.PositiveIntegerField(null=True, blank=True)
    host_organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="hosted_rounds"
    )
    host_place = models.ForeignKey(
        "members.Place", on_delete=models.PROTECT, null=True, blank=True, related_name="hosted_rounds"
    )
    food = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=RoundState.choices, default=RoundState.PLANNED)
    version = models.PositiveIntegerField(default=1)
    booking_opens_at = models.DateTimeField()
    booking_closes_at = models.DateTimeField()
    reminder_days = models.JSONField(default=list)
    availability = models.CharField(
        max_length=10, choices=Availability.choices, default=Availability.AVAILABLE, editable=False
    )
    online_availability = models.CharField(
        max_length=10, choices=Availability.choices, default=Availability.AVAILABLE, editable=False
    )
    published_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)
    invitations_released_at = models.DateTimeField(null=True, blank=True)
    invitations_released_by = models.ForeignKey(
        "members.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    cancelled_reason = models.CharField(max_length=200, blank=True)
    planned_by = models.ForeignKey("members.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    partners = models.ManyToManyField("members.Organisation", through="RoundPartner", related_name="invited_to")

    objects = RoundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="round_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(booking_closes_at__lte=F("starts_at"), booking_closes_at__gt=F("booking_opens_at")),
                name="round_booking_closes_before_it_starts",
            ),
            models.CheckConstraint(condition=Q(state__in=RoundState.values), name="round_known_state"),
            models.CheckConstraint(
                condition=Q(format=Format.IN_PERSON, places__isnull=False, online_places=None)
                | Q(format=Format.ONLINE, places=None, online_places__isnull=False)
                | Q(format=Format.HYBRID, places__isnull=False, online_places__isnull=False),
                name="round_places_fit_its_format",
            ),
            models.CheckConstraint(
                condition=Q(host_organisation=None) | Q(host_place=None), name="round_one_host_at_most"
            ),
        ]
        indexes = [models.Index(fields=["system", "state", "starts_at"], name="round_by_date")]

    def __str__(self):
        return self.title

    @property
    def ways(self) -> list[Way]:
        return WAYS[Format(self.format)]

    def places_for(self, way) -> int:
        return (self.places if way == Way.IN_PERSON else self.online_places) or 0

    def availability_for(self, way) -> Availability:
        return Availability(self.availability if way == Way.IN_PERSON else self.online_availability)

    @property
    def host(self):
        return self.host_organisation or self.host_place or self.system


class RoundPartner(Record):
    """A partner whose staff a Round invites."""

    privacy = {Kept.EVENT: "round organisation"}

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="invited_partners")
    organisation = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "organisation"], name="round_partner_once")]


class TeamMember(Record):
    """Who facilitates or helps at one Round: a row of that Round, from any employer, in no list of roles."""

    privacy = {Kept.ROLE: "round person part"}

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="team")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="team_parts")
    part = models.CharField(max_length=12, choices=TeamPart.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "person", "part"], name="team_member_once"),
            models.CheckConstraint(condition=Q(part__in=TeamPart.values), name="team_member_known_part"),
        ]
