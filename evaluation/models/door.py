"""Letting a helper's device in to the list at the door, without an account."""

import datetime as dt

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from rounds.models import TeamMember
from rounds.models.round import DOOR_STAYS_OPEN
from rounds.states import RoundState
from rounds_site.kit.models import Record
from rounds_site.kit.moments import midnight
from rounds_site.kit.privacy import Kept


class DoorLinkQuerySet(models.QuerySet):
    def open(self, now):
        """Not withdrawn; of a Round whose day has come, also where it was moved since, whose register is not closed and
        that has not been over for twelve hours; made by somebody who facilitates it still."""
        tomorrow = timezone.localdate(now) + dt.timedelta(days=1)
        facilitates = TeamMember.objects.facilitating().filter(round=OuterRef("round"), person=OuterRef("made_by"))
        return (
            self._of_now(now)
            .filter(
                Exists(facilitates),
                made_by__is_active=True,
                round__state__in=[RoundState.PUBLISHED, RoundState.HELD],
                round__starts_at__lt=midnight(tomorrow),
            )
            .exclude(round__register__closed_at__isnull=False)
        )

    def shut(self, now):
        """Those that would be open if the register were not closed."""
        return self._of_now(now).filter(round__register__closed_at__isnull=False)

    def _of_now(self, now):
        return self.filter(ended_at=None, round__ends_at__gt=now - DOOR_STAYS_OPEN)


class DoorLink(Record):
    """Whoever has the address may tick people in at this one Round; a Round has one open link at most.

    The address is signed with the portal's key and stands nowhere. A device that has opened it is nobody, and leaves no
    trace but that the link of whoever made it was opened.
    """

    privacy = {Kept.ROUND_30: "round made_by ended_at"}

    round = models.ForeignKey("rounds.Round", on_delete=models.CASCADE, related_name="door_links")
    made_by = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DoorLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round"], condition=Q(ended_at=None), name="door_link_open_once"),
        ]
