"""Systems, Places and the organisations that belong to them, each edge with its dates."""

import secrets
from datetime import UTC, timedelta
from email.utils import formataddr

from django.db import models
from django.db.models import Exists, F, Q
from django.utils import timezone

from members.roles import SECTORS, STAFF_GROUPS
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

PETROL = "#17424f"
DAYS_PROMISED = 30


class SystemQuerySet(models.QuerySet):
    def standing(self):
        """Those that have not gone on as another."""
        return self.filter(became=None)

    def of_this_portal(self):
        """The one whose portal this is; a second one is its neighbour. None where there is none yet."""
        return self.standing().order_by("created_at").first()

    def with_successors(self):
        """All of them as they came, each with the key of the one that it went on as (`successor`), or None; one that
        was divided is there as often as it has successors."""
        return self.order_by("created_at", "pk").annotate(successor=models.F("became__successor"))


class System(Record):
    """An integrated care system: the partnership whose Rounds this portal holds.

    * `concern_text`: whom to ring here when worried about somebody; it stands on every confidential page.
    * `colour`: of the header and the letters, as #rrggbb; white on it is read easily (``kit.colours``).
    * `quiet_from`, `quiet_until`: letters to many wait from then until then, by the clock on the wall; both or neither.
    * `days_kept`: how long after a Round its places and register are kept, never longer than promised.
    * `letters_held_at`: since then its letters to many wait, because an administrator said so.
    """

    privacy = {
        Kept.REFERENCE: "code name short_name sender_name sender_address licensor_notice support_text concern_text "
        "contact colour quiet_from quiet_until days_kept letters_held_at"
    }

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, help_text="As it stands in a sentence: Rounds in North Vale")
    sender_name = models.CharField(max_length=100, default="Schwartz Rounds")
    sender_address = models.EmailField()
    licensor_notice = models.TextField(blank=True)
    support_text = models.TextField(blank=True)
    concern_text = models.TextField(blank=True)
    contact = models.TextField(blank=True)
    colour = models.CharField(max_length=7, default=PETROL)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    days_kept = models.PositiveSmallIntegerField(default=DAYS_PROMISED)
    letters_held_at = models.DateTimeField(null=True, blank=True)

    objects = SystemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(days_kept__gte=1, days_kept__lte=DAYS_PROMISED), name="system_keeps_no_longer_than_promised"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until")),
                name="system_quiet_from_and_until",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def sender(self):
        """What stands behind From: in every letter."""
        return formataddr((self.sender_name, self.sender_address))

    @property
    def kept_for(self):
        """How long after a Round it may be known who had a place and who came."""
        return timedelta(days=self.days_kept)

    def quiet_until_when(self, now):
        """The moment at which letters to many may go again, or None where they may go now. In the night when an hour
        comes twice they have ended where they have ended once."""
        if self.quiet_from is None:
            return None
        here = timezone.localtime(now)
        begun, over = here.time() >= self.quiet_from, here.time() >= self.quiet_until
        through_midnight = self.quiet_from > self.quiet_until
        if not (begun or not over if through_midnight else begun and not over):
            return None
        ends = here.replace(hour=self.quiet_until.hour, minute=self.quiet_until.minute, second=0, microsecond=0, fold=0)
        if over:
            ends += timedelta(days=1)
        return ends if now < (ends := ends.astimezone(UTC)) else None


class Logo(Record):
    """The picture in a system's header, decoded and encoded anew, so that it carries nothing but its points."""

    privacy = {Kept.REFERENCE: "system content digest says width height"}

    system = models.OneToOneField(System, on_delete=models.CASCADE, related_name="logo")
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    says = models.CharField(max_length=100)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()


class Place(Record):
    """A part of a system, often a borough; `code` stands in addresses."""

    privacy = {Kept.REFERENCE: "system code name"}

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="places")
    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class OrganisationQuerySet(models.QuerySet):
    def left(self, system, *, on):
        """Those that belonged to the system and do not any more."""
        once = SystemEdge.objects.filter(system=system, organisation=models.OuterRef("pk"), ends_on__lte=on)
        return self.filter(Exists(once)).exclude(pk__in=Organisation.objects.in_system(system, on=on))

    def in_system(self, system, *, on):
        return self.filter(
            Exists(SystemEdge.objects.in_force(on).filter(system=system, organisation=models.OuterRef("pk")))
        )

    def in_place(self, place, *, on):
        return self.filter(
            Exists(PlaceEdge.objects.in_force(on).filter(place=place, organisation=models.OuterRef("pk")))
        )

    def called(self, words):
        """Those whose name or code holds these words."""
        return self.filter(Q(name__icontains=words) | Q(code__iexact=words))

    def with_staff_numbers(self):
        """Each partner carries `counted`: whether anybody ever said how many people work there."""
        own = StaffCount.objects.filter(organisation=models.OuterRef("pk")).order_by("staff_group", "counted_on")
        # Looked up by its index. For EXISTS PostgreSQL may read all numbers of all partners, to find none.
        first = models.Subquery(own.values("counted_on")[:1])
        said = models.ExpressionWrapper(Q(first_counted_on__isnull=False), output_field=models.BooleanField())
        return self.alias(first_counted_on=first).annotate(counted=said)

    def without_a_staff_list(self):
        return self.filter(has_staff_list=False)


class Organisation(Record):
    """An employer. `code` is its ODS code, or one of ours (`local_code`) for the many partners that have none.

    `corrected` names the fields that somebody here set by hand: an import leaves those alone.
    `own_words` stand in letters to many that go to its own staff, and in nobody else's; plain text.
    """

    privacy = {
        Kept.REFERENCE: "code local_code name sector postcode has_staff_list support_text own_words corrected",
        Kept.CONTACT: "contact_name contact_email contact_phone",
    }

    code = models.CharField(max_length=12, unique=True)
    local_code = models.BooleanField(default=False)
    name = models.CharField(max_length=200)
    sector = models.CharField(max_length=20, choices=list(SECTORS.items()))
    postcode = models.CharField(max_length=10, blank=True)
    has_staff_list = models.BooleanField(default=False)
    contact_name = models.CharField(max_length=100, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    support_text = models.TextField(blank=True, help_text="Whom its own staff can turn to")
    own_words = models.TextField(blank=True)
    corrected = models.JSONField(default=list, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Site(Record):
    """Where an organisation's staff work, as its staff list calls it; from `ended_on` on nobody starts there."""

    privacy = {Kept.REFERENCE: "organisation name ended_on"}

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(max_length=100)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="site_name_once")]

    def __str__(self):
        return self.name


def in_force(on, of=""):
    """A condition on dated rows; `of` leads to them."""
    return (Q(**{f"{of}ends_on": None}) | Q(**{f"{of}ends_on__gt": on})) & Q(**{f"{of}starts_on__lte": on})


class DatedQuerySet(models.QuerySet):
    """Rows true from `starts_on` until the day before `ends_on`; one taken back on its first day was never true."""

    def in_force(self, on):
        return self.filter(in_force(on))

    def not_over(self, on):
        """Those in force on that day or on some later one."""
        return self.filter(Q(ends_on=None) | (Q(ends_on__gt=on) & Q(ends_on__gt=F("starts_on"))))


def _edge_constraints(name, *ends):
    """The database's own guard: an edge never ends before it began, and only one is open between the same two ends."""
    return [
        models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name=f"{name}_ends_after"),
        models.UniqueConstraint(fields=ends, condition=Q(ends_on=None), name=f"{name}_open_once"),
    ]


class SystemEdge(Record):
    """An organisation belongs to a system from a day until the day before `ends_on`. It may belong to several."""

    privacy = {Kept.REFERENCE: "system organisation starts_on ends_on"}

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="edges")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="system_edges")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = _edge_constraints("system_edge", "system", "organisation")


class PlaceEdge(Record):
    """An organisation serves a Place from a day until the day before `ends_on`. It may serve several."""

    privacy = {Kept.REFERENCE: "place organisation starts_on ends_on"}

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="edges")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="place_edges")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = _edge_constraints("place_edge", "place", "organisation")


class StaffCount(Record):
    """How many people of a staff group an organisation employed on a day, typed in or counted from its staff list."""

    privacy = {Kept.REFERENCE: "organisation staff_group number counted_on source"}

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="staff_counts")
    staff_group = models.CharField(max_length=20, choices=list(STAFF_GROUPS.items()))
    number = models.PositiveIntegerField()
    counted_on = models.DateField()
    source = models.CharField(
        max_length=10,
        choices=[("typed", "Typed in"), ("counted", "Counted from the list"), ("added", "Added up at a merger")],
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "staff_group", "counted_on"], name="staff_count_once_a_day")
        ]


def new_token():
    return secrets.token_urlsafe(16)


class JoinLink(Record):
    """The address by which staff of a partner without a staff list make their own account.

    Whoever holds it can join as that partner's staff, so it can be ended and made anew.
    """

    privacy = {Kept.REFERENCE: "organisation token ended_at"}

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="join_links")
    token = models.CharField(max_length=40, unique=True, default=new_token)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(ended_at=None), name="join_link_one_open_per_partner"
            )
        ]
