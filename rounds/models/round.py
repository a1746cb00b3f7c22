"""The Round, and which partners it invites."""

from datetime import timedelta

from django.db import models
from django.db.models import Exists, F, Min, OuterRef, Prefetch, Q
from django.utils import timezone

from members.models import Membership, PlaceEdge
from members.models.organisation import DAYS_PROMISED
from rounds.days import working_days_before
from rounds.states import (
    FOR_PART_OF_A_PARTNER,
    KINDS_IN_SHORT,
    OF_ONE_TEAM,
    WAYS,
    Availability,
    Format,
    Kind,
    RoundState,
    TeamPart,
    Way,
)
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .keeping import forgotten, kept_until, still_kept
from .kept import KeptPlaces
from .registration import Booking
from .team import TeamMember

FOOD_DAYS = 3
PROMISED = timedelta(days=DAYS_PROMISED)
EVERYONE = "Everyone who works here is welcome, whatever their job."
WITH_STUDENTS = "Everyone who studies or works here is welcome."
DOOR_STAYS_OPEN = timedelta(hours=12)
SHOWN = [RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED]
ALL_TIMES = ["starts_at", "ends_at", "booking_opens_at", "booking_closes_at"]
UNDATED = [RoundState.IDEA, RoundState.POSTPONED]


class RoundQuerySet(models.QuerySet):
    def upcoming(self, now):
        return self.filter(state=RoundState.PUBLISHED, ends_at__gt=now).order_by("starts_at", "id")

    def postponed(self, now):
        """That wait for a new date, as long as those who had a place would still have it then."""
        return self.filter(still_kept(now), state=RoundState.POSTPONED).order_by("starts_at", "id")

    def was_shown(self):
        return self.filter(Q(state__in=SHOWN) | Q(published_at__isnull=False))

    def forgotten(self, now):
        """Of which nobody is named any more."""
        return self.filter(forgotten(now))

    def next_forgotten(self, now):
        """When that is so of the next of those that are over; None where none is."""
        over = self.was_shown().filter(still_kept(now), ends_at__lte=now)
        return over.aggregate(until=Min(kept_until()))["until"]

    def done_with(self, now):
        """The same, once nothing more follows from who was there; that is not waited for longer than is promised."""
        waits = Q(state__in=[RoundState.PUBLISHED, RoundState.HELD], ends_at__gt=now - PROMISED)
        return self.forgotten(now).exclude(waits)

    def of_many_teams(self):
        """Those of which figures may tell how many came."""
        return self.exclude(kind__in=OF_ONE_TEAM)

    def in_state(self, *states):
        return self.filter(state__in=states)

    def changed_at_short_notice(self, now):
        """Of which somebody may still not know that they are not when or where they were."""
        return self.filter(urgent_until__gt=now).order_by("urgent_start", "pk")

    def with_invited_beside(self):
        """Whether the letters of another sitting have been released, which tell of all of them."""
        beside = Round.objects.filter(repeat=OuterRef("repeat"), invitations_stopped_at=None)
        beside = beside.exclude(invitations_released_at=None).exclude(pk=OuterRef("pk"))
        return self.annotate(invited_beside=Exists(beside))

    def sittings(self, round):
        """All of a Round that is repeated, this one among them, as they follow each other; else this one alone."""
        one = Q(repeat=round.repeat) if round.repeat else Q(pk=round.pk)
        return self.filter(one).order_by("starts_at", "pk")

    def first_sittings(self):
        """Of a Round that is repeated the first of those that are here, and no other."""
        before = Q(starts_at__lt=OuterRef("starts_at")) | Q(starts_at=OuterRef("starts_at"), pk__lt=OuterRef("pk"))
        earlier = self.order_by().filter(before, repeat=OuterRef("repeat"))
        return self.filter(Q(repeat=None) | ~Exists(earlier))

    def still_inviting(self, now):
        """Rounds whose invitations were released and not stopped since, until booking closes."""
        released = self.filter(invitations_released_at__isnull=False, invitations_stopped_at=None)
        return released.filter(state=RoundState.PUBLISHED, booking_closes_at__gt=now)

    def run_by(self, person):
        """Rounds in whose team the person stands as a facilitator."""
        return self.filter(Exists(TeamMember.objects.facilitating().filter(round=OuterRef("pk"), person=person)))

    def helped_by(self, person):
        """Rounds at whose door the person helps."""
        helping = TeamMember.objects.standing().filter(part=TeamPart.HELPER)
        return self.filter(Exists(helping.filter(round=OuterRef("pk"), person=person)))

    def ideas(self):
        return self.filter(state=RoundState.IDEA).order_by("created_at", "pk")

    def with_names(self, now):
        """Of which it is known, or will be, who had a place."""
        return self.filter(still_kept(now) | Q(state=RoundState.POSTPONED))

    def without_anybody_to_run_them(self, now):
        """Of which nobody is left who can say who facilitates, though there is still something to run."""
        able = TeamMember.objects.able(now).filter(round=OuterRef("pk"))
        over = [RoundState.CLOSED, RoundState.CANCELLED]
        return self.with_names(now).exclude(Exists(able)).exclude(state__in=over)

    def at_whose_door(self, now):
        """Rounds ahead, and those over for so short a time that the door may still be open."""
        ahead = [RoundState.PLANNED, RoundState.PUBLISHED, RoundState.HELD]
        return self.filter(state__in=ahead, ends_at__gt=now - DOOR_STAYS_OPEN).order_by("starts_at", "pk")

    def inviting(self, person, *, on):
        """Rounds that invite an organisation the person works for on that day."""
        employers = Membership.objects.in_force(on).filter(person=person).values("organisation")
        return self.filter(Exists(RoundPartner.objects.filter(round=OuterRef("pk"), organisation__in=employers)))

    def with_booking_of(self, person):
        """Each Round carries `own_bookings`: all of that person, the latest first."""
        own = Booking.objects.filter(person=person).order_by("-queue_number")
        return self.prefetch_related(Prefetch("bookings", queryset=own, to_attr="own_bookings"))

    def with_reserves_of(self, person, *, on):
        """Each Round carries for each way whether a place is left that is reserved for that person's people."""
        theirs = KeptPlaces.objects.left_for_people_of(person, on=on).filter(round=OuterRef("pk"))
        return self.annotate(**{f"reserved_{way.value}": Exists(theirs.filter(way=way)) for way in Way})

    def in_place(self, place, *, on):
        """Where one would go: in a room of an organisation that serves the Place. Where there is no room, as at a Round
        by a link, in the Place of whoever holds it."""
        there = PlaceEdge.objects.in_force(on).filter(place=place).values("organisation")
        held_there = Q(host_place=place) | Q(host_organisation__in=there) | Q(co_host__in=there)
        return self.filter(Q(venue__organisation__in=there) | Q(held_there, venue=None))

    def at_site(self, site):
        """In a room there; whoever joins by a link alone comes to no site."""
        return self.filter(venue__site=site)

    def that_one_can_join(self, way):
        return self.filter(format__in=[code for code, ways in WAYS.items() if way in ways])

    def starting_between(self, first_hour, last_hour):
        """By the clock on the wall: from that hour until just before the other."""
        return self.filter(starts_at__hour__gte=first_hour, starts_at__hour__lt=last_hour)


class AsPlanned:
    """What follows from the facts about a Round alone, wherever they are read."""

    @property
    def is_of_one_team(self) -> bool:
        """Of which no figure tells how many came, or gave feedback."""
        return self.kind in OF_ONE_TEAM

    @property
    def is_for_part_of_a_partner(self) -> bool:
        """Of which invitations would go to many whom it is not for."""
        return self.kind in FOR_PART_OF_A_PARTNER

    @property
    def ways(self) -> list[Way]:
        return WAYS[Format(self.format)]

    def places_for(self, way) -> int:
        return (self.places if way == Way.IN_PERSON else self.online_places) or 0

    @property
    def host(self):
        return self.host_organisation or self.host_place or self.system

    @property
    def hosts(self) -> list:
        return [self.host, *([self.co_host] if self.co_host else [])]

    @property
    def host_organisations(self) -> set:
        """Keys of the partners that host it."""
        return {key for key in (self.host_organisation_id, self.co_host_id) if key}


class Round(AsPlanned, Record):
    """One hour of one group of people.

    * An *idea* has a title and those who keep it, its facilitators; all else, its date and format too, comes with the
      plan. No page of a Round opens for it (``access.get_idea``).
    * `version` rises with every change that people have been told of; letters and diary entries carry it.
    * Places are counted per way: `places` in the room, `online_places` for those who join by link; a way that the
      format lacks has null.
    * `availability` is the word shown outside the team, kept under the Round's lock (see ``states.availability``).
    * Exactly one of `host_organisation` and `host_place` is set, or neither for a system-wide Round. `co_host` is a
      partner that hosts it with them and manages it alike; it is one Round in every figure.
    * `keeps_places`: whether places were ever kept for anybody (``KeptPlaces``), so that others need not ask.
    * `unit`: the ward, clinic or team that a Round for one is for, as it reads after "for"; "" where nobody has said.
    * `needs_booking`: without, people just come: nobody has a place, waits or is reminded, and its `places` are what
      the room takes. It is settled with the plan.
    * `gives_outright`: a freed place belongs to the first person waiting at once, instead of being offered to them.
    * `series`: with which others it was planned, if it was.
    * `repeat`: the same in all sittings of one Round that is repeated on a day, for people on shifts. Each sitting is a
      Round of its own, with a room, places, a panel, a register and a box; a person has a place at one of them.
    * `joining_hours`: how long before its start those with a place online see how to join.
    * `caterer`, `caterer_phone`: whom those who arrange it ring about the food; nobody else sees them.
    * `affirmed` and `overruled`: what its team says of its rules (``actions.fidelity``): codes of those that nobody but
      people can know, and {code: why it goes on all the same}.
    * `postponed_at`: since when its day is open again; `starts_at` and `ends_at` are those that it had then, and count
      for nothing but how long names are kept. `postponed_reason` is what people read.
    * `reminder_days`: how many days before, each a whole number.
    * `invitations_sent`, `_failed`, `_too_late`: of those whose rows are forgotten, as ``rounds.emails.progress`` says.
    * `start_before`: the beginning that everybody knew who was told of it before it last changed; null where not all
      knew of the same (``emails.start_told``).
    * `urgent_start`: where a change came at short notice, the beginning that people counted on or have to know of now,
      whichever comes first; `urgent_until`: the end of the last such day; `room_before`: the room it had until then.
    """

    privacy = {
        Kept.EVENT: "system series repeat title about subject kind unit affirmed overruled format starts_at ends_at "
        "venue joining_details joining_hours places online_places needs_booking gives_outright keeps_places "
        "host_organisation host_place co_host food caterer caterer_phone state version "
        "booking_opens_at booking_closes_at reminder_days availability online_availability published_at moved_at "
        "start_before invitations_released_at invitations_stopped_at cancelled_reason invitations_sent "
        "invitations_failed invitations_too_late urgent_start urgent_until room_before postponed_at postponed_reason",
        Kept.PLANNER: "planned_by invitations_released_by",
    }

    system = models.ForeignKey("members.System", on_delete=models.PROTECT, related_name="rounds")
    series = models.ForeignKey("rounds.Series", on_delete=models.SET_NULL, null=True, blank=True, related_name="rounds")
    repeat = models.UUIDField(null=True, blank=True, db_index=True, editable=False)
    title = models.CharField(max_length=120)
    about = models.TextField(blank=True)
    subject = models.CharField(max_length=10, choices=[("theme", "A theme"), ("case", "A case")], default="theme")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.ORDINARY)
    unit = models.CharField(max_length=80, blank=True, default="", db_default="")
    affirmed = models.JSONField(default=list, blank=True)
    overruled = models.JSONField(default=dict, blank=True)
    format = models.CharField(max_length=12, choices=Format.choices, blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    venue = models.ForeignKey("rounds.Venue", on_delete=models.PROTECT, null=True, blank=True, related_name="rounds")
    joining_details = models.TextField(blank=True)
    joining_hours = models.PositiveSmallIntegerField(default=24)
    places = models.PositiveIntegerField(null=True, blank=True)
    online_places = models.PositiveIntegerField(null=True, blank=True)
    needs_booking = models.BooleanField(default=True, db_default=True)
    gives_outright = models.BooleanField(default=False)
    keeps_places = models.BooleanField(default=False, editable=False)
    host_organisation = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="hosted_rounds"
    )
    host_place = models.ForeignKey(
        "members.Place", on_delete=models.PROTECT, null=True, blank=True, related_name="hosted_rounds"
    )
    co_host = models.ForeignKey(
        "members.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="co_hosted_rounds"
    )
    food = models.CharField(max_length=120, blank=True)
    caterer = models.CharField(max_length=100, blank=True)
    caterer_phone = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=10, choices=RoundState.choices, default=RoundState.PLANNED)
    version = models.PositiveIntegerField(default=1)
    booking_opens_at = models.DateTimeField(null=True)
    booking_closes_at = models.DateTimeField(null=True)
    reminder_days = models.JSONField(default=list)
    availability = models.CharField(
        max_length=10, choices=Availability.choices, default=Availability.AVAILABLE, editable=False
    )
    online_availability = models.CharField(
        max_length=10, choices=Availability.choices, default=Availability.AVAILABLE, editable=False
    )
    published_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)
    start_before = models.DateTimeField(null=True, blank=True, editable=False)
    invitations_released_at = models.DateTimeField(null=True, blank=True)
    invitations_released_by = models.ForeignKey(
        "members.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    invitations_stopped_at = models.DateTimeField(null=True, blank=True)
    invitations_sent = models.PositiveIntegerField(default=0, editable=False)
    invitations_failed = models.PositiveIntegerField(default=0, editable=False)
    invitations_too_late = models.PositiveIntegerField(default=0, editable=False)
    cancelled_reason = models.CharField(max_length=200, blank=True)
    postponed_at = models.DateTimeField(null=True, blank=True)
    postponed_reason = models.CharField(max_length=200, blank=True)
    urgent_start = models.DateTimeField(null=True, blank=True)
    urgent_until = models.DateTimeField(null=True, blank=True)
    room_before = models.ForeignKey(
        "rounds.Venue", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
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
            models.CheckConstraint(
                condition=Q(state=RoundState.IDEA) | Q(**{f"{name}__isnull": False for name in ALL_TIMES}),
                name="round_has_its_times_unless_it_is_an_idea",
            ),
            models.CheckConstraint(condition=Q(state__in=RoundState.values), name="round_known_state"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="round_known_kind"),
            models.CheckConstraint(
                condition=Q(state=RoundState.IDEA)
                | Q(format=Format.IN_PERSON, places__isnull=False, online_places=None)
                | Q(format=Format.ONLINE, places=None, online_places__isnull=False)
                | Q(format=Format.HYBRID, places__isnull=False, online_places__isnull=False),
                name="round_places_fit_its_format",
            ),
            # Whoever joins by a link has a place: nobody else is shown it.
            models.CheckConstraint(
                condition=Q(needs_booking=True) | Q(format=Format.IN_PERSON), name="round_without_booking_is_in_a_room"
            ),
            models.CheckConstraint(
                condition=Q(host_organisation=None) | Q(host_place=None), name="round_one_host_at_most"
            ),
            models.CheckConstraint(
                condition=Q(co_host=None)
                | Q(host_place__isnull=False)
                | Q(host_organisation__isnull=False) & ~Q(co_host=F("host_organisation")),
                name="round_co_host_beside_another",
            ),
        ]
        indexes = [
            models.Index(fields=["system", "state", "starts_at"], name="round_by_date"),
            models.Index(fields=["system", "starts_at"], name="round_of_a_system"),
            models.Index(fields=["host_organisation", "starts_at"], name="round_by_host"),
            models.Index(fields=["co_host", "starts_at"], name="round_by_co_host"),
            models.Index(fields=["state", "ends_at"], name="round_upcoming"),
            models.Index(fields=["created_at", "id"], condition=Q(state="idea"), name="round_ideas"),
            models.Index(fields=["urgent_until"], condition=Q(urgent_until__isnull=False), name="round_short_notice"),
        ]

    def __str__(self):
        return self.title

    @property
    def has_a_date(self) -> bool:
        return self.state not in UNDATED

    @property
    def for_whom(self) -> str:
        """What somebody outside must know before they come, of a Round that is not simply for everyone; else ""."""
        if self.kind == Kind.ORDINARY:
            return ""
        short = f"for {self.unit}" if self.unit else KINDS_IN_SHORT[self.kind]
        return f"{self.get_kind_display()}: {short[:1].lower()}{short[1:]}"

    @property
    def welcome(self) -> str:
        """Who may come, as a wall or a bulletin says it."""
        said = [f"{self.for_whom}."] if self.for_whom else []
        if self.is_for_part_of_a_partner:
            return said[0]
        return " ".join([*said, WITH_STUDENTS if self.kind == Kind.STUDENT else EVERYONE])

    @property
    def was_shown(self) -> bool:
        """Whether those whom it invites can find it, or could before it was called off or postponed;
        ``RoundQuerySet.was_shown`` asks the same of many."""
        return self.state in SHOWN or self.published_at is not None

    def availability_for(self, way) -> Availability:
        return Availability(self.availability if way == Way.IN_PERSON else self.online_availability)

    @property
    def joining_from(self):
        return self.starts_at - timedelta(hours=self.joining_hours)

    @property
    def is_over_room_limit(self) -> bool:
        """As it may be once somebody has found out what the room really takes."""
        limit = self.venue.room_limit if self.venue else None
        return bool(limit and self.places and self.places > limit)

    @property
    def food_by(self):
        """The last day on which the caterer takes another number: three working days before, unless the team said."""
        order = getattr(self, "food_order", None)
        return (order and order.order_by) or working_days_before(timezone.localdate(self.starts_at), FOOD_DAYS)

    @property
    def was_to_begin(self):
        """When, before it moved to another time; None where it did not, or not all knew of the same."""
        return self.start_before if self.start_before != self.starts_at else None

    @property
    def kept_until(self):
        """From then on nobody is told who had a place, who came or who was on the panel."""
        return self.ends_at + self.system.kept_for

    def names_people(self, now) -> bool:
        """Whether there is still something to run, and it is known, or will be, who had a place."""
        over = self.state in (RoundState.CLOSED, RoundState.CANCELLED)
        return not over and (self.state == RoundState.POSTPONED or now < self.kept_until)


class RoundPartner(Record):
    """A partner whose staff a Round invites."""

    privacy = {Kept.EVENT: "round organisation"}

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="invited_partners")
    organisation = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "organisation"], name="round_partner_once")]
        indexes = [models.Index(fields=["organisation", "round"], name="round_partner_invited")]
