"""Doors to Rounds: for those invited, those who run them and those who arrange them."""

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from members.access import grants_of, may_anywhere, systems_where, today
from members.models import Membership
from members.roles import ROLES, May

from .models import Booking, Round, RoundPartner, Storyteller, TeamMember
from .models.round import SHOWN
from .states import TeamPart


def rounds_to_attend(person, *, now):
    """Rounds that a person may see: those that invite an employer of theirs, those in which they have a booking or a
    part in the team. Ideas and plans are the team's own, so only Rounds that were published are here."""
    employers = Membership.objects.in_force(today(now)).filter(person=person).values("organisation")
    invited = RoundPartner.objects.filter(round=OuterRef("pk"), organisation__in=employers)
    booked = Booking.objects.active().filter(round=OuterRef("pk"), person=person)
    in_team = TeamMember.objects.filter(round=OuterRef("pk"), person=person)
    return Round.objects.filter(
        Exists(invited) | Exists(booked) | Exists(in_team),
        Q(state__in=SHOWN) | Q(published_at__isnull=False),
    )


def get_round_to_attend(person, pk, *, now):
    """404 for everybody else, so that an outsider does not learn that the Round exists."""
    round = rounds_to_attend(person, now=now).select_related("venue", "system").filter(pk=pk).first()
    if round is None:
        raise Http404
    return round


def get_round_to_run(person, pk, *, now):
    """For the facilitators named in the Round's team, and nobody else: they see who booked."""
    round = _round_in_sight(person, pk, now)
    if not TeamMember.objects.filter(round=round, person=person, part=TeamPart.FACILITATOR).exists():
        raise PermissionDenied
    return round


def get_round_with_panel(person, pk, *, now):
    """For the facilitators named in the Round's team. Whoever arranges it otherwise knows that there is a panel, and
    gets 403; to everybody else, staff whom it invites among them, this page does not exist."""
    rounds = Round.objects.select_related("venue", "system").filter(pk=pk)
    round = rounds.run_by(person).first()
    if round is None:
        if rounds_to_arrange(person, now=now).filter(pk=pk).exists():
            raise PermissionDenied
        raise Http404
    return round


def get_storyteller(person, round_pk, pk, *, now):
    """Somebody on the panel, for the facilitators of that Round."""
    round = get_round_with_panel(person, round_pk, now=now)
    storyteller = round.panel.shown(now).with_steps().select_related("person", "round").filter(pk=pk).first()
    if storyteller is None:
        raise Http404
    return storyteller


def get_preparation(person, pk, *, now):
    """For the storyteller alone: facilitators have a page of their own, and nobody else learns that it exists."""
    mine = Storyteller.objects.shown(now).filter(person=person, pk=pk).with_steps()
    storyteller = mine.select_related("person", "round__venue", "round__system").first()
    if storyteller is None:
        raise Http404
    return storyteller


def get_round_to_arrange(person, pk, *, now):
    """For its facilitators, and for administrators of its system or host: the arrangements without who booked."""
    round = _round_in_sight(person, pk, now)
    if not rounds_to_arrange(person, now=now).filter(pk=round.pk).exists():
        raise PermissionDenied
    return round


def rounds_to_arrange(person, *, now):
    systems, organisations = [], []
    for grant in grants_of(person, now=now):
        if May.ARRANGE_ROUNDS in ROLES[grant.role].may:
            systems.append(grant.system_id)
            organisations.append(grant.organisation_id)
    in_team = TeamMember.objects.filter(round=OuterRef("pk"), person=person, part=TeamPart.FACILITATOR)
    return Round.objects.filter(
        Exists(in_team)
        | Q(system__in=[pk for pk in systems if pk])
        | Q(host_organisation__in=[pk for pk in organisations if pk])
    ).select_related("venue", "system", "host_organisation", "host_place")


def _round_in_sight(person, pk, now):
    """A Round that the person may at least know of; else 404."""
    round = (
        (rounds_to_attend(person, now=now) | rounds_to_arrange(person, now=now))
        .select_related(None)
        .filter(pk=pk)
        .first()
    )
    if round is None:
        raise Http404
    return Round.objects.select_related("venue", "system", "host_organisation", "host_place").get(pk=round.pk)


def systems_to_plan_in(person, *, now):
    """Where the person may plan Rounds; 403 where nowhere."""
    if not may_anywhere(person, May.PLAN_ROUNDS, now=now):
        raise PermissionDenied
    return systems_where(person, May.PLAN_ROUNDS, now=now)


def get_booking(person, round):
    """The person's own booking at a Round that stands, or None."""
    return Booking.objects.active().filter(person=person, round=round).first()
