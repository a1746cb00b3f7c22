"""How people come to be staff of a partner, beside its join link: approved domains, invitations, requests, and staff
lists of which the person has the last word."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from members.roles import STAFF_GROUPS
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .organisation import Organisation, Site, System
from .person import Person

INVITATION_WORKS_FOR = timedelta(days=14)
REQUEST_KEPT_FOR = timedelta(days=30)


class ApprovedDomainQuerySet(models.QuerySet):
    def of_addresses(self, addresses):
        """Those that are, letter for letter, what follows the @: neither a part of it nor a letter that looks alike."""
        return self.filter(domain__in={address.rpartition("@")[2] for address in addresses})


class ApprovedDomain(Record):
    """Whoever proves an address of this domain may say that they work for the organisation.

    A domain narrows and the person chooses: the same one may stand at many. Shown to those who look after the
    organisation, and to nobody else.
    """

    privacy = {Kept.REFERENCE: "organisation domain"}

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="approved_domains")
    domain = models.CharField(max_length=253)

    objects = ApprovedDomainQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "domain"], name="approved_domain_once_each"),
            models.CheckConstraint(condition=Q(domain=Lower("domain")), name="approved_domain_in_small_letters"),
        ]


class InvitationLinkQuerySet(models.QuerySet):
    def open(self, now):
        return self.filter(created_at__gt=now - INVITATION_WORKS_FOR)

    def ended(self, now):
        return self.filter(created_at__lte=now - INVITATION_WORKS_FOR)


class InvitationLink(Record):
    """A letter to one address whose link makes its owner staff of the organisation, once.

    Being used or withdrawn is being gone: only who deletes the row has used it. What opens the link is signed with the
    portal's key and stands nowhere in the database.
    """

    privacy = {Kept.JOINING: "organisation email invited_by"}

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitation_links")
    email = models.EmailField()
    invited_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = InvitationLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "email"], name="invitation_link_once_per_address")
        ]
        indexes = [models.Index(fields=["organisation", "created_at", "id"], name="invitation_link_in_turn")]

    @property
    def ends_at(self):
        return self.created_at + INVITATION_WORKS_FOR


class JoinRequestState(models.TextChoices):
    """waiting ⇄ asked → declined; one that is accepted is gone, and a membership stands in its place."""

    WAITING = "waiting"
    ASKED = "asked"
    DECLINED = "declined"


class JoinRequestQuerySet(models.QuerySet):
    def waiting(self):
        """For an administrator, the longest wait first."""
        return self.filter(state=JoinRequestState.WAITING).order_by("changed_at", "pk")

    def undecided(self):
        return self.exclude(state=JoinRequestState.DECLINED).order_by("state", "changed_at")

    def old(self, now):
        return self.filter(changed_at__lte=now - REQUEST_KEPT_FOR)


class JoinRequest(Record):
    """Somebody whose organisation the portal did not offer asks to be let in. `changed_at`: the last word of anybody.

    It names no partner, so the administrators of `system` read it. `question` is what an administrator asks back,
    `answer` what the person says to it.
    """

    privacy = {Kept.JOINING: "person system organisation_name why state question answer changed_at"}

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="join_request")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="+")
    organisation_name = models.CharField(max_length=100)
    why = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=JoinRequestState.choices, default=JoinRequestState.WAITING)
    question = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField()

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JoinRequestState.values), name="join_request_known_state"),
            models.CheckConstraint(
                condition=~Q(state="asked") | ~Q(question=""), name="join_request_asked_with_a_question"
            ),
        ]
        indexes = [models.Index(fields=["system", "state", "changed_at", "id"], name="join_request_in_turn")]


class ListedJob(Record):
    """A staff list, or whoever adds people by hand, says that somebody with an account works for a partner, who has not
    said so themself.

    A list may hold any address, and whoever looks after a partner reads who its staff are. So an account of another
    partner, or one found by a further address, is asked first, and until then nothing of it is told. `declined` stays
    for as long as the list names them, so that nobody is asked again with the next one.
    """

    privacy = {Kept.ACCOUNT: "person organisation site staff_group declined"}

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="listed_jobs")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    staff_group = models.CharField(max_length=20, choices=list(STAFF_GROUPS.items()), default="not_said")
    declined = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "organisation"], name="listed_job_once_each")]
