"""Who runs a Round."""

from django.db import models
from django.db.models import Q

from members.models import Person
from rounds.states import TeamPart
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class TeamMemberQuerySet(models.QuerySet):
    def standing(self):
        """Those that open anything."""
        return self.filter(suspended_at=None)

    def facilitating(self):
        return self.standing().filter(part=TeamPart.FACILITATOR)

    def with_those_in_question(self):
        """Facilitators, and all of whom one of these says whether they go on."""
        return self.filter(Q(part=TeamPart.FACILITATOR) | Q(suspended_at__isnull=False))

    def people(self):
        """By name."""
        return Person.objects.filter(pk__in=self.values("person")).order_by("name", "pk")

    def able(self, now):
        """Facilitators who can sign in and have not been said to be unable."""
        here = Q(replaceable_from=None) | Q(replaceable_from__gt=now)
        return self.facilitating().filter(here, person__is_active=True)


class TeamMember(Record):
    """Who facilitates or helps at one Round: a row of that Round, from any employer, in no list of roles.

    * `suspended_at`: since when nothing is open to them here, because they left where they worked. A facilitator of the
      Round says whether they go on. Who asks what a row opens asks for those that are `standing`.
    * `replaceable_from`: from then on an administrator may name another facilitator, because the only one said that
      they cannot do it, or could not be reached. It opens and closes nothing else.
    """

    privacy = {Kept.FACILITATED: "round person part suspended_at replaceable_from"}

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="team")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="team_parts")
    part = models.CharField(max_length=12, choices=TeamPart.choices)
    suspended_at = models.DateTimeField(null=True, blank=True)
    replaceable_from = models.DateTimeField(null=True, blank=True)

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "person", "part"], name="team_member_once"),
            models.CheckConstraint(condition=Q(part__in=TeamPart.values), name="team_member_known_part"),
        ]

    def is_able(self, now) -> bool:
        """Of a facilitator who stands in the team, whether they are ``able``; cheap with the person."""
        return self.person.is_active and (self.replaceable_from is None or self.replaceable_from > now)
