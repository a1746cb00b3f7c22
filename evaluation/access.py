"""Doors to the day of a Round and to the figures of a system."""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from members.access import may_anywhere, systems_where, today
from members.models import Membership, Organisation, System
from members.roles import May
from rounds.access import rounds_to_arrange, rounds_to_attend
from rounds.models import Round, TeamMember
from rounds.states import TeamPart

ICS = "ics-"


def get_round_at_the_door(person, pk, *, now):
    """For the facilitators and helpers named in the Round's team, from any employer; their list of roles says nothing
    of it. 403 for whoever may know of the Round otherwise."""
    if not TeamMember.objects.filter(round=pk, person=person).exists():
        known = rounds_to_attend(person, now=now).filter(pk=pk), rounds_to_arrange(person, now=now).filter(pk=pk)
        if any(rounds.exists() for rounds in known):
            raise PermissionDenied
        raise Http404
    return Round.objects.select_related("venue", "system", "feedback_box", "register").get(pk=pk)


def facilitates(person, round) -> bool:
    return TeamMember.objects.filter(round=round, person=person, part=TeamPart.FACILITATOR).exists()


def rounds_to_organise(person, *, now):
    """The Rounds a person runs or arranges; 403 for whoever has nothing to do with organising."""
    rounds = rounds_to_arrange(person, now=now)
    roles = (May.PLAN_ROUNDS, May.ARRANGE_ROUNDS, May.SEE_FIGURES)
    if not any(may_anywhere(person, what, now=now) for what in roles) and not rounds.exists():
        raise PermissionDenied
    return rounds


def scopes_to_see(person, *, now):
    """The systems whose figures a person may see; 403 where there is none."""
    systems = systems_where(person, May.SEE_FIGURES, now=now)
    if not systems:
        raise PermissionDenied
    return systems


def get_scope_to_see(person, scope, *, now) -> System:
    """`scope` as it stands in the address: "ics-qyg". 404 for outsiders, 403 for those who work there without the
    right."""
    code = scope.removeprefix(ICS)
    system = System.objects.filter(code__iexact=code).first() if scope.startswith(ICS) else None
    if system and systems_where(person, May.SEE_FIGURES, now=now).filter(pk=system.pk).exists():
        return system
    on = today(now)
    at_work = Membership.objects.in_force(on).filter(person=person)
    if system and at_work.filter(organisation__in=Organisation.objects.in_system(system, on=on)).exists():
        raise PermissionDenied
    raise Http404


def scope_of(system) -> str:
    return f"{ICS}{system.code.lower()}"
