"""Where people work, and the roles they hold."""

from django.db import models
from django.db.models import F, Q

from members.roles import ROLES, STAFF_GROUPS
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .organisation import DatedQuerySet, Organisation, Place, Site, System
from .person import Person


class Membership(Record):
    """A person works for an organisation from a day until the day before `ends_on`.

    `corrected` names what the person said themself: a staff list leaves it alone.
    """

    privacy = {Kept.ACCOUNT: "person organisation site staff_group starts_on ends_on source corrected"}

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="memberships")
    staff_group = models.CharField(max_length=20, choices=list(STAFF_GROUPS.items()), default="not_said")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    source = models.CharField(
        max_length=10, choices=[("list", "Staff list"), ("joined", "Join link"), ("added", "Added by hand")]
    )
    corrected = models.JSONField(default=list, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="membership_ends_after"
            ),
            models.UniqueConstraint(
                fields=["person", "organisation"], condition=Q(ends_on=None), name="membership_open_once"
            ),
        ]


class RoleGrantQuerySet(DatedQuerySet):
    def within(self, system, *, on):
        """Roles in the system itself, in its Places and in the organisations that belong to it on that day."""
        return self.filter(
            Q(system=system)
            | Q(place__system=system)
            | Q(organisation__in=Organisation.objects.in_system(system, on=on))
        )


class RoleGrant(Record):
    """A person holds a role in exactly one scope, from a day until the day before `ends_on`."""

    privacy = {Kept.ROLE: "person role system place organisation starts_on ends_on granted_by"}

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=20, choices=[(role.code, role.name) for role in ROLES.values()])
    system = models.ForeignKey(System, on_delete=models.CASCADE, null=True, blank=True)
    place = models.ForeignKey(Place, on_delete=models.CASCADE, null=True, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(system__isnull=False, place=None, organisation=None)
                | Q(system=None, place__isnull=False, organisation=None)
                | Q(system=None, place=None, organisation__isnull=False),
                name="role_grant_one_scope",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="role_grant_ends_after"
            ),
            models.CheckConstraint(condition=Q(role__in=list(ROLES)), name="role_grant_known_role"),
            *(
                models.UniqueConstraint(
                    fields=["person", "role", scope],
                    condition=Q(("ends_on", None), (f"{scope}__isnull", False)),
                    name=f"role_grant_open_once_per_{scope}",
                )
                for scope in ("system", "place", "organisation")
            ),
        ]

    @property
    def scope(self):
        return self.system or self.place or self.organisation
