"""When the letters about a Round are forgotten: as soon as nobody is told any more who had a place there. Of one that
may still be given another date the invitations stay, or everybody would be invited anew; all that names a place, a part
or a version goes at its time."""

from collections import Counter

from django.db.models import F, Q

from members.models.delivery import DeliveryState
from rounds.models import Round, Storyteller
from rounds.states import RoundState

from .writing import HANDED


def gone_with_the_round(now):
    return Q(about__in=Round.objects.forgotten(now).values("pk"))


def gone_with_the_last_date(now):
    """Of invitations, which would be written anew with another date."""
    return Q(about__in=Round.objects.forgotten(now).exclude(state=RoundState.POSTPONED).values("pk"))


def gone_with_the_panel(now):
    return Q(about__in=Storyteller.objects.filter(round__in=Round.objects.forgotten(now)).values("pk"))


def numbers_of_invitations(rows):
    """What remains of them: how many of each Round went, found no mailbox or came too late."""
    found = Counter((row.about, _outcome(row)) for row in rows)
    for key in {key for key, _ in found}:
        told = {name: F(name) + found[key, name] for name in OUTCOMES}
        Round.objects.filter(pk=key).update(**told)


OUTCOMES = ("invitations_sent", "invitations_failed", "invitations_too_late")


def _outcome(row):
    if row.state in HANDED:
        return "invitations_sent"
    if row.state == DeliveryState.FAILED:
        return "invitations_failed"
    return "invitations_too_late" if row.had_to_wait else "dropped"
