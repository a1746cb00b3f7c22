"""Systems, Places and the organisations that belong to them, each edge with its dates."""

import secrets
from email.utils import formataddr

from django.db import models
from django.db.models import Exists, F, Q

from members.roles import SECTORS, STAFF_GROUPS
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class System(Record):
    """An integrated care system: the partnership whose Rounds this portal holds."""

    privacy = {Kept.REFERENCE: "code name short_name sender_name sender_address licensor_notice support_text contact"}

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, help_text="As it stands in a sentence: Rounds in North Vale")
    sender_name = models.CharField(max_length=100, default="Schwartz Rounds")
    sender_address = models.EmailField()
    licensor_notice = models.TextField(blank=True)
    support_text = models.TextField(blank=True)
    contact = models.TextField(blank=True)

    def __str__(self):
        return self.name

    @property
    def sender(self):
        """What stands behind From: in every letter."""
        return formataddr((self.sender_name, self.sender_address))


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
        return self.annotate(counted=Exists(StaffCount.objects.filter(organisation=models.OuterRef("pk"))))

    def without_a_staff_list(self):
        return self.filter(has_staff_list=False)


class Organisation(Record):
    """An employer. `code` is its ODS code, or one of ours (`local_code`) for the many partners that have none.

    `corrected` names the fields that somebody here set by hand: an import leaves those alone.
    """

    privacy = {
        Kept.REFERENCE: "code local_code name sector postcode has_staff_list corrected",
        Kept.ROLE: "contact_name contact_email",
    }

    code = models.CharField(max_length=12, unique=True)
    local_code = models.BooleanField(default=False)
    name = models.CharField(max_length=200)
    sector = models.CharField(max_length=20, choices=list(SECTORS.items()))
    postcode = models.CharField(max_length=10, blank=True)
    has_staff_list = models.BooleanField(default=False)
    contact_name = models.CharField(max_length=100, blank=True)
    contact_email = models.EmailField(blank=True)
    corrected = models.JSONField(default=list, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Site(Record):
    """Where an organisation's staff work, as its staff list calls it."""

    privacy = {Kept.REFERENCE: "organisation name"}

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="site_name_once")]

    def __str__(self):
        return self.name


class DatedQuerySet(models.QuerySet):
    """Rows true from `starts_on` until the day before `ends_on`; one taken back on its first day was never true."""

    def in_force(self, on):
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=on), starts_on__lte=on)


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
    source = models.CharField(max_length=10, choices=[("typed", "Typed in"), ("counted", "Counted from the list")])

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
