"""Where people work, and the roles they hold."""

from datetime import timedelta

from django.db import models
from django.db.models import Count, F, Max, Q

from members.roles import ROLES, STAFF_GROUPS
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .organisation import DatedQuerySet, Organisation, Place, Site, System
from .person import Person


class MembershipQuerySet(DatedQuerySet):
    def within(self, system, *, on):
        """Jobs at organisations that belong to the system on that day. Who else somebody works for, nobody there is
        told."""
        return self.filter(organisation__in=Organisation.objects.in_system(system, on=on))

    def own_words(self):
        """For a subquery about one person: what their only employer here adds to their letters.

        Nothing for somebody who has two: a letter lies in one mailbox, and must not tell one employer of the other.
        """
        employed = (
            self.order_by()
            .values("person")
            .annotate(employers=Count("organisation", distinct=True), words=Max("organisation__own_words"))
        )
        return employed.filter(employers=1).values("words")


class Membership(Record):
    """A person works for an organisation from a day until the day before `ends_on`.

    `corrected` names what the person said themself: a staff list leaves it alone.
    """

    privacy = {Kept.WORK: "person organisation site staff_group starts_on ends_on source corrected"}

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="memberships")
    staff_group = models.CharField(max_length=20, choices=list(STAFF_GROUPS.items()), default="not_said")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    source = models.CharField(
        max_length=10,
        choices=[
            ("list", "Staff list"),
            ("joined", "Join link"),
            ("added", "Added by hand"),
            ("domain", "Approved domain"),
            ("invited", "Invitation link"),
            ("asked", "Asked to join"),
            ("provider", "Sign-in of the partner"),
        ],
    )
    corrected = models.JSONField(default=list, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="membership_ends_after"
            ),
            models.UniqueConstraint(
                fields=["person", "organisation"], condition=Q(ends_on=None), name="membership_open_once"
            ),
        ]


PROPOSAL_WAITS_FOR = timedelta(days=14)


class RoleGrantQuerySet(DatedQuerySet):
    def within(self, system, *, on):
        """Roles in the system itself, in its Places and in the organisations that belong to it on that day."""
        return self.filter(
            Q(system=system)
            | Q(place__system=system)
            | Q(organisation__in=Organisation.objects.in_system(system, on=on))
        )


class RoleGrant(Record):
    """A person holds a role in exactly one scope, from a day until the day before `ends_on`.

    `proposed_by` is somebody where the role took two: then it was proposed, confirmed and is held by three people.
    """

    privacy = {Kept.ROLE: "person role system place organisation starts_on ends_on granted_by proposed_by"}

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=20, choices=[(role.code, role.name) for role in ROLES.values()])
    system = models.ForeignKey(System, on_delete=models.CASCADE, null=True, blank=True)
    place = models.ForeignKey(Place, on_delete=models.CASCADE, null=True, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    proposed_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

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
            models.CheckConstraint(
                condition=Q(proposed_by=None)
                | Q(granted_by=None)
                | (~Q(proposed_by=F("granted_by")) & ~Q(proposed_by=F("person")) & ~Q(granted_by=F("person"))),
                name="role_grant_takes_three_people",
            ),
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

    @property
    def last_day(self):
        return self.ends_on and self.ends_on - timedelta(days=1)


class RoleProposalQuerySet(models.QuerySet):
    def waiting(self, now):
        return self.filter(created_at__gt=now - PROPOSAL_WAITS_FOR)

    def over(self, now):
        return self.filter(created_at__lte=now - PROPOSAL_WAITS_FOR)


class RoleProposal(Record):
    """One of two people has said that somebody should hold a role which takes two; it waits for the other, for 14 days.

    Confirmed, declined or withdrawn is gone: only who deletes the row has decided.
    """

    privacy = {Kept.JOINING: "person role system starts_on ends_on proposed_by"}

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="role_proposals")
    role = models.CharField(max_length=20, choices=[(role.code, role.name) for role in ROLES.values()])
    system = models.ForeignKey(System, on_delete=models.CASCADE)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    proposed_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    objects = RoleProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "role", "system"], name="role_proposal_once"),
            models.CheckConstraint(condition=~Q(proposed_by=F("person")), name="role_proposal_by_somebody_else"),
            models.CheckConstraint(
                condition=Q(role__in=[role.code for role in ROLES.values() if role.two_people]),
                name="role_proposal_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="role_proposal_ends_after"
            ),
        ]

    @property
    def last_day(self):
        return self.ends_on and self.ends_on - timedelta(days=1)

    @property
    def waits_until(self):
        return self.created_at + PROPOSAL_WAITS_FOR
